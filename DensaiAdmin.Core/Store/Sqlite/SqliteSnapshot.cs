using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.Store.Sqlite;

/// <summary>A copy of the database as it is at one instant, in a file of its own.</summary>
internal static class SqliteSnapshot
{
    /// <summary>
    /// Copies the database in one step of all pages, inside a read transaction: whoever commits meanwhile waits for nothing, and the copy
    /// is the state of one instant.
    /// </summary>
    /// <param name="store">What is copied; somebody may be working on it.</param>
    /// <param name="file">Where to.</param>
    /// <returns>What is wrong with the database, or null.</returns>
    /// <exception cref="IOException">The copy could not be written; the database itself may be as sound as ever.</exception>
    public static StoreFault? Take(StoreOptions store, string file)
    {
        var isCopying = false;
        try
        {
            var how = SqliteEngine.HowToOpen(store);
            how.Mode = SqliteOpenMode.ReadOnly;
            how.Pooling = false;
            using var source = new SqliteConnection(how.ToString());
            using var copy = new SqliteConnection(Plain(file));
            source.Open();
            copy.Open();
            Scalar(source, "BEGIN");
            Scalar(source, "SELECT COUNT(*) FROM sqlite_master");
            isCopying = true;
            source.BackupDatabase(copy);
            Scalar(source, "COMMIT");
            // One file: whatever lies beside it would not be in the archive.
            Scalar(copy, "PRAGMA journal_mode=DELETE");
            return Scalar(copy, "PRAGMA quick_check") is "ok" ? null : StoreFault.Damaged;
        }
        catch (SqliteException fault) when (SqliteFaults.Of(fault) is var found
            && (!isCopying || found is StoreFault.Damaged or StoreFault.Locked))
        {
            return found is StoreFault.Locked ? StoreFault.Locked : StoreFault.Damaged;
        }
        catch (SqliteException fault)
        {
            // The disk that the copy was written to is full, or gone.
            throw new IOException("The copy of the database could not be made.", fault);
        }
    }

    /// <summary>A context on such a copy.</summary>
    public static DensaiDbContext Open(string file) => new(new DbContextOptionsBuilder<DensaiDbContext>().UseSqlite(Plain(file)).Options);

    private static string Plain(string file) => new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString();

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants of this class.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }
}
