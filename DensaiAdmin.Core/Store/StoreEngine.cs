using System.Runtime.InteropServices;
using DensaiAdmin.Core.Store.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.Store;

/// <summary>What is wrong with the database itself, and not with what was asked of it.</summary>
internal enum StoreFault
{
    /// <summary>Another program keeps it to itself.</summary>
    Locked,

    /// <summary>It is damaged, or none at all.</summary>
    Damaged,

    /// <summary>The disk or the permissions let nobody read and write it.</summary>
    NotWritable,
}

/// <summary>
/// A kind of database under the store: all that the writer and the floors above need of one. Only an engine's own folder names types of
/// its driver, and only this class names the engines.
/// </summary>
internal abstract class StoreEngine
{
    /// <summary>The engine of a data directory.</summary>
    public static StoreEngine Of(StoreOptions store) => new SqliteEngine(store);

    /// <summary>What a fault says of the database under the store, however deep it is wrapped; null where it is another's.</summary>
    public static StoreFault? FaultOf(Exception? fault) =>
        fault is null ? null : SqliteFaults.Of(fault) ?? FaultOf(fault.InnerException);

    /// <summary>Whether there is a database.</summary>
    public abstract bool Exists { get; }

    /// <summary>
    /// Opens the database to bring it up to date and to look at it before anybody works on it; makes it where there is none.
    /// </summary>
    /// <returns>A context that owns its connection.</returns>
    public abstract DensaiDbContext OpenForUpkeep();

    /// <summary>Applies the migrations that are missing, and the triggers.</summary>
    public abstract void Migrate(DensaiDbContext db);

    /// <summary>Makes the triggers that are missing: whoever had the database in hands may have taken them away.</summary>
    public abstract void EnsureTriggers(DensaiDbContext db);

    /// <summary>Options of a context that only reads, and is held to it by the database.</summary>
    /// <param name="builder">Of the context.</param>
    /// <param name="replacement">Says whether another database stands in place of the one that was written last: nobody reads that.</param>
    public abstract void ConfigureReading(DbContextOptionsBuilder builder, Func<StoreReplacement?> replacement);

    /// <summary>What tells whether anything was committed.</summary>
    public abstract StoreVersion OpenVersion();

    /// <summary>Lets go of the connections that this process keeps open for the next who reads.</summary>
    public abstract void CloseIdle();

    /// <summary>The connection that the <see cref="StoreWriter"/> works on; opened when it is first needed.</summary>
    public abstract IWriterConnection OpenWriter();
}

/// <summary>What a writer finds before it begins.</summary>
/// <param name="IsThere">Whether there is a database at all.</param>
/// <param name="IsChanged">Whether somebody else wrote to it or put another in its place: it is opened anew.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct StoreLook(bool IsThere, bool IsChanged);

/// <summary>
/// The one connection that writes, opened again by itself after whatever broke it. Used by the writer's thread only. What fails throws:
/// see <see cref="StoreEngine.FaultOf"/>.
/// </summary>
internal interface IWriterConnection : IDisposable
{
    /// <summary>
    /// Looks whether the database is still the one that was left, and lets go of everything that is known of it where it is not.
    /// </summary>
    StoreLook Look();

    /// <summary>
    /// Takes up what the own commit made of the database. False where another came into its place meanwhile: what was committed may be in
    /// one that nobody will open again.
    /// </summary>
    bool TakeUp();

    /// <summary>Takes the write lock and begins a transaction.</summary>
    /// <exception cref="System.Data.Common.DbException">
    /// <see cref="StoreFault.Locked"/> where another holds it longer than a second.
    /// </exception>
    IWriteTransaction Begin();

    /// <summary>The head of the history as it is committed.</summary>
    (long Sequence, byte[] Hash) ReadHead();

    /// <summary>
    /// Finds out whether a commit in doubt stands, and sees to it that this stays so: a write after it either covers what it left behind
    /// or is durable with it. May be asked again where it throws.
    /// </summary>
    bool Settle(CommitProof proof);

    /// <summary>Lets go of the connection; the next use opens another.</summary>
    void Disconnect();

    /// <summary>Lets go of every connection of this process, because the database under them is not the one it was.</summary>
    void OpenAnew();
}

/// <summary>A transaction of the writer; rolled back unless it was committed.</summary>
internal interface IWriteTransaction : IDisposable
{
    /// <summary>Statements in it.</summary>
    Statements Sql { get; }

    /// <summary>The head of the history, to be written on from; null where the database is none of ours.</summary>
    HistoryChain? ReadHead();

    /// <summary>A context in it.</summary>
    DensaiDbContext OpenContext();

    /// <summary>Makes the commit a write, though nothing changes.</summary>
    void Touch();

    /// <summary>Says, before it is tried, by what the commit will be known to stand.</summary>
    /// <param name="head">Its newest record; null where it has none.</param>
    CommitProof Prove((long Sequence, byte[] Hash)? head);

    void Commit();
}

/// <summary>By what a commit can be told to stand, when nobody could say how it ended.</summary>
/// <param name="head">Its newest record; null where it has none.</param>
internal abstract class CommitProof((long Sequence, byte[] Hash)? head)
{
    /// <summary>The newest record of the commit; null where it has none.</summary>
    public (long Sequence, byte[] Hash)? Head { get; } = head;
}
