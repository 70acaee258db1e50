using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Acts;
using DensaiAdmin.Core.Certificates;
using DensaiAdmin.Core.Companies;
using DensaiAdmin.Core.History;
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
        CertificateIssued(act, Correspondent.Of(owner), certificate);

    /// <inheritdoc cref="CertificateIssued(Act, User, Certificate)"/>
    internal void CertificateIssued(Act act, Correspondent owner, Certificate certificate) =>
        ToOwnerAndMasters(
            act, owner, MailKind.CertificateIssued, certificate.SerialNumber.ToString(),
            (recipient, number) => _texts.CertificateIssued(recipient, owner, certificate, number));

    /// <summary>証明書更新のお知らせ. The certificate need not be stored yet; its serial makes the mails unique.</summary>
    internal void CertificateRenewed(Act act, Correspondent owner, Certificate certificate) =>
        ToOwnerAndMasters(
            act, owner, MailKind.CertificateRenewed, certificate.SerialNumber.ToString(),
            (recipient, number) => _texts.CertificateRenewed(recipient, owner, certificate, number));

    /// <summary>証明書失効のお知らせ.</summary>
    public void CertificateRevoked(Act act, User owner, DateTimeOffset revokedAt, X509RevocationReason reason)
    {
        var person = NextSteps.PersonOf(act.Db, owner, act.Now);
        ToOwnerAndMasters(
            act, Correspondent.Of(owner), MailKind.CertificateRevoked, Event(owner, revokedAt),
            (recipient, number) => _texts.CertificateRevoked(recipient, Correspondent.Of(owner), person, revokedAt, reason, number));
    }

    /// <summary>確認用パスワードのロックのお知らせ (R14).</summary>
    public void ConfirmationLocked(Act act, User owner)
    {
        var person = NextSteps.PersonOf(act.Db, owner, act.Now);
        ToOwnerAndMasters(
            act, Correspondent.Of(owner), MailKind.ConfirmationLocked, Event(owner, act.Now),
            (recipient, number) => _texts.ConfirmationLocked(recipient, Correspondent.Of(owner), person, act.Now, number));
    }

    /// <summary>証明書有効期限のお知らせ (R5) to one recipient. Who gets one, and when, is decided where notices are laid down.</summary>
    internal void CertificateExpires(Act act, Correspondent recipient, Correspondent owner, PersonKind person, ExpiringCertificate certificate, int stage)
    {
        var number = NewNoticeNumber();
        var text = _texts.CertificateExpires(recipient, owner, person, certificate, act.Now, number);
        var key = string.Create(CultureInfo.InvariantCulture, $"{MailKind.CertificateExpires}:{certificate.Id}:{stage}:{recipient.Id}");
        act.Sql.Insert(new OutboxMail(MailKind.CertificateExpires, recipient, key, number, text.Subject, text.Body, act.Now)
        {
            OwnerId = owner.Id,
            CertificateId = certificate.Id,
            Stage = stage,
        });
        act.AfterCommit(signal.Ring);
    }

    /// <summary>ログインID取得のお知らせ. The owner's company must be at hand.</summary>
    public void LoginIdAcquired(Act act, User owner) =>
        ToOwnerAndMasters(
            act, Correspondent.Of(owner), MailKind.LoginIdAcquired, Event(owner, act.Now),
            (recipient, number) => _texts.LoginIdAcquired(recipient, Correspondent.Of(owner), act.Now, owner.Company?.AuthenticationMethod, number));

    /// <summary>What a master did about a user, to the user and the masters: registered, changed, deleted, suspended, released, unlocked, reset.</summary>
    /// <param name="act">The act it tells of.</param>
    /// <param name="kind">Which.</param>
    /// <param name="owner">The user as it is after the act.</param>
    /// <param name="by">利用者名 of who did it.</param>
    /// <param name="cause">What keeps the user from logging in after it; null for nothing.</param>
    /// <param name="addressBefore">Where the user's mail went before; it is told too, for who changed it may not have been meant to.</param>
    public void UserManaged(Act act, MailKind kind, User owner, string by, AccessCause? cause = null, string? addressBefore = null)
    {
        var user = Correspondent.Of(owner);
        var needsCertificate = act.Db.Companies.Any(c => c.Id == owner.CompanyId && c.AuthenticationMethod == AuthenticationMethod.Certificate);
        var standing = new OwnerStanding(NextSteps.PersonOf(act.Db, owner, act.Now), needsCertificate, cause);
        ToOwnerAndMasters(act, user, kind, Event(owner, act.Now), (recipient, number) => _texts.UserManaged(kind, recipient, user, standing, by, act.Now, number));
        if (addressBefore is { Length: > 0 } && addressBefore != user.MailAddress)
        {
            var number = NewNoticeNumber();
            var text = _texts.UserManaged(kind, user, user, standing, by, act.Now, number);
            act.Sql.Insert(new OutboxMail(kind, user with { MailAddress = addressBefore }, $"{kind}:{Event(owner, act.Now)}:{user.Id}:before", number, text.Subject, text.Body, act.Now) { OwnerId = user.Id });
        }
    }

    /// <summary>パスワード変更のお知らせ, to the owner alone.</summary>
    public void PasswordChanged(Act act, User owner, string which)
    {
        var user = Correspondent.Of(owner);
        var person = NextSteps.PersonOf(act.Db, owner, act.Now);
        To([user], act, user, MailKind.PasswordChanged, Event(owner, act.Now), (recipient, number) => _texts.PasswordChanged(recipient, person, which, act.Now, number));
    }

    /// <summary>身に覚えのないログインの申告のお知らせ. Whoever reports may be the stranger, so the owner is told too.</summary>
    /// <param name="act">The act it tells of.</param>
    /// <param name="owner">Whose login it was.</param>
    /// <param name="login">The record of the login, or of the refused try.</param>
    /// <param name="hasCertificate">Whether the owner logs in with a certificate.</param>
    /// <param name="receiptNumber">受付番号 of the report.</param>
    public void LoginReported(Act act, User owner, HistoryRecord login, bool hasCertificate, string receiptNumber)
    {
        var person = NextSteps.PersonOf(act.Db, owner, act.Now);
        ToOwnerAndMasters(
            act, Correspondent.Of(owner), MailKind.LoginReported, receiptNumber,
            (recipient, number) => _texts.LoginReported(recipient, Correspondent.Of(owner), person, login, hasCertificate, act.Now, receiptNumber, number));
    }

    /// <summary>警報, to every operator of the bank that has an address. What to do about it stands in the history and in health.</summary>
    internal void AlarmRaised(Act act, AlarmKind kind, string subject, AlarmFacts facts)
    {
        foreach (var operatorOfTheBank in Operators(act))
        {
            To([operatorOfTheBank], act, operatorOfTheBank, MailKind.Alarm, $"{kind}:{subject}", (recipient, number) => _texts.Alarm(recipient, kind, facts, act.Now, number));
        }
    }

    private static List<Correspondent> Operators(Act act)
    {
        var operators = new List<Correspondent>();
        using var rows = act.Sql.Read(
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
    private static List<Correspondent> Masters(Act act, Correspondent owner)
    {
        var masters = new List<Correspondent>();
        if (owner.CompanyId is null)
        {
            return masters;
        }

        using var rows = act.Sql.Read(
            "SELECT Id, LoginId, Name, MailAddress FROM Users WHERE CompanyId = $company AND Role = 'Master' AND DeletedAt IS NULL AND SuspendedAt IS NULL AND Id <> $owner",
            ("$company", owner.CompanyId),
            ("$owner", owner.Id));
        while (rows.Read())
        {
            masters.Add(new(rows.GetInt64(0), owner.CompanyId, rows.GetString(1), rows.GetString(2), rows.GetString(3), IsSuspended: false));
        }

        return masters;
    }

    private void ToOwnerAndMasters(Act act, Correspondent owner, MailKind kind, string happened, Func<Correspondent, string, MailText> words) =>
        To(Masters(act, owner).Prepend(owner), act, owner, kind, happened, words);

    private void To(IEnumerable<Correspondent> recipients, Act act, Correspondent owner, MailKind kind, string happened, Func<Correspondent, string, MailText> words)
    {
        // Bank staff may have no address of their own here.
        foreach (var recipient in recipients.Where(r => r.MailAddress.Length > 0))
        {
            var key = string.Create(CultureInfo.InvariantCulture, $"{kind}:{happened}:{recipient.Id}");
            if (act.Sql.Scalar("SELECT 1 FROM OutboxMails WHERE Key = $key", ("$key", key)) is not null)
            {
                continue;
            }

            var number = NewNoticeNumber();
            var text = words(recipient, number);
            act.Sql.Insert(new OutboxMail(kind, recipient, key, number, text.Subject, text.Body, act.Now) { OwnerId = owner.Id });
        }

        act.AfterCommit(signal.Ring);
    }

    /// <summary>A 通知番号 as it is stored, out of what a person typed; null when it can be none.</summary>
    internal static string? CanonicalNoticeNumber(string typed)
    {
        if (typed.Length > 64)
        {
            return null;
        }

        var code = string.Concat(MailAddressPolicy.Tidy(typed).Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant();
        return code.Length == 11 && code[0] == 'N' ? $"N-{code[1..6]}-{code[6..]}" : null;
    }

    // No 0/O, 1/I/L: the number is compared by eye and read out on the telephone.
    private static string NewNoticeNumber()
    {
        var code = RandomNumberGenerator.GetString("23456789ABCDEFGHJKMNPQRSTUVWXYZ", 10);
        return $"N-{code[..5]}-{code[5..]}";
    }
}

/// <summary>What a notice of expiry needs to know of a certificate.</summary>
internal sealed record ExpiringCertificate(long Id, SerialNumber SerialNumber, DateTimeOffset NotAfter);

/// <summary>What a mail needs to know of a person.</summary>
internal sealed record Correspondent(long Id, long? CompanyId, string LoginId, string Name, string MailAddress, bool IsSuspended)
{
    public static Correspondent Of(User user) => new(user.Id, user.CompanyId, user.LoginId, user.Name, user.MailAddress, user.SuspendedAt is not null);
}
