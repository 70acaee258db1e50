using DensaiAdmin.Core.Certificates;
using DensaiAdmin.Core.History;

namespace DensaiAdmin.Core.Acts;

/// <summary>
/// One act of a person or program, running inside the write transaction. Everything it changes, its history records
/// and its mails commit together or not at all. Not thread-safe; valid only during the delegate it is handed to.
/// </summary>
public sealed class Act
{
    private readonly Func<DensaiDbContext> _open;
    private DensaiDbContext? _db;
    private readonly List<HistoryEntry> _entries = [];
    private readonly List<string> _anchored = [];
    private readonly List<Action> _afterCommit = [];

    internal Act(Func<DensaiDbContext> open, Statements sql, DateTimeOffset now)
    {
        _open = open;
        Sql = sql;
        Now = now;
    }

    /// <summary>The store inside the write transaction. Reads see everything committed before.</summary>
    public DensaiDbContext Db => _db ??= _open();

    /// <summary>Prepared statements in the same transaction; they see what <see cref="Db"/> has saved, not what it still tracks.</summary>
    internal Statements Sql { get; }

    /// <summary>The instant of this act, UTC, whole milliseconds.</summary>
    public DateTimeOffset Now { get; }

    internal IReadOnlyList<HistoryEntry> Entries => _entries;

    internal IReadOnlyList<string> Anchored => _anchored;

    internal IReadOnlyList<Action> AfterCommitActions => _afterCommit;

    /// <summary>Saves what the context tracks, where the act made one.</summary>
    internal void Save() => _db?.SaveChanges();

    internal void Close() => _db?.Dispose();

    /// <summary>Adds one record to the operation history (R22). Sequence, number and hash are given at the end of the act.</summary>
    public void Record(HistoryEntry entry) => _entries.Add(entry);

    /// <summary>Writes an issued serial to the anchor file before the act is shown.</summary>
    public void AnchorIssued(SerialNumber serialNumber) => _anchored.Add(AnchorNotes.Issued(serialNumber));

    /// <summary>Writes a revoked serial to the anchor file before the act is shown.</summary>
    public void AnchorRevoked(SerialNumber serialNumber) => _anchored.Add(AnchorNotes.Revoked(serialNumber));

    /// <summary>Writes the number of a published CRL to the anchor file before the act is shown.</summary>
    public void AnchorCrl(string issuer, long crlNumber) => _anchored.Add(AnchorNotes.Crl(issuer, crlNumber));

    /// <summary>
    /// Runs once the act is durable and before its caller learns of it, so that pushes precede words. On the writer's
    /// thread: the action must only hand over, never wait.
    /// </summary>
    public void AfterCommit(Action action) => _afterCommit.Add(action);
}
