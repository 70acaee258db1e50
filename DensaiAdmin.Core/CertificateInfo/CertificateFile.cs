using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.CertificateInfo;

/// <summary>証明書情報: one certificate of who asks, and all there ever were.</summary>
/// <param name="Shown">The certificate asked for.</param>
/// <param name="All">The newest first, <paramref name="Shown"/> among them.</param>
/// <param name="PresentedId">The one that this session was made with; null for a session by password.</param>
public sealed record OwnCertificates(Certificate Shown, IReadOnlyList<Certificate> All, long? PresentedId);

/// <summary>Finds the certificates of who asks. Others' and invented ones are one answer, and it is recorded.</summary>
public sealed class CertificateFile(
    IDbContextFactory<DensaiDbContext> contexts, StoreWriter writer, SessionWatch sessions, TimeProvider clock)
{
    /// <summary>The certificate with this serial, or the one that logged in; null when there is none.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="serialNumber">As it stands in the address; null for the one in use.</param>
    /// <param name="cancellation">Ends the query.</param>
    public async Task<OwnCertificates?> FindAsync(Actor actor, string? serialNumber, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if (sessions.Find(db, actor.SessionId, clock.GetUtcNow()).Live is not { } live)
        {
            return null;
        }

        var all = await db.Certificates.AsNoTracking().Where(c => c.UserId == live.User.Id).OrderByDescending(c => c.IssuedAt)
            .ThenByDescending(c => c.Id).ToListAsync(cancellation);
        var presented = all.Find(c => c.Sha256Fingerprint == live.Session.CertificateFingerprint);
        var shown = serialNumber is null ? presented ?? all.FirstOrDefault()
            : SerialNumber.TryParse(serialNumber, out var serial) ? all.Find(c => c.SerialNumber == serial)
            : null;
        if (shown is not null)
        {
            return new(shown, all, presented?.Id);
        }

        if (serialNumber is not null)
        {
            await writer.RecordForeignAccessAsync(sessions, live, actor, serialNumber);
        }

        return null;
    }
}
