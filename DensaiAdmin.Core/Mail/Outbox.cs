using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Core.Users;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Core.Mail;

/// <summary>
/// Queues mails inside the act they tell of, one per event and recipient (R6): to the owner and to the masters of the
/// owner's company (R14). Mails carry no link and no secret; each has a 通知番号 (R24).
/// </summary>
public sealed class Outbox(IOptions<InstitutionOptions> institution, OutboxSignal signal)
{
    private readonly MailTexts _texts = new(institution.Value);

    /// <summary>証明書発行のお知らせ. The certificate need not be stored yet; its serial makes the mails unique.</summary>
    public void CertificateIssued(UnitOfWork work, User owner, Certificate certificate) =>
        CertificateIssued(work, Correspondent.Of(owner), certificate);

    /// <inheritdoc cref="CertificateIssued(UnitOfWork, User, Certificate)"/>
    internal void CertificateIssued(UnitOfWork work, Correspondent owner, Certificate certificate) =>
        ToOwnerAndMasters(
            work, owner, MailKind.CertificateIssued, certificate.SerialNumber.ToString(),
            (recipient, number) => _texts.CertificateIssued(recipient, owner, certificate, number));

    /// <summary>証明書更新のお知らせ. The certificate need not be stored yet; its serial makes the mails unique.</summary>
    internal void CertificateRenewed(UnitOfWork work, Correspondent owner, Certificate certificate) =>
        ToOwnerAndMasters(
            work, owner, MailKind.CertificateRenewed, certificate.SerialNumber.ToString(),
            (recipient, number) => _texts.CertificateRenewed(recipient, owner, certificate, number));

    /// <summary>証明書失効のお知らせ.</summary>
    public void CertificateRevoked(UnitOfWork work, User owner, DateTimeOffset revokedAt, X509RevocationReason reason)
    {
        var person = NextSteps.PersonOf(work.Db, owner, work.Now);
        ToOwnerAndMasters(
            work, Correspondent.Of(owner), MailKind.CertificateRevoked, Event(owner, revokedAt),
            (recipient, number) => _texts.CertificateRevoked(recipient, Correspondent.Of(owner), person, revokedAt, reason, number));
    }

    /// <summary>確認用パスワードのロックのお知らせ (R14).</summary>
    public void ConfirmationLocked(UnitOfWork work, User owner)
    {
        var person = NextSteps.PersonOf(work.Db, owner, work.Now);
        ToOwnerAndMasters(
            work, Correspondent.Of(owner), MailKind.ConfirmationLocked, Event(owner, work.Now),
            (recipient, number) => _texts.ConfirmationLocked(recipient, Correspondent.Of(owner), person, work.Now, number));
    }

    /// <summary>証明書有効期限のお知らせ (R5) to one recipient. Who gets one, and when, is decided where they are queued.</summary>
    internal void CertificateExpires(
        UnitOfWork work, Correspondent recipient, Correspondent owner, PersonKind person, ExpiringCertificate certificate, int stage)
    {
        var number = NewMailNumber();
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

    /// <summary>ログインID取得のお知らせ. The owner's company must be at hand.</summary>
    public void LoginIdAcquired(UnitOfWork work, User owner) =>
        ToOwnerAndMasters(
            work, Correspondent.Of(owner), MailKind.LoginIdAcquired, Event(owner, work.Now),
            (recipient, number) => _texts.LoginIdAcquired(
                recipient, Correspondent.Of(owner), work.Now, owner.Company?.AuthenticationMethod, number));

    /// <summary>
    /// What a master did about a user, to the user and the masters: registered, changed, deleted, suspended, released, unlocked, reset.
    /// </summary>
    /// <param name="work">The act it tells of.</param>
    /// <param name="kind">Which.</param>
    /// <param name="owner">The user as it is after the act.</param>
    /// <param name="by">利用者名 of who did it.</param>
    /// <param name="cause">What keeps the user from logging in after it; null for nothing.</param>
    /// <param name="addressBefore">
    /// Where the user's mail went before; it is told too, for who changed it may not have been meant to.
    /// </param>
    public void UserManaged(UnitOfWork work, MailKind kind, User owner, string by, AccessCause? cause = null, string? addressBefore = null)
    {
        var user = Correspondent.Of(owner);
        var needsCertificate = work.Db.Companies.Any(
            c => c.Id == owner.CompanyId && c.AuthenticationMethod == AuthenticationMethod.Certificate);
        var standing = new OwnerStanding(NextSteps.PersonOf(work.Db, owner, work.Now), needsCertificate, cause);
        ToOwnerAndMasters(
            work, user, kind, Event(owner, work.Now),
            (recipient, number) => _texts.UserManaged(kind, recipient, user, standing, by, work.Now, number));
        if (addressBefore is { Length: > 0 } && addressBefore != user.MailAddress)
        {
            var number = NewMailNumber();
            var text = _texts.UserManaged(kind, user, user, standing, by, work.Now, number);
            work.Sql.Insert(new OutboxMail(
                kind, user with { MailAddress = addressBefore }, $"{kind}:{Event(owner, work.Now)}:{user.Id}:before", number, text.Subject,
                text.Body, work.Now)
            { OwnerId = user.Id });
        }
    }

    /// <summary>パスワード変更のお知らせ, to the owner alone.</summary>
    public void PasswordChanged(UnitOfWork work, User owner, string which)
    {
        var user = Correspondent.Of(owner);
        var person = NextSteps.PersonOf(work.Db, owner, work.Now);
        To(
            [user], work, user, MailKind.PasswordChanged, Event(owner, work.Now),
            (recipient, number) => _texts.PasswordChanged(recipient, person, which, work.Now, number));
    }

    /// <summary>身に覚えのないログインの申告のお知らせ. Whoever reports may be the stranger, so the owner is told too.</summary>
    /// <param name="work">The act it tells of.</param>
    /// <param name="owner">Whose login it was.</param>
    /// <param name="login">The record of the login, or of the refused try.</param>
    /// <param name="hasCertificate">Whether the owner logs in with a certificate.</param>
    /// <param name="receiptNumber">受付番号 of the report.</param>
    public void LoginReported(UnitOfWork work, User owner, HistoryRecord login, bool hasCertificate, string receiptNumber)
    {
        var person = NextSteps.PersonOf(work.Db, owner, work.Now);
        ToOwnerAndMasters(
            work, Correspondent.Of(owner), MailKind.LoginReported, receiptNumber,
            (recipient, number) => _texts.LoginReported(
                recipient, Correspondent.Of(owner), person, login, hasCertificate, work.Now, receiptNumber, number));
    }

    /// <summary>警報, to every operator of the bank that has an address. What to do about it stands in the history and in health.</summary>
    internal void AlarmRaised(UnitOfWork work, AlarmKind kind, string subject, AlarmFacts facts)
    {
        foreach (var operatorOfTheBank in Operators(work))
        {
            To(
                [operatorOfTheBank], work, operatorOfTheBank, MailKind.Alarm, $"{kind}:{subject}",
                (recipient, number) => _texts.Alarm(recipient, kind, facts, work.Now, number));
        }
    }

    private static List<Correspondent> Operators(UnitOfWork work)
    {
        var operators = new List<Correspondent>();
        using var rows = work.Sql.Read(
            "SELECT Id, LoginId, Name, MailAddress FROM Users WHERE CompanyId IS NULL AND Role IN ('CounterClerk', 'CounterApprover') AND DeletedAt IS NULL AND SuspendedAt IS NULL");
        while (rows.Read())
        {
            operators.Add(new(rows.GetInt64(0), null, rows.GetString(1), rows.GetString(2), rows.GetString(3), IsSuspended: false));
        }

        return operators;
    }

    private static string Event(User owner, DateTimeOffset at) =>
        string.Create(CultureInfo.InvariantCulture, $"{owner.Id}@{at.ToUnixTimeMilliseconds()}");

    // A suspended master may have left the company; what goes on there is no longer told to that address.
    private static List<Correspondent> Masters(UnitOfWork work, Correspondent owner)
    {
        var masters = new List<Correspondent>();
        if (owner.CompanyId is null)
        {
            return masters;
        }

        using var rows = work.Sql.Read(
            "SELECT Id, LoginId, Name, MailAddress FROM Users WHERE CompanyId = $company AND Role = 'Master' AND DeletedAt IS NULL AND SuspendedAt IS NULL AND Id <> $owner",
            ("$company", owner.CompanyId),
            ("$owner", owner.Id));
        while (rows.Read())
        {
            masters.Add(
                new(rows.GetInt64(0), owner.CompanyId, rows.GetString(1), rows.GetString(2), rows.GetString(3), IsSuspended: false));
        }

        return masters;
    }

    private void ToOwnerAndMasters(
        UnitOfWork work, Correspondent owner, MailKind kind, string happened, Func<Correspondent, string, MailText> words) =>
        To(Masters(work, owner).Prepend(owner), work, owner, kind, happened, words);

    private void To(
        IEnumerable<Correspondent> recipients, UnitOfWork work, Correspondent owner, MailKind kind, string happened, Func<Correspondent,
        string, MailText> words)
    {
        // Bank staff may have no address of their own here.
        foreach (var recipient in recipients.Where(r => r.MailAddress.Length > 0))
        {
            var key = string.Create(CultureInfo.InvariantCulture, $"{kind}:{happened}:{recipient.Id}");
            if (work.Sql.Scalar("SELECT 1 FROM OutboxMails WHERE Key = $key", ("$key", key)) is not null)
            {
                continue;
            }

            var number = NewMailNumber();
            var text = words(recipient, number);
            work.Sql.Insert(new OutboxMail(kind, recipient, key, number, text.Subject, text.Body, work.Now) { OwnerId = owner.Id });
        }

        work.AfterCommit(signal.Notify);
    }

    /// <summary>A 通知番号 as it is stored, out of what a person typed; null when it can be none.</summary>
    internal static string? CanonicalMailNumber(string typed)
    {
        if (typed.Length > 64)
        {
            return null;
        }

        var code = string.Concat(MailAddressPolicy.Tidy(typed).Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant();
        return code.Length == 11 && code[0] == 'N' ? $"N-{code[1..6]}-{code[6..]}" : null;
    }

    // No 0/O, 1/I/L: the number is compared by eye and read out on the telephone.
    private static string NewMailNumber()
    {
        var code = RandomNumberGenerator.GetString("23456789ABCDEFGHJKMNPQRSTUVWXYZ", 10);
        return $"N-{code[..5]}-{code[5..]}";
    }
}

/// <summary>What a notice of expiry needs to know of a certificate.</summary>
internal sealed record ExpiringCertificate(long Id, SerialNumber SerialNumber, DateTimeOffset NotAfter);
