using Microsoft.Data.Sqlite;

namespace DensaiAdmin.Core.Acts;

/// <summary>Where the data stands: one directory that a backup copies whole.</summary>
public sealed record StoreOptions(string DataDirectory)
{
    /// <summary>The SQLite file.</summary>
    public string DatabaseFile => Path.Combine(DataDirectory, "densai.db");

    public string ConnectionString => new SqliteConnectionStringBuilder
    {
        DataSource = DatabaseFile,
        ForeignKeys = true,
        DefaultTimeout = 30,
    }.ToString();
}

/// <summary>What every connection to the SQLite file must have: readers beside one writer, commits that survive a power cut.</summary>
public static class SqlitePragmas
{
    public static void Apply(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=5000; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-65536;";
        command.ExecuteNonQuery();
    }
}
