using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Acts;
using DensaiAdmin.Core.Users;

namespace DensaiAdmin.Core.Mail;

/// <summary>
/// Lays mails down inside the act they tell of. Mails carry no link and no secret; each has a 通知番号 (R24).
/// </summary>
public sealed class Outbox
{
    /// <summary>証明書失効 to the owner and the company's masters.</summary>
    public void CertificateRevoked(Act act, User owner, DateTimeOffset revokedAt, X509RevocationReason reason) =>
        ToOwnerAndMasters(act, owner, MailKind.CertificateRevoked, JapanTime.Format(revokedAt), reason.ToString());

    private static void ToOwnerAndMasters(Act act, User owner, MailKind kind, string subject, string text)
    {
        var masters = act.Db.Users.Where(u => u.CompanyId == owner.CompanyId && u.CompanyId != null && u.Role == UserRole.Master && u.DeletedAt == null && u.Id != owner.Id).ToList();
        foreach (var recipient in masters.Prepend(owner))
        {
            var number = "N-" + RandomNumberGenerator.GetString("23456789ABCDEFGHJKMNPQRSTUVWXYZ", 10);
            act.Db.OutboxMails.Add(new OutboxMail(kind, recipient, $"{kind}:{number}", number, subject, text, act.Now));
        }
    }
}
