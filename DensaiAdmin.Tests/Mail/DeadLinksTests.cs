using System.Reflection;
using System.Text.RegularExpressions;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Mail;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Mail;

/// <summary>R24: nothing that a mail program would link by itself, whoever chose the name, in whatever kind of mail.</summary>
public sealed partial class DeadLinksTests
{
    public static TheoryData<string> Evil =>
    [
        "http://evil.example/", "HTTPS://EVIL.EXAMPLE", "ftp://evil.example/x", "FTP://evil", "file://evil/x", @"\\evil\share",
        "www.evil.example", "evil.example",
        "EVIL.CO.JP", "太郎 evil.com 様", "evil．com", "evil。com", "evil｡com", "北洋銀行.jp", "北洋。みんな", "xn--vcss1y.jp", "mailto:taro@evil.example",
        "taro@evil.example",
        "tel:0312345678", "javascript:alert(1)", "data:text/html,x", "densai-enrollment:issue", "192.0.2.1", "192.0.2.1/x", "💩.la",
        "I♥.ws", "evil\u2024com",
        "evil.example:8443/login", "(evil.com)", "「evil.com」", "a.b.c.example", "x://y", "ＨＴＴＰ：//evil.com", "sftp://a@b.example",
    ];

    [Theory]
    [MemberData(nameof(Evil))]
    public async Task EveryKindOfMail_WithANameThatLooksLikeAnAddress_HoldsNothingToLink(string evil)
    {
        using var bank = TestBank.Open();
        await bank.Act(work => work.Record(new HistoryEntry
        {
            Operation = HistoryOperation.Login,
            Result = HistoryResult.Done,
            Source = "192.0.2.1",
            Detail = "second-login",
        }));
        var written = Mails(evil, bank.Read(db => db.HistoryRecords.First()), bank.Now).ToList();

        Assert.All(written, mail =>
        {
            foreach (var text in new[] { mail.Text.Subject, mail.Text.Body, System.Net.WebUtility.HtmlDecode(
                Tags().Replace(MailHtml.Of(mail.Text.Body).Split("</head>")[1], "\n")) })
            {
                Assert.DoesNotMatch(Linkable(), text);
            }
        });
        // Each kind there is, so that a new one is not forgotten.
        Assert.Equal(
            typeof(MailTexts).GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly)
                .Where(m => m.ReturnType == typeof(MailText)).Select(m => m.Name).Order(StringComparer.Ordinal),
            written.Select(mail => mail.Method).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(Enum.GetValues<MailKind>(), written.Select(mail => mail.Kind).Distinct().Order());
    }

    [Theory]
    [InlineData("でんさい00601一般", "でんさい00601一般")]
    [InlineData("北洋 太郎", "北洋 太郎")]
    [InlineData("Taro J. Hokuyo", "Taro J. Hokuyo")]
    [InlineData("Hokuyo Co., Ltd.", "Hokuyo Co., Ltd.")]
    [InlineData("evil.example", "evil[.]example")]
    [InlineData("北洋。みんな", "北洋[。]みんな")]
    [InlineData("taro@example.jp", "taro＠example[.]jp")]
    [InlineData("ftp://evil", "ftp：//evil")]
    public void Value_StaysReadable(string value, string shown) => Assert.Equal(shown, DeadLinks.OfValue(value));

    [Fact]
    public void OurOwnSentences_StayAsTheyAre()
    {
        const string sentences = "お送りしております。更新のお手続きがお済みかどうか、ご確認ください。\n（金融機関コード：0501）";

        Assert.Equal(sentences, DeadLinks.Of(sentences));
    }

    private static IEnumerable<(string Method, MailKind Kind, MailText Text)> Mails(string evil, HistoryRecord login, DateTimeOffset now)
    {
        var texts = new MailTexts(new InstitutionOptions
        {
            BankName = evil,
            ServiceName = evil,
            ContactName = evil,
            ContactText = evil + "\n" + evil,
            Contact = { Telephone = evil, Hours = evil, Address = evil },
        });
        var owner = new Correspondent(1, 1, evil, evil, "a@example.jp", IsSuspended: false);
        var master = new Correspondent(2, 1, evil, evil, "b@example.jp", IsSuspended: false);
        var serial = SerialNumber.Parse("5B07E4D193AC2F680D7EB1C548F29A36");
        var certificate = new Certificate(1, "00", serial, [], default, default, now, now.AddYears(1), now);
        foreach (var to in new[] { owner, master })
        {
            yield return ("CertificateIssued", MailKind.CertificateIssued, texts.CertificateIssued(to, owner, certificate, "N"));
            yield return ("CertificateRenewed", MailKind.CertificateRenewed, texts.CertificateRenewed(to, owner, certificate, "N"));
            yield return ("CertificateRevoked", MailKind.CertificateRevoked, texts.CertificateRevoked(
                to, owner, PersonKind.GeneralUser, now, default, "N"));
            yield return ("ConfirmationLocked", MailKind.ConfirmationLocked, texts.ConfirmationLocked(
                to, owner, PersonKind.GeneralUser, now, "N"));
            yield return ("CertificateExpires", MailKind.CertificateExpires, texts.CertificateExpires(
                to, owner, PersonKind.GeneralUser, new(1, serial, now.AddDays(10)), now, "N"));
            yield return ("LoginIdAcquired", MailKind.LoginIdAcquired, texts.LoginIdAcquired(
                to, owner, now, AuthenticationMethod.Certificate, "N"));
            yield return ("LoginReported", MailKind.LoginReported, texts.LoginReported(
                to, owner, PersonKind.GeneralUser, login, hasCertificate: true, now, "L-1", "N"));
            foreach (var kind in Enum.GetValues<MailKind>().Where(
                k => k.ToString().StartsWith("User", StringComparison.Ordinal) || k is MailKind.PasswordUnlocked or MailKind.PasswordReset))
            {
                yield return ("UserManaged", kind, texts.UserManaged(
                    kind, to, owner, new(PersonKind.GeneralUser, NeedsCertificate: true, Cause: null), evil, now, "N"));
            }
        }

        foreach (var kind in Enum.GetValues<AlarmKind>())
        {
            yield return ("Alarm", MailKind.Alarm, texts.Alarm(
                master, kind, new AlarmFacts { Source = "2001:db8::1", Value = evil, LoginId = evil, SerialNumber = "5B07" }, now, "N"));
        }

        yield return ("PasswordChanged", MailKind.PasswordChanged, texts.PasswordChanged(
            owner, PersonKind.GeneralUser, "ログインパスワード", now, "N"));
    }

    // What Gmail, Outlook, Thunderbird and the mail programs of telephones link in plain text, and more: any scheme, any two labels with
    // any dot between them, any address, a path to a server.
    [GeneratedRegex(
        """
        http | www\. | [A-Za-z][A-Za-z0-9+.-]*:\S | @ | \\\\ |
        [^\s\p{P}][.．｡\u2024\uFE52][\p{L}\p{N}\p{So}\p{Cs}-] | [A-Za-z0-9]。[A-Za-z0-9]
        """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Linkable();

    [GeneratedRegex("<[^>]*>", RegexOptions.NonBacktracking)]
    private static partial Regex Tags();
}
