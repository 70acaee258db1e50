using System.Globalization;
using DensaiAdmin.Core.Mail;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Core.Users;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.ExpiryNotices;

/// <summary>
/// Queues the notices of coming expiries in the outbox (R5, R6). What is to be told follows from what is stored and the clock
/// alone, never from when it ran last: run twice, late, after a crash or on a clock that jumped, each certificate, stage and
/// recipient gets one row, and of missed stages only the current one.
/// </summary>
public sealed class QueueExpiryMails(
    StoreWriter writer, IDbContextFactory<DensaiDbContext> contexts, Outbox outbox, ExpiryMailPolicy policy, TimeProvider clock)
{
    // Some milliseconds of the writer: whoever wants to revoke meanwhile waits no longer than that.
    private const int OwnersPerAct = 50;

    /// <summary>Queues everything that is due now.</summary>
    /// <returns>How many mails.</returns>
    public async Task<int> RunAsync(Actor actor, CancellationToken cancellation = default)
    {
        actor.RequireJob();
        var queued = 0;
        foreach (var window in policy.WindowsAt(clock.GetUtcNow()))
        {
            var after = new Place(window.From, 0);
            while (await FindAsync(window, after, cancellation) is { Count: > 0 } owners)
            {
                queued += await writer.PerformAsync(work => Queue(work, actor, [.. owners.Select(o => o.UserId)]), cancellation);
                after = owners[^1];
            }
        }

        return queued;
    }

    /// <summary>
    /// Owners of whose certificate somebody is still to be told, in the order of expiry. A suspended user can neither log in nor renew:
    /// the notice waits for the release.
    /// </summary>
    private async Task<List<Place>> FindAsync(ExpiryMailWindow window, Place after, CancellationToken cancellation)
    {
        var (stage, tellsMasters) = (window.Stage, ExpiryMailPolicy.TellsMasters(window.Stage));
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Users.AsNoTracking()
            .Where(u => u.CertificateNotAfter >= after.NotAfter && u.CertificateNotAfter < window.Before
                && (u.CertificateNotAfter > after.NotAfter || u.Id > after.UserId)
                && u.CertificateRevokedAt == null && u.DeletedAt == null && u.SuspendedAt == null)
            .Where(u =>
                (u.MailAddress != ""
                    && !db.OutboxMails.Any(m => m.CertificateId == u.CurrentCertificateId && m.RecipientId == u.Id && m.Stage <= stage))
                || (tellsMasters && db.Users.Any(x => x.CompanyId == u.CompanyId && x.Role == UserRole.Master && x.Id != u.Id
                    && x.DeletedAt == null && x.SuspendedAt == null && x.MailAddress != ""
                    && !db.OutboxMails.Any(m => m.CertificateId == u.CurrentCertificateId && m.RecipientId == x.Id && m.Stage <= stage))))
            .OrderBy(u => u.CertificateNotAfter).ThenBy(u => u.Id)
            .Select(u => new Place(u.CertificateNotAfter!.Value, u.Id))
            .Take(OwnersPerAct)
            .ToListAsync(cancellation);
    }

    /// <summary>Evaluates the owners again where nothing can change any more, and queues what is missing.</summary>
    private int Queue(UnitOfWork work, Actor actor, List<long> ids)
    {
        var owners = work.Db.Users.AsNoTracking()
            .Where(u => ids.Contains(u.Id) && u.CertificateRevokedAt == null && u.DeletedAt == null && u.SuspendedAt == null)
            .OrderBy(u => u.CertificateNotAfter).ThenBy(u => u.Id)
            .Select(u => new
            {
                Person = new Correspondent(u.Id, u.CompanyId, u.LoginId, u.Name, u.MailAddress, false),
                u.Role,
                Certificate = new ExpiringCertificate(
                    u.CurrentCertificate!.Id, u.CurrentCertificate.SerialNumber, u.CurrentCertificate.NotAfter),
            })
            .ToList();
        var companies = owners.Select(o => o.Person.CompanyId).Distinct().ToList();
        var masters = work.Db.Users.AsNoTracking()
            .Where(u => companies.Contains(u.CompanyId)
                && u.CompanyId != null
                && u.Role == UserRole.Master
                && u.DeletedAt == null
                && u.SuspendedAt == null)
            .Select(u => new Correspondent(u.Id, u.CompanyId, u.LoginId, u.Name, u.MailAddress, false))
            .ToList()
            .ToLookup(m => m.CompanyId);
        var able = NextSteps.AbleMasters(work.Db, work.Now).Where(u => companies.Contains(u.CompanyId))
            .Select(u => new { u.CompanyId, u.Id })
            .ToList().ToLookup(m => m.CompanyId, m => m.Id);
        var certificates = owners.Select(o => (long?)o.Certificate.Id).ToList();
        // The latest stage that each has been told of: nobody is told of an earlier one after it, however the clock stands.
        var told = work.Db.OutboxMails.AsNoTracking()
            .Where(m => certificates.Contains(m.CertificateId) && m.Stage != null)
            .GroupBy(m => new { m.CertificateId, m.RecipientId })
            .Select(g => new { g.Key.CertificateId, g.Key.RecipientId, Stage = g.Min(m => m.Stage) })
            .ToDictionary(t => (t.CertificateId!.Value, t.RecipientId), t => t.Stage!.Value);

        var queued = 0;
        foreach (var owner in owners)
        {
            if (policy.CurrentAt(owner.Certificate.NotAfter, work.Now) is not { } stage)
            {
                continue;
            }

            var person = NextSteps.PersonOf(owner.Role, able[owner.Person.CompanyId].Any(id => id != owner.Person.Id));
            var also = ExpiryMailPolicy.TellsMasters(stage) ? masters[owner.Person.CompanyId].Where(m => m.Id != owner.Person.Id) : [];
            foreach (var recipient in also.Prepend(owner.Person).Where(r => r.MailAddress.Length > 0))
            {
                if (told.TryGetValue((owner.Certificate.Id, recipient.Id), out var latest) && latest <= stage)
                {
                    continue;
                }

                outbox.CertificateExpires(work, recipient, owner.Person, person, owner.Certificate, stage);
                queued++;
            }
        }

        if (queued > 0)
        {
            work.Record(new HistoryEntry
            {
                Operation = HistoryOperation.Operation,
                Result = HistoryResult.Done,
                Source = actor.Source,
                Detail = "expiry-notices",
                Value = queued.ToString(CultureInfo.InvariantCulture),
            });
        }

        return queued;
    }

    private sealed record Place(DateTimeOffset NotAfter, long UserId);
}
