using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.Revocation;

/// <summary>What the confirm page showed and its 実行 sends.</summary>
/// <param name="UserId">The user shown.</param>
/// <param name="SerialNumber">The certificate shown: what is revoked is what was shown.</param>
/// <param name="Reason">失効理由 (R11).</param>
/// <param name="AlsoSuspend">利用停止も行う (R14); counts only for the reasons that offer it.</param>
/// <param name="Submission">Key of the page: sent twice, it is one revocation.</param>
public sealed record RevocationRequest(
    long UserId, SerialNumber SerialNumber, X509RevocationReason Reason, bool AlsoSuspend, Guid Submission)
{
    /// <summary>What the 確認用パスワード must have been typed for.</summary>
    public ConfirmedOperation Confirmed => new(HistoryOperation.Revocation, UserId, SerialNumber.ToString());
}

/// <summary>What came of a revocation.</summary>
public abstract record RevokeOutcome
{
    private RevokeOutcome()
    {
    }

    /// <summary>Done, or done before by the same page.</summary>
    public sealed record Revoked(string ReceiptNumber, DateTimeOffset RevokedAt) : RevokeOutcome;

    /// <summary>The 確認用パスワード that was typed confirmed nothing.</summary>
    public sealed record Unconfirmed(UnconfirmedOutcome Why) : RevokeOutcome;

    /// <summary>Nothing changed.</summary>
    public sealed record Refused(RevokeRefusal Reason) : RevokeOutcome;
}

/// <summary>
/// 証明書失効 (R10–R14, R20): in one act the certificates are revoked, the sessions ended, the user suspended if asked, the
/// history written; then the CRL follows before the answer.
/// </summary>
public sealed class RevokeCertificate(StoreWriter writer, SessionWatch sessions, CrlSignal crl, Confirmation.Check confirmations)
{
    /// <summary>A master revokes a general user's certificate of the own company.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="request">What the confirm page showed.</param>
    /// <param name="password">The 確認用パスワード, as typed.</param>
    /// <param name="cancellation">Ends the waits.</param>
    public async Task<RevokeOutcome> ByMasterAsync(
        Actor actor, RevocationRequest request, SuppliedPassword password, CancellationToken cancellation = default)
    {
        var outcome = await confirmations.EvaluateAsync(
            actor, request.Confirmed, password, confirmation => RevokeAsync(actor, request, confirmation, cancellation),
            RevokeOutcome (why) => new RevokeOutcome.Unconfirmed(why), cancellation);
        return await WithCrlAsync(outcome, cancellation);
    }

    /// <summary>The act for which the 確認用パスワード was typed.</summary>
    internal Task<RevokeOutcome> RevokeAsync(
        Actor actor, RevocationRequest request, Confirmation confirmation, CancellationToken cancellation) =>
        writer.PerformAnyTimeAsync<RevokeOutcome>(
            work =>
            {
                confirmation.SettleAttempt(work);
                if (sessions.Find(work.Db, actor.SessionId, work.Now).Live is not { } live)
                {
                    work.Record(Refusal(RevokeRefusal.SessionEnded, actor.Source, request.SerialNumber));
                    return new RevokeOutcome.Refused(RevokeRefusal.SessionEnded);
                }

                var before = FindBefore(work.Db, request.Submission);
                if (before is not null && IsTheSame(before, request, live.User))
                {
                    return new RevokeOutcome.Revoked(before.ReceiptNumber, before.RevokedAt);
                }

                var target = FindTarget(work.Db, request.UserId, live.CompanyId);
                var refusal = before is not null || !confirmation.Spend(live.User, request.Confirmed, work.Now)
                    ? RevokeRefusal.NotConfirmed
                    : EvaluateReason(request.Reason)
                    ?? RevocationPolicy.EvaluateByMaster(live.User, target, request.SerialNumber, work.Now);
                if (refusal is { } reason)
                {
                    work.Record(Refusal(reason, actor.Source, request.SerialNumber, live.User, target));
                    return new RevokeOutcome.Refused(reason);
                }

                return Perform(work, live.User, target!, actor.Source, request.Reason, request.AlsoSuspend, request.Submission);
            },
            cancellation);

    /// <summary>Two operators of the bank revoke any user's certificate, a master's included (R12).</summary>
    /// <exception cref="OperatorApprovalLapsedException">Who acts is no operator of the bank, or no longer.</exception>
    public async Task<RevokeOutcome> ByOperatorAsync(
        OperatorApproval approval, string source, string canonicalLoginId, X509RevocationReason reason,
        CancellationToken cancellation = default)
    {
        var outcome = await writer.PerformAnyTimeAsync<RevokeOutcome>(
            work =>
            {
                var by = approval.Verify(work.Db, work.Now)
                    ?? throw new InvalidOperationException("A revocation needs an operator who answers for it.");
                var target = FindTarget(work.Db, canonicalLoginId);
                if ((EvaluateReason(reason) ?? RevocationPolicy.EvaluateByOperator(target, work.Now)) is { } refusal)
                {
                    work.Record(Refusal(refusal, source, null, by, target) with { TargetLoginId = target?.LoginId ?? canonicalLoginId });
                    return new RevokeOutcome.Refused(refusal);
                }

                return Perform(work, by, target!, source, reason, alsoSuspend: false, Guid.NewGuid());
            },
            cancellation);
        return await WithCrlAsync(outcome, cancellation);
    }

    /// <summary>
    /// Goes through a revocation, with all that is asked before it by whichever way, and takes it back, so that the first one after a
    /// start refuses as soon as any other (R20).
    /// </summary>
    internal Task WarmUpAsync(CancellationToken cancellation = default) => writer.WarmUpAsync(
        work =>
        {
            var holder = work.Db.Users.OrderBy(u => u.Id).FirstOrDefault(
                u => u.CertificateNotAfter != null && u.CertificateRevokedAt == null);
            if (holder is null)
            {
                return;
            }

            var submission = Guid.NewGuid();
            sessions.Find(work.Db, sessionId: 0, work.Now);
            work.Db.RestrictTo(holder.CompanyId);
            FindBefore(work.Db, submission);
            FindTarget(work.Db, holder.Id, holder.CompanyId);
            OperatorApproval.Find(work.Db, userId: 0);
            var target = FindTarget(work.Db, holder.CanonicalLoginId)!;
            Perform(work, holder, target, "", X509RevocationReason.Unspecified, alsoSuspend: false, submission);
        },
        cancellation);

    // Unique in the whole bank, whoever used it.
    private static CertificateRevocation? FindBefore(DensaiDbContext db, Guid submission) =>
        db.CertificateRevocations.IgnoreQueryFilters([DensaiDbContext.CompanyFilter]).SingleOrDefault(r => r.Submission == submission);

    private static User? FindTarget(DensaiDbContext db, long userId, long? companyId) =>
        db.Users.Include(u => u.CurrentCertificate).SingleOrDefault(u => u.Id == userId && u.CompanyId == companyId);

    private static User? FindTarget(DensaiDbContext db, string canonicalLoginId) =>
        db.Users.Include(u => u.CurrentCertificate).SingleOrDefault(u => u.CanonicalLoginId == canonicalLoginId);

    // The same page sent again gets the same answer; its key used for something else confirms nothing.
    private static bool IsTheSame(CertificateRevocation before, RevocationRequest request, User by) =>
        before.RevokedBy == by.LoginId && before.UserId == request.UserId && before.SerialNumber == request.SerialNumber.ToString();

    // Only what may be chosen: a list must never say removeFromCRL or a CA's reason of a customer's certificate (R11). A page offers no
    // other, but what arrives is what was sent.
    private static RevokeRefusal? EvaluateReason(X509RevocationReason reason) =>
        RevocationReasons.Selectable.Contains(reason) ? null : RevokeRefusal.ReasonNotSelectable;

    private RevokeOutcome.Revoked Perform(
        UnitOfWork work, User by, User target, string source, X509RevocationReason reason, bool alsoSuspend, Guid submission)
    {
        var shown = target.CurrentCertificate!;
        // A renewal that was not used yet leaves two; they are one state and end together.
        foreach (var certificate in work.Db.Certificates.Where(c => c.UserId == target.Id && c.RevokedAt == null).ToList())
        {
            work.Revoke(certificate, by.LoginId, reason);
        }

        target.NoteCurrentRevoked(work.Now);
        var suspends = alsoSuspend && RevocationReasons.SuspendsByDefault(reason);
        if (suspends)
        {
            target.Suspend(work.Now);
        }

        var ended = sessions.EndAll(work, target.Id, SessionEndReason.CertificateRevoked);
        var receipt = new CertificateRevocation(
            submission, target, shown.SerialNumber.ToString(), reason, by.LoginId, by.Name, work.Now, ended, suspends);
        work.Db.CertificateRevocations.Add(receipt);
        work.Record(Entry(by, target, source, shown.SerialNumber) with
        {
            Detail = suspends ? "revoked-and-suspended" : "revoked",
            Value = reason.ToString(),
            ReceiptNumber = receipt.ReceiptNumber,
        });
        work.AfterCommit(crl.Request);
        return new(receipt.ReceiptNumber, receipt.RevokedAt);
    }

    private async Task<RevokeOutcome> WithCrlAsync(RevokeOutcome outcome, CancellationToken cancellation)
    {
        if (outcome is RevokeOutcome.Revoked revoked)
        {
            try
            {
                await crl.WaitForAsync(revoked.RevokedAt, cancellation);
            }
            catch (OperationCanceledException)
            {
                // Done is done, whoever no longer waits for the list.
            }
        }

        return outcome;
    }

    private static HistoryEntry Refusal(
        RevokeRefusal reason, string source, SerialNumber? serialNumber, User? by = null, User? target = null) =>
        Entry(
            by, target, source,
            serialNumber) with
        { Result = HistoryResult.Refused, Detail = "revocation-refused", Value = reason.ToString() };

    // A target outside the acting company stays out of that company's records: it may not learn that it exists.
    private static HistoryEntry Entry(User? by, User? target, string source, SerialNumber? serialNumber) => new()
    {
        Operation = HistoryOperation.Revocation,
        Result = HistoryResult.Done,
        CompanyId = by?.CompanyId ?? target?.CompanyId,
        UserId = by?.Id,
        LoginId = by?.LoginId,
        Source = source,
        TargetUserId = target?.Id,
        TargetLoginId = target?.LoginId,
        SerialNumber = serialNumber?.ToString(),
        Detail = "revoked",
    };
}
