using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace DensaiAdmin.Core.Store;

/// <summary>Where the data stands: one directory that a backup copies whole.</summary>
public sealed record StoreOptions(string DataDirectory)
{
    /// <summary>The SQLite file.</summary>
    public string DatabaseFile => Path.Combine(DataDirectory, "densai.db");

    /// <summary>How long, in seconds, anybody waits for a lock of another process: a page must be answered within five.</summary>
    public const int MaxLockSeconds = 3;

    public string ConnectionString => new SqliteConnectionStringBuilder
    {
        DataSource = DatabaseFile,
        ForeignKeys = true,
        DefaultTimeout = MaxLockSeconds,
    }.ToString();
}

/// <summary>What every connection to the SQLite file must have: readers beside one writer, commits that survive a power cut.</summary>
internal static class SqlitePragmas
{
    public static void Apply(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=250; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-65536;";
        command.ExecuteNonQuery();
    }
}

/// <summary>
/// Gives reading connections room for the indexes of a large company; with SQLite's own 2 MB each list would be read anew from the
/// system's cache. Lets nobody read a store that is not the one that was written last.
/// </summary>
/// <param name="replacement">Says whether it is.</param>
internal sealed class ReadingCache(Func<StoreReplacement?> replacement) : DbConnectionInterceptor
{
    /// <summary>For who reads without a writer beside.</summary>
    public static readonly ReadingCache Instance = new(() => null);

    public override InterceptionResult ConnectionOpening(DbConnection connection, ConnectionEventData eventData, InterceptionResult result)
    {
        RefuseReplaced();
        return result;
    }

    public override ValueTask<InterceptionResult> ConnectionOpeningAsync(
        DbConnection connection, ConnectionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
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

    // The pool hands out the same database handles again and again; each is told once.
    static readonly System.Runtime.CompilerServices.ConditionalWeakTable<object, object> Told = [];

    static void Tell(DbConnection connection)
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
