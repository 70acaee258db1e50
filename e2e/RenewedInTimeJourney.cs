using System.Net;
using DensaiAdmin.EndToEnd.Pages;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace DensaiAdmin.EndToEnd;

/// <summary>Who renews in time hears no more of the old certificate.</summary>
public sealed class RenewedInTimeJourney(AppUnderTest app, Browser browser) : LastWeeks(app, browser), IClassFixture<AppUnderTest>
{
    [Fact]
    public async Task Renewal_EndsBannerAndNotices()
    {
        const string id = "0501D00601R";
        const string address = "0501d00601r@example.jp";
        using var certificate = App.DemoCertificate(id);
        var expiry = new DateTimeOffset(certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero).ToOffset(Jst);
        await UntilMailsAsync(address, 1);
        var home = await (await NewPersonAsync(id)).LogInAsync();
        await Expect(Banner(home)).ToContainTextAsync("あと20日です");

        var est = new EstClient(App);
        await est.MakeKeyAsync();
        var answer = await est.RenewAsync(id, App.DemoFile(id + ".pem"));
        Assert.True(answer.Status == (int)HttpStatusCode.OK, $"{answer.Status} {answer.Reason} {answer.Body}");
        var installed = await est.InstallAsync(answer);

        // Behind the old certificate: told that it is renewed, asked nothing, and at home there is no banner.
        var old = await NewPersonAsync(id);
        var choice = await (await (await EntrancePage.OpenAsync(old)).LogInWithCertificateAsync())
            .EnterToChoiceAsync(DemoBank.LoginPassword);
        await Expect(choice.Main).ToContainTextAsync("電子証明書は更新済みです");
        await Expect(choice.Decline).ToHaveCountAsync(0);
        await old.Page.AssertNoViolationsAsync("BLGI004 renewed");
        home = await choice.DeclineAsync();
        await Expect(Banner(home)).ToHaveCountAsync(0);
        await Expect(home.Section("自分の証明書")).ToContainTextAsync("更新済みです。");
        await NarrowJourney.FitsAsync(old, "BTOP001-renewed");
        await Expect(home.Section("自分の証明書").GetByRole(AriaRole.Link, new() { Name = "証明書発行アプリを起動" })).ToHaveCountAsync(0);

        // Behind the new one nothing is asked at all; and the days of the old one pass in silence.
        var renewed = await NewPersonAsync(id, installed);
        var login = await (await EntrancePage.OpenAsync(renewed)).LogInWithCertificateAsync();
        await login.SendAsync(DemoBank.LoginPassword);
        home = new HomePage(renewed);
        await home.ReadyAsync();
        await Expect(Banner(home)).ToHaveCountAsync(0);
        await RestartAtAsync(new DateTimeOffset(expiry.Date.AddDays(-10), Jst).AddHours(9).AddMinutes(1));
        await RestartAtAsync(new DateTimeOffset(expiry.Date, Jst).AddMinutes(1));
        await RestartAtAsync(new DateTimeOffset(expiry.Date, Jst).AddHours(10));
        Assert.Single(MailsTo(address));
        Assert.Empty(MailsTo(Master, about: id));
    }
}
