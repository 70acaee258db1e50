using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Registry;

namespace DensaiAdmin.Core.Store;

/// <summary>
/// One act of a person or program, running inside the write transaction. Everything it changes and its history records, which owe the
/// mails, commit together or not at all. Not thread-safe; valid only during the delegate it is handed to.
/// </summary>
public sealed class UnitOfWork
{
    private readonly Func<DensaiDbContext> _open;
    private DensaiDbContext? _db;
    private readonly List<HistoryEntry> _entries = [];
    private readonly List<AnchorNote> _anchored = [];
    private readonly List<Action> _afterCommit = [];

    internal UnitOfWork(Func<DensaiDbContext> open, Statements sql, DateTimeOffset now, long sequence)
    {
        _open = open;
        Sql = sql;
        Now = now;
        Sequence = sequence;
    }

    /// <summary>The store inside the write transaction. Reads see everything committed before.</summary>
    public DensaiDbContext Db => _db ??= _open();

    /// <summary>Prepared statements in the same transaction; they see what <see cref="Db"/> has saved, not what it still tracks.</summary>
    internal Statements Sql { get; }

    /// <summary>The instant of this act, UTC, whole milliseconds.</summary>
    public DateTimeOffset Now { get; }

    /// <summary>
    /// Sequence in the history of the first record of this act, one above the head before it: whatever was stored by acts up to a head
    /// carries no higher one, and whatever comes later no lower one.
    /// </summary>
    public long Sequence { get; }

    internal IReadOnlyList<HistoryEntry> Entries => _entries;

    internal IReadOnlyList<AnchorNote> Anchored => _anchored;

    internal IReadOnlyList<Action> AfterCommitActions => _afterCommit;

    /// <summary>Saves what the context tracks, where the act made one.</summary>
    internal void Save() => _db?.SaveChanges();

    internal void Close() => _db?.Dispose();

    /// <summary>Adds one record to the operation history (R22). Sequence, number and hash are given at the end of the act.</summary>
    public void Record(HistoryEntry entry) => _entries.Add(entry);

    /// <summary>Issues a certificate: notes which act did, and writes it to the anchor file before the act is shown.</summary>
    /// <param name="certificate">Not stored yet.</param>
    /// <param name="loginId">Of its user.</param>
    internal void Issue(Certificate certificate, string loginId)
    {
        certificate.IssuedSequence = Sequence;
        Anchor(new AnchorNote.Issued(
            certificate.SerialNumber, certificate.IssuerKeyIdentifier, certificate.NotAfter, certificate.PublicKeySha256, loginId));
    }

    /// <summary>
    /// Stores a certificate that this act issues as the newest of its user, by statements: neither is tracked by <see cref="Db"/>.
    /// </summary>
    internal void StoreAsNewest(Certificate certificate) =>
        Sql.Execute(
            """
            UPDATE "Users"
            SET "CurrentCertificateId" = @certificate, "CertificateNotAfter" = @notAfter, "CertificateRevokedAt" = @revokedAt
            WHERE "Id" = @user
            """,
            ("@certificate", Sql.Insert(certificate)),
            ("@notAfter", certificate.NotAfter),
            ("@revokedAt", certificate.RevokedAt),
            ("@user", certificate.UserId));

    /// <summary>
    /// Revokes a certificate, and writes that to the anchor file before the act is shown. Nothing happens to one that is revoked already:
    /// a published status never goes back.
    /// </summary>
    /// <param name="certificate">Tracked by <see cref="Db"/>, or added to it.</param>
    /// <param name="by">Login ID of who revokes, or the name of the part of the system that does.</param>
    /// <param name="reason">Why (RFC 5280 5.3.1).</param>
    /// <param name="at">Since when, UTC, where it is not the instant of this act: only demo data is dated back.</param>
    public void Revoke(Certificate certificate, string by, X509RevocationReason reason, DateTimeOffset? at = null)
    {
        if (certificate.RevokedAt is null)
        {
            certificate.Revoke(at ?? Now, Sequence, by, reason);
            Anchor(new AnchorNote.Revoked(certificate.SerialNumber, certificate.IssuerKeyIdentifier, at ?? Now, reason));
        }
    }

    /// <summary>
    /// Gives a promised serial up, and writes to the anchor file that its signature may exist and is revoked, before the act is shown.
    /// </summary>
    /// <param name="intent">Tracked by <see cref="Db"/>.</param>
    /// <param name="loginId">Of the user that it was promised to.</param>
    /// <param name="at">Since when, UTC, where it is not the instant of this act: a revocation that returns has its own.</param>
    /// <param name="reason">Why (RFC 5280 5.3.1).</param>
    public void Abandon(
        IssueIntent intent, string loginId, DateTimeOffset? at = null, X509RevocationReason reason = X509RevocationReason.Unspecified)
    {
        if (intent.AbandonedAt is null)
        {
            intent.Abandon(at ?? Now, Sequence, reason);
            Anchor(
                new AnchorNote.Issued(intent.SerialNumber, intent.IssuerKeyIdentifier, intent.NotAfter, intent.PublicKeySha256, loginId));
            Anchor(new AnchorNote.Revoked(intent.SerialNumber, intent.IssuerKeyIdentifier, at ?? Now, reason));
        }
    }

    /// <summary>Writes a note to the anchor file before the act is shown.</summary>
    public void Anchor(AnchorNote note) => _anchored.Add(note);

    /// <summary>
    /// Runs once the act is durable and before its caller learns of it, so that pushes precede words. On the writer's
    /// thread: the action must only hand over, never wait.
    /// </summary>
    public void AfterCommit(Action action) => _afterCommit.Add(action);
}
