namespace DensaiAdmin.Core.Store;

/// <summary>
/// Tells whether anything was committed since somebody last asked: what was read then still stands as long as the number is the same.
/// </summary>
public abstract class StoreVersion : IDisposable
{
    /// <summary>A number that changes with every commit, of whatever process, and is never seen again afterwards.</summary>
    /// <exception cref="System.Data.Common.DbException">The store cannot be read.</exception>
    public abstract (long Connection, long Commits) Read();

    /// <summary>
    /// Stands on the database that the settings lead to now: what was read of another is never taken for what stands in this one.
    /// </summary>
    public abstract void OpenAnew();

    public abstract void Dispose();
}
