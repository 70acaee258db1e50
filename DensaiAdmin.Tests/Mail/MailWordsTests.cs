using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Mail;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Mail;

/// <summary>
/// Every mail, to every person whom it is about and to the masters beside: what happened, what to do, and whom this person asks (R27).
/// </summary>
public sealed class MailWordsTests
{
    private const string Bank = "最寄りの店舗";
    private const string Telephone = "電話：0120-000-111\n";
    private const string Rule = "────";

    private static readonly InstitutionOptions Institution = new()
    {
        BankName = "みなと信用金庫",
        ServiceName = "みなとでんさい",
        BankCode = "1999",
        ContactName = Bank,
        ContactText = "店舗にお問い合わせください。",
        Contact = { Telephone = "0120-000-111" },
    };

    private static readonly MailTexts Texts = new(Institution);

    private static readonly Dictionary<Helper, string> Words = new()
    {
        [Helper.Master] = "貴社のマスターユーザ",
        [Helper.OtherMaster] = "貴社の他のマスターユーザ",
        [Helper.Counter] = Bank + "の窓口",
        [Helper.Operators] = "当行の運用担当者",
    };

    // What a released user can still be kept out by, and nothing.
    private static readonly AccessCause?[] Remaining =
    [
        null, AccessCause.PasswordLocked, AccessCause.InitialPasswordExpired, AccessCause.CertificateExpired,
        AccessCause.CertificateRevoked,
        AccessCause.CertificateNotIssued,
    ];

    public static TheoryData<PersonKind> People => [.. Enum.GetValues<PersonKind>()];

    [Theory]
    [MemberData(nameof(People))]
    public async Task EveryMail_SaysCauseNextStepAndWhomToAsk_AndNamesNobodyElse(PersonKind person)
    {
        using var bank = TestBank.Open();
        await bank.Act(work => work.Record(
            new HistoryEntry { Operation = HistoryOperation.Login, Result = HistoryResult.Done, Source = "192.0.2.1", Detail = "" }));
        var mails = Mails(person, bank.Read(db => db.HistoryRecords.First()), bank.Now).ToList();

        Assert.Equal(Enum.GetValues<MailKind>().Except([MailKind.Alarm]), mails.Select(mail => mail.Kind).Distinct().Order());
        Assert.All(mails, mail => Check(mail, person));
    }

    private static void Check(Written mail, PersonKind person)
    {
        var body = mail.Text.Body;
        var parts = body.Split(Rule[0]).Where(part => part.Trim().Length > 0).ToList();
        Assert.Equal(4, parts.Count);
        var (lead, facts, next, foot) = (parts[0], parts[1], parts[2].Split("\n通知番号：")[0], parts[3]);
        var isStaff = person == PersonKind.Staff;

        Assert.StartsWith("【みなと信用金庫】", mail.Text.Subject, StringComparison.Ordinal);
        Assert.Matches("お知らせいたします。", lead);
        Assert.Contains("ログインID：0501D00601X", facts, StringComparison.Ordinal);
        Assert.Matches("日時：|期限：|のログイン：", facts);
        Assert.All(next.Trim().Split('\n'), sentence => Assert.EndsWith("。", sentence, StringComparison.Ordinal));
        Assert.Contains(isStaff ? Words[Helper.Operators] : "店舗", next + foot, StringComparison.Ordinal);
        Assert.Equal(!isStaff, foot.Contains(Telephone, StringComparison.Ordinal));
        Assert.Equal(!isStaff, foot.Contains(Institution.ContactText, StringComparison.Ordinal));

        if (mail.About is { } cause && NextSteps.For(cause, person).Helper is var helper and not Helper.Nobody)
        {
            Assert.Contains(Words[helper], next, StringComparison.Ordinal);
        }

        // Nobody is sent to a master who cannot help; whoever acted hands over what is new.
        if (person != PersonKind.GeneralUser && mail.Kind is not (MailKind.UserRegistered or MailKind.PasswordReset))
        {
            Assert.DoesNotContain(Words[Helper.Master], body, StringComparison.Ordinal);
        }

        if (isStaff)
        {
            Assert.DoesNotContain(Bank, body, StringComparison.Ordinal);
        }

        // Names of the person, of who reads and of who acted; of the bank only what is set.
        Assert.Equal(mail.ToOwner ? 0 : 1, body.Split("乙山").Length - 1);
        Assert.All(
            ["北洋", "North Pacific", "お取引店", "http", "www", "{", "}"],
            word => Assert.DoesNotContain(word, mail.Text.Subject + body, StringComparison.Ordinal));
    }

    private static IEnumerable<Written> Mails(PersonKind person, HistoryRecord login, DateTimeOffset now)
    {
        long? company = person == PersonKind.Staff ? null : 1;
        var owner = new Correspondent(1, company, "0501D00601X", "甲野", "a@example.jp", IsSuspended: false);
        var master = new Correspondent(2, company, "0501D00601M", "乙山", "b@example.jp", IsSuspended: false);
        var certificate = new Certificate(
            1, "00", SerialNumber.Parse("5B07E4D193AC2F680D7EB1C548F29A36"), [], default, default, now, now.AddYears(1), now);
        foreach (var to in person == PersonKind.Staff ? [owner] : new[] { owner, master })
        {
            var isOwner = to == owner;
            yield return new(MailKind.CertificateIssued, isOwner, null, Texts.CertificateIssued(to, owner, certificate, "N"));
            yield return new(MailKind.CertificateRenewed, isOwner, null, Texts.CertificateRenewed(to, owner, certificate, "N"));
            yield return new(
                MailKind.CertificateRevoked, isOwner, null,
                Texts.CertificateRevoked(to, owner, person, now, X509RevocationReason.Superseded, "N"));
            yield return new(
                MailKind.CertificateRevoked, isOwner, AccessCause.UserSuspended,
                Texts.CertificateRevoked(to, owner with { IsSuspended = true }, person, now, X509RevocationReason.KeyCompromise, "N"));
            yield return new(
                MailKind.ConfirmationLocked, isOwner, AccessCause.PasswordLocked, Texts.ConfirmationLocked(to, owner, person, now, "N"));
            foreach (var days in new[] { 40, 10, 0 })
            {
                yield return new(
                    MailKind.CertificateExpires, isOwner, isOwner ? AccessCause.CertificateExpired : null,
                    Texts.CertificateExpires(to, owner, person, new(1, certificate.SerialNumber, now.AddDays(days)), now, "N"));
            }

            foreach (var hasCertificate in new[] { false, true })
            {
                var about = hasCertificate ? AccessCause.CertificateActive : AccessCause.UserSuspended;
                yield return new(
                    MailKind.LoginReported, isOwner, isOwner
                        ? about
                        : null, Texts.LoginReported(to, owner, person, login, hasCertificate, now, "L-1", "N"));
                var method = hasCertificate ? AuthenticationMethod.Certificate : AuthenticationMethod.IdAndPassword;
                yield return new(MailKind.LoginIdAcquired, isOwner, null, Texts.LoginIdAcquired(to, owner, now, method, "N"));
            }

            foreach (var mail in Managed(to, owner, person, now))
            {
                yield return mail;
            }
        }

        yield return new(MailKind.PasswordChanged, true, null, Texts.PasswordChanged(owner, person, "ログインパスワード", now, "N"));
    }

    private static IEnumerable<Written> Managed(Correspondent to, Correspondent owner, PersonKind person, DateTimeOffset now)
    {
        var isOwner = to == owner;
        MailKind[] kinds =
        [
            MailKind.UserRegistered, MailKind.UserChanged, MailKind.UserDeleted, MailKind.UserSuspended, MailKind.UserReleased,
            MailKind.PasswordUnlocked,
            MailKind.PasswordReset,
        ];
        foreach (var kind in kinds)
        {
            foreach (var needsCertificate in new[] { false, true })
            {
                foreach (var left in kind == MailKind.UserReleased ? Remaining : [null])
                {
                    AccessCause? about = kind switch
                    {
                        MailKind.UserSuspended when isOwner => AccessCause.UserSuspended,
                        MailKind.PasswordUnlocked => AccessCause.InitialPasswordExpired,
                        _ => left,
                    };
                    yield return new(
                        kind, isOwner, about, Texts.UserManaged(kind, to, owner, new(person, needsCertificate, left), "丙川", now, "N"));
                }
            }
        }
    }

    private sealed record Written(MailKind Kind, bool ToOwner, AccessCause? About, MailText Text);
}
