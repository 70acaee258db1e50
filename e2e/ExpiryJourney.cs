using System.Globalization;
using System.Text.RegularExpressions;
using DensaiAdmin.EndToEnd.Pages;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace DensaiAdmin.EndToEnd;

/// <summary>
/// The last weeks of one certificate, from the day before anything is said to the second after its end: one server, started again on
/// the same data on each of those days. Nobody is surprised.
/// </summary>
public sealed partial class ExpiryJourney(AppUnderTest app, Browser browser) : LastWeeks(app, browser), IClassFixture<AppUnderTest>
{
    private const string Id = "0501D00601U";
    private const string Owner = "0501d00601u@example.jp";

    [Fact]
    public async Task LastWeeks_OfACertificate_AreToldInTime_AndUntilTheLastSecond()
    {
        using var certificate = App.DemoCertificate(Id);
        var expiry = new DateTimeOffset(certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero).ToOffset(Jst);
        DateTimeOffset Day(int before, int hour, int minute = 0, int second = 0) =>
            new DateTimeOffset(expiry.Date.AddDays(-before), Jst).AddHours(hour).AddMinutes(minute).AddSeconds(second);
        var exact = expiry.ToString("yyyy年MM月dd日 HH時mm分ss秒", CultureInfo.InvariantCulture);

        // The day before the window: nothing at login, nothing at home, no mail.
        await RestartAtAsync(Day(41, 12));
        var home = await LogInStraightAsync();
        await Expect(Banner(home)).ToHaveCountAsync(0);
        Assert.Empty(MailsTo(Owner));

        // Before nine the window is open and says so; the mail comes in the morning.
        await RestartAtAsync(Day(40, 8, 30));
        home = await DeclineAsync("あと40日", "days", logins: 2);
        await Expect(Banner(home)).ToHaveClassAsync(Look("info"));
        Assert.Empty(MailsTo(Owner));
        await RestartAtAsync(Day(40, 9));
        await UntilMailsAsync(Owner, 1);
        home = await DeclineAsync("あと40日", "days");
        await Expect(Banner(home)).ToContainTextAsync(
            new Regex("あと40日です.*" + exact + ".*通知番号 N-", RegexOptions.Singleline, TimeSpan.FromSeconds(1)));
        await Expect(Banner(home)).ToContainTextAsync(NumberIn(MailsTo(Owner).Single()));

        await RestartAtAsync(Day(11, 12));
        home = await DeclineAsync("あと11日", "days");
        await Expect(Banner(home)).ToHaveClassAsync(Look("info"));
        Assert.Single(MailsTo(Owner));

        await RestartAtAsync(Day(10, 9, 5));
        await UntilMailsAsync(Owner, 2);
        await UntilMailsAsync(Master, 1, about: Id);
        home = await DeclineAsync("あと10日", "days days--soon");
        await Expect(Banner(home)).ToHaveClassAsync(Look("soon"));

        await RestartAtAsync(Day(1, 18));
        home = await DeclineAsync("あと1日", "days days--soon");
        await Expect(Banner(home)).ToContainTextAsync("あと1日です");
        Assert.Equal(2, MailsTo(Owner).Count);

        // The day itself, after midnight: the mail is there before anybody is at work, and says the hour.
        await RestartAtAsync(Day(0, 0, 0, 5));
        await UntilMailsAsync(Owner, 3);
        await UntilMailsAsync(Master, 2, about: Id);
        Assert.Contains("8時59分59秒", MailsTo(Owner)[^1], StringComparison.Ordinal);
        await RestartAtAsync(Day(0, 8, 50));
        home = await DeclineAsync("本日 8時59分59秒 まで", "days days--bad", logins: 2);
        await Expect(Banner(home)).ToHaveClassAsync(Look("bad"));
        await Expect(Banner(home)).ToContainTextAsync("電子証明書の有効期限は本日です");

        // And after the last second nobody is let in, and nobody is told any more.
        await RestartAtAsync(Day(0, 9));
        var person = await NewPersonAsync(Id);
        var diagnosis = await (await EntrancePage.OpenAsync(person)).BeTurnedAwayAsync();
        await Expect(diagnosis.Main).ToContainTextAsync("有効期限が切れて");
        Assert.Equal(3, MailsTo(Owner).Count);
        Assert.All(Mails(), text => Assert.DoesNotContain("http", text, StringComparison.OrdinalIgnoreCase));

        var master = await NewPersonAsync("0501D00601M");
        var masterHome = await master.LogInAsync();
        await Expect(masterHome.Section("利用者の証明書").GetByRole(AriaRole.Link, new() { NameRegex = ExpiredCount() }).First).ToBeVisibleAsync();
        await master.Page.GotoAsync(new Uri(App.Certificate, "/management/mails").ToString());
        var ledger = master.Page.Locator("main[data-screen='BMLG001'][data-ready='true']");
        await ledger.WaitForAsync();
        await Expect(ledger.GetByRole(AriaRole.Row).Filter(new() { HasText = "対象の利用者 " + Id })).ToHaveCountAsync(2);
        await Expect(ledger.GetByRole(AriaRole.Row).Filter(new() { HasText = Owner })).ToHaveCountAsync(3);
        await master.Page.AssertNoViolationsAsync("BMLG001");
    }

    private async Task<HomePage> LogInStraightAsync()
    {
        var person = await NewPersonAsync(Id);
        var login = await (await EntrancePage.OpenAsync(person)).LogInWithCertificateAsync();
        await login.SendAsync(DemoBank.LoginPassword);
        var home = new HomePage(person);
        await home.ReadyAsync();
        return home;
    }

    /// <summary>Logs in and declines; logged in twice, who declined is asked again (R8).</summary>
    private async Task<HomePage> DeclineAsync(string words, string css, int logins = 1)
    {
        HomePage? home = null;
        for (var i = 0; i < logins; i++)
        {
            var person = await NewPersonAsync(Id);
            var login = await (await EntrancePage.OpenAsync(person)).LogInWithCertificateAsync();
            var choice = await login.EnterToChoiceAsync(DemoBank.LoginPassword);
            await Expect(choice.Main.Locator(".days")).ToHaveClassAsync(css);
            await Expect(choice.Main.Locator(".days")).ToHaveTextAsync(
                new Regex(string.Join(@"\s*", words.Where(c => c != ' ')), RegexOptions.None, TimeSpan.FromSeconds(1)));
            if (i == 0)
            {
                await person.Page.AssertNoViolationsAsync("BLGI004 " + words);
                // The address of home does not go around the question.
                await person.Page.GotoAsync(App.Certificate.ToString());
                await choice.ReadyAsync();
            }

            home = await choice.DeclineAsync();
        }

        await home!.Page.AssertNoViolationsAsync("BTOP001 " + words);
        return home;
    }

    [GeneratedRegex("有効期限切れ 3名", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ExpiredCount();
}
