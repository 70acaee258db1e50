using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Core.ExpiryNotices;

/// <summary>How urgent a coming expiry is; each has a look of its own.</summary>
public enum ExpiryUrgency
{
    /// <summary>Inside the renewal window.</summary>
    Calm,

    /// <summary>In the last days: from <see cref="ExpiryNearness.UrgentDays"/> on.</summary>
    Urgent,

    /// <summary>当日.</summary>
    Today,
}

/// <summary>What a login inside the renewal window is told and asked (R5, R7).</summary>
/// <param name="Certificate">The certificate that made the session.</param>
/// <param name="DaysLeft">JST dates until the expiry date; 0 on the day itself.</param>
/// <param name="Urgency">How it is to be said.</param>
/// <param name="RenewedUntil">
/// NotAfter of a newer certificate that was issued and not used yet: then there is nothing left to choose.
/// </param>
/// <param name="MailNumber">通知番号 of the latest mail about it to this user, or null.</param>
public sealed record RenewalQuestion(
    Certificate Certificate, int DaysLeft, ExpiryUrgency Urgency, DateTimeOffset? RenewedUntil, string? MailNumber);

/// <summary>The 証明書更新選択画面 and the banner on home: what they ask, and that it was answered (R5, R7, R8).</summary>
public sealed class RenewalQueries(
    StoreWriter writer, IDbContextFactory<DensaiDbContext> contexts, SessionWatch sessions, IOptions<CertificatePolicyOptions> policy,
    TimeProvider clock)
{
    /// <summary>The question for this session's certificate, or null: outside the window, or made without a certificate.</summary>
    public async Task<RenewalQuestion?> FindAsync(Actor actor, CancellationToken cancellation = default)
    {
        var now = clock.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return sessions.Find(db, actor.SessionId, now).Live is { } live ? await FindAsync(db, live, now, cancellation) : null;
    }

    /// <summary>The same for a session that was just looked up.</summary>
    public async Task<RenewalQuestion?> FindAsync(LiveSession live, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(live.CompanyId, cancellation);
        return await FindAsync(db, live, clock.GetUtcNow(), cancellation);
    }

    /// <summary>
    /// Notes the choice; the pages of this login open. Whatever the clock says: those that revoke and suspend are among them (R26).
    /// </summary>
    /// <param name="actor">Who chose.</param>
    /// <param name="renews">更新する, or 更新しない.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when the session is over.</returns>
    public Task<bool> AnswerAsync(Actor actor, bool renews, CancellationToken cancellation = default) =>
        writer.PerformAnyTimeAsync(
            work =>
            {
                var entry = new HistoryEntry
                {
                    Operation = HistoryOperation.Renewal,
                    Result = HistoryResult.Refused,
                    Source = actor.Source,
                    Detail = "session-ended-meanwhile",
                };
                if (sessions.Find(work.Db, actor.SessionId, work.Now).Live is not { } live)
                {
                    work.Record(entry);
                    return false;
                }

                live.Session.AnswerRenewal();
                work.Record(entry with
                {
                    Result = HistoryResult.Done,
                    CompanyId = live.CompanyId,
                    UserId = live.User.Id,
                    LoginId = live.User.LoginId,
                    SerialNumber = live.Certificate?.SerialNumber.ToString(),
                    Detail = renews ? "renewal-chosen" : "renewal-declined",
                });
                return true;
            },
            cancellation);

    /// <summary>Opens the pages of a login that has nothing to choose: it is renewed already, or the window is not open.</summary>
    /// <returns>False when the session is over, or there is something to choose after all.</returns>
    public Task<bool> AnswerNothingAskedAsync(Actor actor, CancellationToken cancellation = default) =>
        writer.PerformAnyTimeAsync(
            work =>
            {
                if (sessions.Find(work.Db, actor.SessionId, work.Now).Live is not { } live
                    || (AsksForRenewal(live, work.Now) && live.User.CurrentCertificateId == live.Certificate!.Id))
                {
                    return false;
                }

                live.Session.AnswerRenewal();
                return true;
            },
            cancellation);

    /// <summary>How urgent so many days are.</summary>
    public static ExpiryUrgency UrgencyOf(int daysLeft) =>
        daysLeft <= 0 ? ExpiryUrgency.Today
        : daysLeft <= ExpiryNearness.UrgentDays ? ExpiryUrgency.Urgent
        : ExpiryUrgency.Calm;

    private bool AsksForRenewal(LiveSession live, DateTimeOffset now) =>
        live.Certificate is { } certificate && RenewalWindow.IsOpen(certificate.NotAfter, now, policy.Value.RenewalWindowDays);

    private async Task<RenewalQuestion?> FindAsync(DensaiDbContext db, LiveSession live, DateTimeOffset now, CancellationToken cancellation)
    {
        if (!AsksForRenewal(live, now))
        {
            return null;
        }

        var certificate = live.Certificate!;

        var days = JapanTime.DaysUntil(certificate.NotAfter, now);
        var number = await db.OutboxMails.AsNoTracking()
            .Where(m => m.CertificateId == certificate.Id && m.RecipientId == live.User.Id && m.Stage != null && m.WithdrawnAt == null)
            .OrderBy(m => m.Stage).Select(m => m.MailNumber).FirstOrDefaultAsync(cancellation);
        return new(
            certificate, days, UrgencyOf(days), live.User.CurrentCertificateId != certificate.Id ? live.User.CertificateNotAfter : null,
            number);
    }
}
