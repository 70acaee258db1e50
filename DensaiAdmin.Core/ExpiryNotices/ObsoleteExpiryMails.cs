using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.ExpiryNotices;

/// <summary>
/// R6: a notice that waits in the outbox must not go any more when its certificate was revoked, replaced or has expired, when a later
/// stage has come, or when its recipient is no longer somebody to be told.
/// </summary>
internal sealed class ObsoleteExpiryMails(ExpiryMailPolicy policy)
{
    /// <summary>Whether the mail is one of them.</summary>
    public bool Contain(DensaiDbContext db, OutboxMail mail, DateTimeOffset now)
    {
        if (mail is not { Stage: { } stage, CertificateId: { } certificateId })
        {
            return false;
        }

        var found = db.Certificates.AsNoTracking()
            .Where(c => c.Id == certificateId)
            .Select(c => new
            {
                c.NotAfter,
                c.RevokedAt,
                IsReplaced = c.User.CurrentCertificateId != c.Id,
                c.User.DeletedAt,
                RecipientIsGone = db.Users.Any(
                    u => u.Id == mail.RecipientId && (u.DeletedAt != null || (u.Id != c.UserId && u.SuspendedAt != null))),
            })
            .Single();
        return found.RevokedAt is not null || found.IsReplaced || found.DeletedAt is not null || found.RecipientIsGone
            || Pki.CertificateStatuses.HasExpired(found.NotAfter, now)
            || policy.CurrentAt(found.NotAfter, now) < stage;
    }
}
