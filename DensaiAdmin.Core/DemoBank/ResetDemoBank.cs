using System.Data.Common;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.DemoBank;

/// <summary>What came of emptying a data directory for a new demo bank.</summary>
public enum ResetOutcome
{
    /// <summary>It is empty; the next start is a first start.</summary>
    Emptied,

    /// <summary>A server works on it.</summary>
    InUse,

    /// <summary>It holds a database that never held the demo bank: nothing was removed.</summary>
    NotDemo,
}

/// <summary>
/// <c>demo reset</c>, in Development: takes database, CA, demo files and mails away, so that the next start makes them anew under a
/// new installation ID, for which the anchor file begins anew. What is no part of the bank stays: the passphrase, the server's TLS
/// certificate that browsers were told to trust, the settings' files.
/// </summary>
public static class ResetDemoBank
{
    /// <summary>Empties the directory. Ended at any moment, it can be run again.</summary>
    public static ResetOutcome Run(StoreOptions store)
    {
        var directory = store.DataDirectory;
        if (!Directory.Exists(directory))
        {
            return ResetOutcome.Emptied;
        }

        using var hold = DataStore.TakeLock(directory);
        if (hold is null)
        {
            return ResetOutcome.InUse;
        }

        if (!IsDemo(store))
        {
            return ResetOutcome.NotDemo;
        }

        // The database goes first: without it, whatever else is left is replaced at the next start. SQLite itself drops the log of
        // a database that is gone.
        File.Delete(store.DatabaseFile);
        File.Delete(store.DatabaseFile + "-wal");
        File.Delete(store.DatabaseFile + "-shm");
        DurableFile.FlushDirectory(directory);

        File.Delete(Path.Combine(directory, "anchor.key"));
        foreach (var part in new[] { "ca", "mail" })
        {
            if (Path.Combine(directory, part) is var place && Directory.Exists(place))
            {
                Directory.Delete(place, recursive: true);
            }
        }

        new DemoFiles(directory).RemoveAll();
        DurableFile.FlushDirectory(directory);
        return ResetOutcome.Emptied;
    }

    static bool IsDemo(StoreOptions store)
    {
        var engine = StoreEngine.Of(store);
        if (!engine.Exists)
        {
            return true;
        }

        try
        {
            var contexts = new DbContextOptionsBuilder<DensaiDbContext>();
            DataStore.ConfigureReading(contexts, store);
            using var db = new DensaiDbContext(contexts.Options);
            // A database without users was never anybody's bank.
            return db.Installations.Any(i => i.EverHeldDemoBank) || !db.Users.Any();
        }
        catch (DbException)
        {
            // Unreadable: the files beside it tell whether it was a demo bank's.
            return new DemoFiles(store.DataDirectory).HoldUsers;
        }
        finally
        {
            engine.CloseIdle();
        }
    }
}
