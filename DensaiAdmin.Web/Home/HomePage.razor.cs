using DensaiAdmin.Core;
using DensaiAdmin.Core.Announcements;
using DensaiAdmin.Core.ExpiryNotices;
using DensaiAdmin.Core.HistorySearch;
using DensaiAdmin.Core.Home;
using DensaiAdmin.Core.Mail;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Web.Sessions;
using DensaiAdmin.Web.Shared;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Web.Home;

/// <summary>BTOP001.</summary>
public sealed partial class HomePage(
    LiveSessions sessions,
    CertificateHolders holders,
    LoginHistory logins,
    AnnouncementBoard announcements,
    RecentOperations recent,
    RenewalQueries renewal,
    MailLedger mails,
    CurrentActor current,
    IStringLocalizer<SharedText> shared,
    IOptions<CertificatePolicyOptions> policy,
    TimeProvider clock)
{
    private const int LoginsShown = 3;
    private const int NextShown = 3;
    private const int NewsShown = 5;

    private HomeModel? _model;

    protected override async Task OnInitializedAsync()
    {
        if (sessions.Find(current.Actor) is not { } live)
        {
            return;
        }

        var listed = Begin(() => announcements.ListAnnouncementsAsync(current.CompanyId, current.UserId, NewsShown));
        var unread = Begin(() => announcements.CountUnreadAsync(current.CompanyId, current.UserId));
        var entries = Begin(() => logins.OfAsync(current.CompanyId, current.UserId, LoginsShown));
        var functions = Begin(() => recent.OfAsync(current.CompanyId, current.UserId));
        var asked = Begin(() => renewal.FindAsync(live));
        var deadSince = Begin(() => mails.DeadSinceAsync(current.CompanyId, current.UserId));
        // Who logs in without a certificate belongs to a company that has none.
        var certificates = live.Certificate is not null && current is { Role: UserRole.Master, CompanyId: { } company }
            ? CompanyAsync(company)
            : null;
        await Task.WhenAll(listed, unread, entries, functions, asked, deadSince, certificates ?? Task.CompletedTask);
        var question = await asked;
        _model = new HomeModel
        {
            Banner = Banner(question),
            AddressDeadSince = await deadSince,
            Company = certificates is null ? null : await certificates,
            Own = live.Certificate is { } certificate ? Own(certificate, question?.RenewedUntil) : null,
            Logins = [.. (await entries).Select(entry => new LoginEntry(entry.At, entry.Succeeded))],
            News = [.. (await listed).Where(announcement => !announcement.IsRead).Select(
                announcement => new NewsEntry(announcement.Title, announcement.PublishedAt, Urls.Announcement(announcement.Id)))],
            Unread = await unread,
            Recent = [.. (await functions).Select(function => Functions.Find(function, shared)).OfType<(string Name, string Href)>().Select(
                found => new RecentOperation(found.Name, found.Href))],
        };
    }

    private async Task<CompanyCertificates> CompanyAsync(long company)
    {
        var window = policy.Value.RenewalWindowDays;
        var counted = Begin(() => holders.CountAsync(company, window));
        var next = Begin(() => holders.NextToExpireAsync(company, NextShown));
        await Task.WhenAll(counted, next);
        var counts = await counted;
        return new CompanyCertificates
        {
            Expired = counts.Expired,
            Issued = counts.Issued,
            ExpiresSoon = counts.DueSoon,
            ExpiresUrgently = counts.DueUrgently,
            Revoked = counts.Revoked,
            NotIssued = counts.NotIssued,
            SoonDays = window,
            Next = [.. (await next).Select(holder => new NextToExpire(
                holder.LoginId, holder.Name, holder.NotAfter!.Value, DaysUntil(holder.NotAfter.Value),
                DaysUntil(holder.NotAfter.Value) <= window))],
        };
    }

    // Each part reads by a context of its own. A driver may answer on the thread that asks, as SQLite's does: on one thread they would
    // wait for each other all the same.
    private static Task<T> Begin<T>(Func<Task<T>> read) => Task.Run(read);

    // A renewal ends it, though the old certificate still lives until the new one is used.
    private static ExpiryBanner? Banner(RenewalQuestion? question) =>
        question is { RenewedUntil: null }
            ? new ExpiryBanner(
                question.Urgency switch
                {
                    ExpiryUrgency.Calm => AlertKind.Info,
                    ExpiryUrgency.Urgent => AlertKind.Soon,
                    ExpiryUrgency.Today => AlertKind.Bad,
                },
                question.Certificate.NotAfter,
                question.DaysLeft,
                question.MailNumber,
                Urls.Renewal)
            : null;

    private OwnCertificate Own(Certificate certificate, DateTimeOffset? renewedUntil)
    {
        var status = CertificateStatuses.At(certificate.NotAfter, certificate.RevokedAt, clock.GetUtcNow());
        var days = DaysUntil(certificate.NotAfter);
        return new OwnCertificate(
            status, certificate.NotAfter, status == CertificateStatus.Issued ? days : null, days <= policy.Value.RenewalWindowDays,
            certificate.SerialNumber.ToString(), renewedUntil, Urls.CertificateInfo);
    }

    private int DaysUntil(DateTimeOffset notAfter) => JapanTime.DaysUntil(notAfter, clock.GetUtcNow());
}
