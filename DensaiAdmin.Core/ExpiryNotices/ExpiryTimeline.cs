using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Core.ExpiryNotices;

/// <summary>What happens to a certificate at an instant of its last weeks.</summary>
public enum ExpiryEvent
{
    /// <summary>It was issued.</summary>
    Issued,

    /// <summary>R7: from here on every login asks for renewal, and home has the banner.</summary>
    WindowOpens,

    /// <summary>R5: the mail of a stage is queued.</summary>
    Notice,

    /// <summary>The banner turns from calm to urgent.</summary>
    TurnsUrgent,

    /// <summary>The banner says 当日.</summary>
    LastDay,

    /// <summary>R9: the first second in which it no longer logs in.</summary>
    Expired,
}

/// <param name="At">UTC.</param>
/// <param name="Event">What happens.</param>
/// <param name="Stage">Of a notice: the days before the expiry date.</param>
/// <param name="TellsMasters">Of a notice: whether masters of the company get it too.</param>
/// <param name="DaysLeft">JST days until the expiry date then.</param>
public sealed record TimelineEntry(DateTimeOffset At, ExpiryEvent Event, int? Stage, bool TellsMasters, int DaysLeft);

/// <param name="LoginId">Whose.</param>
/// <param name="Name">The user's name.</param>
/// <param name="Role">Masters are told of their own expiry once.</param>
/// <param name="NotAfter">Last second of the newest certificate; null: none, or revoked.</param>
/// <param name="Entries">In order of time.</param>
public sealed record Timeline(string LoginId, string Name, UserRole Role, DateTimeOffset? NotAfter, IReadOnlyList<TimelineEntry> Entries);

/// <summary>The calendar of one user's certificate, for those who try the product on other days (Development only).</summary>
public sealed class ExpiryTimeline(
    IDbContextFactory<DensaiDbContext> contexts, ExpiryMailPolicy notices, IOptions<CertificatePolicyOptions> policy)
{
    /// <summary>Some users to choose from, by login ID.</summary>
    public async Task<IReadOnlyList<string>> UsersAsync(int max, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Users.AsNoTracking().Where(u => u.DeletedAt == null).OrderBy(u => u.Id).Take(max).Select(u => u.LoginId)
            .ToListAsync(cancellation);
    }

    /// <summary>The calendar of a user, or null when there is none.</summary>
    public async Task<Timeline?> FindAsync(string? loginId, CancellationToken cancellation = default)
    {
        if (LoginId.Canonical(loginId) is not { } canonical)
        {
            return null;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var user = await db.Users.AsNoTracking().Include(u => u.CurrentCertificate)
            .SingleOrDefaultAsync(u => u.CanonicalLoginId == canonical && u.DeletedAt == null, cancellation);
        return user is null ? null
            : user.CurrentCertificate is { RevokedAt: null } certificate
            ? new(user.LoginId, user.Name, user.Role, certificate.NotAfter, EntriesOf(certificate.IssuedAt, certificate.NotAfter))
            : new(user.LoginId, user.Name, user.Role, null, []);
    }

    /// <summary>Everything that happens by the clock alone between issue and expiry.</summary>
    internal IReadOnlyList<TimelineEntry> EntriesOf(DateTimeOffset issuedAt, DateTimeOffset notAfter)
    {
        var expiry = JapanTime.JstDate(notAfter);
        DateTimeOffset Midnight(int days) => JapanTime.At(expiry.AddDays(-days), TimeOnly.MinValue);
        TimelineEntry Entry(DateTimeOffset at, ExpiryEvent what, int? stage = null) =>
            new(at, what, stage, stage is { } days && ExpiryMailPolicy.TellsMasters(days), JapanTime.DaysUntil(notAfter, at));
        return
        [
            .. new[]
                {
                    Entry(issuedAt, ExpiryEvent.Issued),
                    Entry(Midnight(policy.Value.RenewalWindowDays), ExpiryEvent.WindowOpens),
                    Entry(Midnight(ExpiryNearness.UrgentDays), ExpiryEvent.TurnsUrgent),
                    Entry(Midnight(0), ExpiryEvent.LastDay),
                    Entry(notAfter.AddSeconds(1), ExpiryEvent.Expired),
                }
                .Concat(notices.Stages.Select(stage => Entry(ExpiryMailPolicy.DueAt(notAfter, stage), ExpiryEvent.Notice, stage)))
                .OrderBy(entry => entry.At).ThenBy(entry => entry.Event),
        ];
    }
}
