using System.Globalization;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Core.Users;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Core.Mail;

/// <summary>
/// The mails that no record owes, because a day owes them: each certificate, stage and recipient gets one (R5, R6). All others follow from
/// <see cref="MailRules"/>.
/// </summary>
public sealed class Outbox(IOptions<InstitutionOptions> institution, OutboxSignal signal)
{
    private readonly MailTexts _texts = new(institution.Value);

    /// <summary>証明書有効期限のお知らせ (R5) to one recipient. Who gets one, and when, is decided where they are queued.</summary>
    internal void CertificateExpires(
        UnitOfWork work, Correspondent recipient, Correspondent owner, PersonKind person, ExpiringCertificate certificate, int stage)
    {
        var number = MailNumber.New();
        var text = _texts.CertificateExpires(recipient, owner, person, certificate, work.Now, number);
        var key = string.Create(CultureInfo.InvariantCulture, $"{MailKind.CertificateExpires}:{certificate.Id}:{stage}:{recipient.Id}");
        work.Sql.Insert(new OutboxMail(MailKind.CertificateExpires, recipient, key, number, text.Subject, text.Body, work.Now)
        {
            OwnerId = owner.Id,
            CertificateId = certificate.Id,
            Stage = stage,
        });
        work.AfterCommit(signal.Notify);
    }
}

/// <summary>What a notice of expiry needs to know of a certificate.</summary>
internal sealed record ExpiringCertificate(long Id, SerialNumber SerialNumber, DateTimeOffset NotAfter);
