using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.Recovery;

/// <summary>Why a store was not reconciled. Nothing was written.</summary>
public enum ReconcileRefusal
{
    /// <summary>It has no history.</summary>
    NothingThere,

    /// <summary>Its records are not what the anchor signed: no earlier state of this installation, or one that was changed.</summary>
    NotAnEarlierState,
}

/// <summary>What came of it.</summary>
public abstract record ReconcileOutcome
{
    private ReconcileOutcome()
    {
    }

    /// <summary>The store goes on above what is lost.</summary>
    /// <param name="After">Sequence of the last record before the gap.</param>
    /// <param name="Until">Sequence of the last record that is lost.</param>
    /// <param name="Lost">Certificates that the store lacked; all of them are revoked now.</param>
    /// <param name="Returned">Revocations that the store lacked.</param>
    public sealed record Done(long After, long Until, int Lost, int Returned) : ReconcileOutcome;

    /// <summary>The anchor was lost; a new one begins with the store as it is.</summary>
    /// <param name="Sequence">Head that it begins with.</param>
    public sealed record AnchorBegun(long Sequence) : ReconcileOutcome;

    /// <summary>Store and anchor agree.</summary>
    public sealed record NotNeeded : ReconcileOutcome;

    /// <param name="Reason">Why.</param>
    /// <param name="Sequence">The record at which store and anchor part, where there is one.</param>
    public sealed record Refused(ReconcileRefusal Reason, long? Sequence = null) : ReconcileOutcome;
}

/// <summary>
/// Brings a store that is older than its anchor back to what the anchor knows, in one act: whatever was certified since is put on
/// the CRL, whatever was revoked since is revoked again, CRL numbers go on above the published ones, every session ends, and the history
/// goes on above the lost records with a record of the gap. What the anchor does not know is lost: users, passwords, suspensions. Whatever
/// the clock says: nothing is signed here and nobody let in, and a clock can only be accepted in a store that opens (R26).
/// </summary>
public sealed class ReconcileStore(
    StoreWriter writer, HistoryAnchor anchor, VerifyHistory history, Authorities authorities, Alarms alarms,
    IDbContextFactory<DensaiDbContext> contexts)
{
    /// <summary>Reconciles a store that was opened for it; killed at any point, it may be run again.</summary>
    /// <param name="approval">Who agreed to it.</param>
    /// <param name="proof">Given where too few operators are left.</param>
    /// <param name="source">Where it was run, for the history.</param>
    /// <param name="cancellation">Ends the wait for the writer.</param>
    /// <exception cref="OperatorApprovalLapsedException">Who agreed is no operator.</exception>
    public async Task<ReconcileOutcome> RunAsync(
        OperatorApproval approval, RootKeyProof? proof, string source, CancellationToken cancellation = default)
    {
        long sequence;
        string hash;
        var last = anchor.Last();
        await using (var db = await contexts.CreateDbContextAsync(cancellation))
        {
            var head = await db.HistoryRecords.OrderByDescending(r => r.Sequence).Select(r => new { r.Sequence, r.Hash })
                .FirstOrDefaultAsync(cancellation);
            if (head is null)
            {
                return new ReconcileOutcome.Refused(ReconcileRefusal.NothingThere);
            }

            (sequence, hash) = (head.Sequence, Convert.ToHexString(head.Hash));
            if (last is not null)
            {
                var anchored = await db.HistoryRecords.Where(r => r.Sequence == last.Sequence).Select(r => r.Hash)
                    .SingleOrDefaultAsync(cancellation);
                if (anchored is not null && string.Equals(Convert.ToHexString(anchored), last.Head, StringComparison.Ordinal))
                {
                    return new ReconcileOutcome.NotNeeded();
                }
            }
        }

        var found = await history.RunAsync(cancellation);
        if (last is null)
        {
            return found.IsIntact
                ? await BeginAnchorAsync(sequence, approval, proof, source, cancellation)
                : Parted(found.FirstBadSequence);
        }

        var facts = AnchoredFacts.Read(anchor, sequence, hash);
        if (found.Finding == HistoryVerification.GapUnanchored
            && found.FirstBadSequence == last.Sequence + 1
            && await GapAsync(last.Sequence, cancellation) is { } after)
        {
            // Killed between the commit and the anchor's line: everything is in the store, and done once more it is only told to the
            // anchor.
            return await writer.PerformAboveGapAsync(
                0, work => Reconcile(work, after, last.Sequence, facts, approval, proof, source, isNew: false), cancellation);
        }

        return found.Finding == HistoryVerification.Cut && facts.HasHead
            ? await writer.PerformAboveGapAsync(
                last.Sequence, work => Reconcile(work, sequence, last.Sequence, facts, approval, proof, source, isNew: true), cancellation)
            : Parted(found.Finding == HistoryVerification.Cut ? sequence : found.FirstBadSequence);
    }

    private static ReconcileOutcome.Refused Parted(long? sequence) => new(ReconcileRefusal.NotAnEarlierState, sequence);

    /// <summary>The last record before the gap that the store has behind this sequence; null where there is none.</summary>
    private async Task<long?> GapAsync(long until, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var after = await db.HistoryRecords.Where(r => r.Sequence <= until).MaxAsync(r => (long?)r.Sequence, cancellation);
        return await db.HistoryRecords.AsNoTracking().SingleOrDefaultAsync(r => r.Sequence == until + 1, cancellation) is { } record
            && after is { } before && HistoryGap.Is(record, before) ? before : null;
    }

    private Task<ReconcileOutcome> BeginAnchorAsync(
        long sequence, OperatorApproval approval, RootKeyProof? proof, string source,
        CancellationToken cancellation) => writer.PerformAnyTimeAsync<ReconcileOutcome>(
        work =>
        {
            work.Record(
                Entry(HistoryOperation.Operation, source, "anchor-begun") with { Value = sequence.ToString(CultureInfo.InvariantCulture) });
            RecordWhoAgreed(work, approval, proof, source);
            EndSessions(work, source);
            // All that a later reconcile would have to know.
            foreach (var note in DataStore.NotesSince(work.Db, last: null))
            {
                work.Anchor(note);
            }

            return new ReconcileOutcome.AnchorBegun(sequence);
        },
        cancellation);

    private ReconcileOutcome Reconcile(
        UnitOfWork work, long after, long until, AnchoredFacts facts, OperatorApproval approval, RootKeyProof? proof, string source,
        bool isNew)
    {
        work.Record(isNew ? HistoryGap.Entry(after, until, source) : Entry(HistoryOperation.Operation, source, "reconcile-completed"));
        work.Anchor(new AnchorNote.Gap(after, until));
        RecordWhoAgreed(work, approval, proof, source);
        var (lost, returned) = Replay(work, facts, source);
        RaiseCrlNumbers(work, facts);
        EndSessions(work, source);
        return new ReconcileOutcome.Done(after, until, lost, returned);
    }

    private (int Lost, int Returned) Replay(UnitOfWork work, AnchoredFacts facts, string source)
    {
        var (lost, returned) = (0, 0);
        var held = work.Db.Certificates.Select(
            c => new { c.SerialNumber, c.Id, IsRevoked = c.RevokedAt != null }).ToDictionary(c => c.SerialNumber);
        var promised = work.Db.IssueIntents.ToDictionary(i => i.SerialNumber);
        var holders = work.Db.Users.Select(u => new { u.Id, u.LoginId, u.CompanyId }).ToDictionary(u => u.LoginId, StringComparer.Ordinal);
        foreach (var serial in facts.Issued.Keys.Union(facts.Revoked.Keys))
        {
            var issued = facts.Issued.GetValueOrDefault(serial);
            var revoked = facts.Revoked.GetValueOrDefault(serial);
            var holder = holders.GetValueOrDefault(issued?.LoginId ?? "");
            var entry = Entry(HistoryOperation.Revocation, source, "lost-certificate-revoked") with
            {
                CompanyId = holder?.CompanyId,
                TargetUserId = holder?.Id,
                TargetLoginId = issued?.LoginId,
                SerialNumber = serial.ToString(),
            };
            if (held.TryGetValue(serial, out var row))
            {
                if (revoked is not null && !row.IsRevoked)
                {
                    Return(work, row.Id, revoked, entry with { Detail = "revocation-returned" });
                    returned++;
                }
            }
            else if (!promised.TryGetValue(serial, out var intent) || intent.AbandonedAt is null)
            {
                GiveUp(work, serial, intent, issued, revoked);
                work.Record(entry with { Value = revoked?.Reason?.ToString() });
                lost++;
            }
        }

        return (lost, returned);
    }

    private static void Return(UnitOfWork work, long certificateId, AnchorNote.Revoked revoked, HistoryEntry entry)
    {
        var certificate = work.Db.Certificates.Include(c => c.User).Single(c => c.Id == certificateId);
        var reason = revoked.Reason ?? X509RevocationReason.Unspecified;
        work.Revoke(certificate, "Reconcile", reason, revoked.RevokedAt ?? work.Now);
        if (certificate.User.CurrentCertificateId == certificate.Id)
        {
            certificate.User.NoteCurrentRevoked(certificate.RevokedAt!.Value);
        }

        work.Record(entry with
        {
            CompanyId = certificate.User.CompanyId,
            TargetUserId = certificate.UserId,
            TargetLoginId = certificate.User.LoginId,
            Value = reason.ToString(),
        });
    }

    // The certificate itself is lost, its serial is not: it goes on the CRL as one that was signed and never stored, and belongs to
    // nobody, so that its key is refused to everybody, its owner included.
    private void GiveUp(UnitOfWork work, SerialNumber serial, IssueIntent? intent, AnchorNote.Issued? issued, AnchorNote.Revoked? revoked)
    {
        if (intent is null)
        {
            intent = new IssueIntent(
                serial,
                IssueIntent.Nobody,
                issued?.Issuer ?? revoked?.Issuer ?? authorities.Current.SubjectKeyIdentifier,
                issued?.PublicKeySha256 ?? default,
                // Told by no note of an earlier version: as long as any certificate of this CA may live.
                issued?.NotAfter ?? new DateTimeOffset(authorities.Current.X509.NotAfter.ToUniversalTime()),
                work.Now);
            work.Db.IssueIntents.Add(intent);
        }
        else
        {
            intent.Disown();
        }

        work.Abandon(intent, issued?.LoginId ?? "", revoked?.RevokedAt, revoked?.Reason ?? X509RevocationReason.Unspecified);
    }

    private static void RaiseCrlNumbers(UnitOfWork work, AnchoredFacts facts)
    {
        foreach (var (issuer, number) in facts.CrlNumbers)
        {
            var lists = work.Db.PublishedCrls.Where(c => c.IssuerKeyIdentifier == issuer);
            if ((lists.Max(c => (long?)c.Number) ?? 0) >= number)
            {
                continue;
            }

            // Its octets are lost, its number is taken: the next list goes on above it and holds everything that is revoked.
            lists.ExecuteUpdate(set => set.SetProperty(c => c.Der, (byte[]?)null));
            work.Db.PublishedCrls.Add(PublishedCrl.Lost(issuer, number, work.Now));
        }
    }

    private static void EndSessions(UnitOfWork work, string source)
    {
        var ended = work.Db.Sessions.Where(s => s.EndedAt == null)
            .ExecuteUpdate(
                set => set.SetProperty(s => s.EndedAt, work.Now).SetProperty(s => s.EndReason, SessionEndReason.StoreReconciled));
        if (ended > 0)
        {
            work.Record(Entry(HistoryOperation.SessionEnd, source, "store-reconciled") with { Count = ended });
        }
    }

    private void RecordWhoAgreed(UnitOfWork work, OperatorApproval approval, RootKeyProof? proof, string source)
    {
        approval.Verify(work.Db, work.Now);
        foreach (var (loginId, detail) in approval.LoginIds.Zip(["operator-asked", "operator-approved"]))
        {
            work.Record(Entry(
                HistoryOperation.Confirmation, source, detail) with
            { LoginId = loginId, Value = nameof(HistoryOperation.Operation) });
        }

        if (proof is not null)
        {
            work.Record(Entry(HistoryOperation.Confirmation, source, "reconciled-by-root-key"));
            alarms.Raise(work, AlarmKind.BreakGlass, $"reconcile {work.Now:O}", new() { Source = source });
        }
    }

    private static HistoryEntry Entry(HistoryOperation operation, string source, string detail) =>
        new() { Operation = operation, Result = HistoryResult.Done, Source = source, Detail = detail };
}
