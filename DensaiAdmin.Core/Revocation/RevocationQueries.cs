using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.Revocation;

/// <summary>What the confirm page BRSK019 shows.</summary>
/// <param name="User">The user concerned.</param>
/// <param name="SerialNumber">The certificate that the page is about.</param>
/// <param name="NotAfter">Its last second, UTC.</param>
/// <param name="Status">State of the user now.</param>
/// <param name="LiveSessions">Logins open now.</param>
/// <param name="Refusal">Why it cannot be revoked, or null.</param>
public sealed record RevocationTarget(
    User User, SerialNumber SerialNumber, DateTimeOffset NotAfter, CertificateStatus Status, int LiveSessions, RevokeRefusal? Refusal);

/// <summary>What the result page BRSK020 shows.</summary>
/// <param name="Revocation">What was done.</param>
/// <param name="User">To whom.</param>
/// <param name="CrlPublishedAt">When the first CRL that holds it was published, UTC; null until then.</param>
public sealed record RevocationResult(CertificateRevocation Revocation, User User, DateTimeOffset? CrlPublishedAt);

/// <summary>
/// Finds what the revocation's pages show, for the company of the asking master only. Foreign, invented and deleted are one
/// answer, and it is recorded.
/// </summary>
public sealed class RevocationQueries(
    IDbContextFactory<DensaiDbContext> contexts, StoreWriter writer, SessionWatch sessions, TimeProvider clock)
{
    /// <summary>The certificate with this serial, or null.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="serialNumber">As it stands in the address.</param>
    /// <param name="cancellation">Ends the query.</param>
    public async Task<RevocationTarget?> FindTargetAsync(Actor actor, string? serialNumber, CancellationToken cancellation = default)
    {
        var now = clock.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var live = sessions.Look(db, actor.SessionId, now).Live;
        if (live is null)
        {
            return null;
        }

        Certificate? certificate = null;
        if (live.User.Role == UserRole.Master && SerialNumber.TryParse(serialNumber, out var serial))
        {
            certificate = await db.Certificates.AsNoTracking().Include(c => c.User).ThenInclude(u => u.CurrentCertificate)
                .SingleOrDefaultAsync(
                    c => c.SerialNumber == serial && c.User.CompanyId == live.CompanyId && c.User.DeletedAt == null, cancellation);
        }

        if (certificate is null)
        {
            await writer.RecordForeignAccessAsync(sessions, live, actor, serialNumber);
            return null;
        }

        var user = certificate.User;
        return new(
            user, certificate.SerialNumber, certificate.NotAfter, user.CertificateStatusAt(now), sessions.CountLive(db, user.Id, now),
            RevocationPolicy.EvaluateByMaster(live.User, user, certificate.SerialNumber, now));
    }

    /// <summary>The revocation with this 受付番号, or null.</summary>
    public async Task<RevocationResult?> FindResultAsync(Actor actor, string? receiptNumber, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var live = sessions.Look(db, actor.SessionId, clock.GetUtcNow()).Live;
        if (live is null)
        {
            return null;
        }

        var revocation = live.User.Role == UserRole.Master
            ? await db.CertificateRevocations.AsNoTracking().Include(r => r.User)
                .SingleOrDefaultAsync(r => r.ReceiptNumber == receiptNumber && r.CompanyId == live.CompanyId, cancellation)
            : null;
        if (revocation is null)
        {
            await writer.RecordForeignAccessAsync(sessions, live, actor, receiptNumber);
            return null;
        }

        // Every list of its CA that was read after the act holds the revocation.
        var serial = SerialNumber.Parse(revocation.SerialNumber);
        var published = await (
            from certificate in db.Certificates
            where certificate.SerialNumber == serial
            from list in db.PublishedCrls
            where list.IssuerKeyIdentifier == certificate.IssuerKeyIdentifier && list.UpTo >= certificate.RevokedSequence
            orderby list.UpTo, list.Number
            select (DateTimeOffset?)list.BuiltAt).FirstOrDefaultAsync(cancellation);
        return new(revocation, revocation.User, published);
    }
}
