namespace DensaiAdmin.Core.Store;

/// <summary>Where the data stands: one directory that a backup copies whole.</summary>
public sealed record StoreOptions(string DataDirectory)
{
    /// <summary>The SQLite file.</summary>
    public string DatabaseFile => Path.Combine(DataDirectory, "densai.db");

    /// <summary>How long, in seconds, anybody waits for a lock of another process: a page must be answered within five.</summary>
    public const int MaxLockSeconds = 3;
}
