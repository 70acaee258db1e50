using System.Data.Common;
using System.Runtime.CompilerServices;
using DensaiAdmin.Core.Registry;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace DensaiAdmin.Core.Store.Sqlite;

/// <summary>The embedded database: one file in the data directory, in WAL, with a flush for every commit.</summary>
internal sealed class SqliteEngine(StoreOptions store) : StoreEngine
{
    /// <inheritdoc/>
    public override bool Exists => File.Exists(store.DatabaseFile);

    /// <summary>How everybody opens the file; they say beside it what else they want.</summary>
    public static SqliteConnectionStringBuilder HowToOpen(StoreOptions store) => new()
    {
        DataSource = store.DatabaseFile,
        ForeignKeys = true,
        DefaultTimeout = StoreOptions.MaxLockSeconds,
    };

    /// <summary>What every connection that writes must have: readers beside one writer, commits that survive a power cut.</summary>
    public static void Prepare(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText =
            """
            PRAGMA journal_mode=WAL;
            PRAGMA synchronous=FULL;
            PRAGMA busy_timeout=250;
            PRAGMA temp_store=MEMORY;
            PRAGMA cache_size=-65536;
            """;
        command.ExecuteNonQuery();
    }

    /// <inheritdoc/>
    public override DensaiDbContext OpenForUpkeep()
    {
        // Private before SQLite writes a page: its journal files take their mode from the database file.
        foreach (var file in new[] { store.DatabaseFile, store.DatabaseFile + "-wal", store.DatabaseFile + "-shm" })
        {
            DurableFile.MakePrivate(file, create: file == store.DatabaseFile);
        }

        var connection = new SqliteConnection(HowToOpen(store).ToString());
        try
        {
            connection.Open();
            Prepare(connection);
            return new DensaiDbContext(
                new DbContextOptionsBuilder<DensaiDbContext>().UseSqlite(connection, contextOwnsConnection: true).Options);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override void Migrate(DensaiDbContext db) => SqliteSchema.Migrate(db);

    /// <inheritdoc/>
    public override void EnsureTriggers(DensaiDbContext db) => SqliteSchema.EnsureTriggers(db);

    /// <inheritdoc/>
    public override void ConfigureReading(DbContextOptionsBuilder builder, Func<StoreReplacement?> replacement)
    {
        var how = HowToOpen(store);
        how.Mode = SqliteOpenMode.ReadOnly;
        builder.UseSqlite(how.ToString()).AddInterceptors(new Reading(replacement));
    }

    /// <inheritdoc/>
    public override StoreVersion OpenVersion() => new SqliteVersion(store);

    /// <inheritdoc/>
    public override void CloseIdle() => SqliteConnection.ClearAllPools();

    /// <inheritdoc/>
    public override IWriterConnection OpenWriter() => new SqliteWriter(store);

    /// <summary>
    /// Gives reading connections room for the indexes of a large company; with SQLite's own 2 MB each list would be read anew from the
    /// system's cache. Lets nobody read a store that is not the one that was written last.
    /// </summary>
    private sealed class Reading(Func<StoreReplacement?> replacement) : DbConnectionInterceptor
    {
        // The pool hands out the same database handles again and again; each is told once.
        private static readonly ConditionalWeakTable<object, object> Told = [];

        public override InterceptionResult ConnectionOpening(
            DbConnection connection, ConnectionEventData eventData, InterceptionResult result)
        {
            RefuseReplaced();
            return result;
        }

        public override ValueTask<InterceptionResult> ConnectionOpeningAsync(
            DbConnection connection, ConnectionEventData eventData, InterceptionResult result,
            CancellationToken cancellationToken = default)
        {
            RefuseReplaced();
            return ValueTask.FromResult(result);
        }

        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) => Tell(connection);

        public override Task ConnectionOpenedAsync(
            DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            Tell(connection);
            return Task.CompletedTask;
        }

        private void RefuseReplaced()
        {
            if (replacement() is { } other)
            {
                throw new StoreReplacedException(other);
            }
        }

        private static void Tell(DbConnection connection)
        {
            if (connection is SqliteConnection { Handle: { } handle } && !Told.TryAdd(handle, handle))
            {
                return;
            }

            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA cache_size=-8192";
            command.ExecuteNonQuery();
        }
    }
}
