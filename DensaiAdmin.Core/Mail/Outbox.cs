using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Acts;
using DensaiAdmin.Core.Certificates;
using DensaiAdmin.Core.Users;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Core.Mail;

/// <summary>
/// Lays mails down inside the act they tell of, one per event and recipient (R6): to the owner and to the masters of the
/// owner's company (R14). Mails carry no link and no secret; each has a 通知番号 (R24).
/// </summary>
public sealed class Outbox(IOptions<InstitutionOptions> institution, OutboxSignal signal)
{
    private readonly MailTexts _texts = new(institution.Value);

    /// <summary>証明書発行のお知らせ. The certificate need not be stored yet; its serial makes the mails unique.</summary>
    public void CertificateIssued(Act act, User owner, Certificate certificate) =>
        ToOwnerAndMasters(
            act, owner, MailKind.CertificateIssued, certificate.SerialNumber.ToString(),
            (recipient, number) => _texts.CertificateIssued(recipient, owner, certificate, number));

    /// <summary>証明書失効のお知らせ.</summary>
    public void CertificateRevoked(Act act, User owner, DateTimeOffset revokedAt, X509RevocationReason reason) =>
        ToOwnerAndMasters(
            act, owner, MailKind.CertificateRevoked, Event(owner, revokedAt),
            (recipient, number) => _texts.CertificateRevoked(recipient, owner, revokedAt, reason, number));

    /// <summary>確認用パスワードのロックのお知らせ (R14).</summary>
    public void ConfirmationLocked(Act act, User owner) =>
        ToOwnerAndMasters(
            act, owner, MailKind.ConfirmationLocked, Event(owner, act.Now),
            (recipient, number) => _texts.ConfirmationLocked(recipient, owner, act.Now, number));

    private static string Event(User owner, DateTimeOffset at) =>
        string.Create(CultureInfo.InvariantCulture, $"{owner.Id}@{at.ToUnixTimeMilliseconds()}");

    // A suspended master may have left the company; what goes on there is no longer told to that address.
    private static List<User> Masters(Act act, User owner) => owner.CompanyId is null
        ? []
        : [.. act.Db.Users.Where(u => u.CompanyId == owner.CompanyId && u.Role == UserRole.Master && u.DeletedAt == null && u.SuspendedAt == null && u.Id != owner.Id)];

    private void ToOwnerAndMasters(Act act, User owner, MailKind kind, string happened, Func<User, string, MailText> words)
    {
        // Bank staff may have no address of their own here.
        foreach (var recipient in Masters(act, owner).Prepend(owner).Where(r => r.MailAddress.Length > 0))
        {
            var key = string.Create(CultureInfo.InvariantCulture, $"{kind}:{happened}:{recipient.Id}");
            if (act.Db.OutboxMails.Local.Any(m => m.Key == key) || act.Db.OutboxMails.Any(m => m.Key == key))
            {
                continue;
            }

            var number = NewNoticeNumber();
            var text = words(recipient, number);
            act.Db.OutboxMails.Add(new OutboxMail(kind, recipient, key, number, text.Subject, text.Body, act.Now));
        }

        act.AfterCommit(signal.Ring);
    }

    // No 0/O, 1/I/L: the number is compared by eye and read out on the telephone.
    private static string NewNoticeNumber()
    {
        var code = RandomNumberGenerator.GetString("23456789ABCDEFGHJKMNPQRSTUVWXYZ", 10);
        return $"N-{code[..5]}-{code[5..]}";
    }
}
