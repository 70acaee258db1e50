using System.Net;
using System.Text.RegularExpressions;
using DensaiAdmin.EndToEnd.Pages;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace DensaiAdmin.EndToEnd;

[Collection(typeof(SharedBank))]
public sealed partial class LoginJourney(AppUnderTest app, Browser browser) : Journey(app, browser)
{
    [Fact]
    public async Task Master_LogsInWithCertificateAndPassword_IsAtHome()
    {
        var master = await NewPersonAsync("0501D00601M");
        var entrance = await EntrancePage.OpenAsync(master);
        await Expect(master.Page.Locator("html")).ToHaveAttributeAsync("lang", "ja");
        await Expect(entrance.Main).ToContainTextAsync("本サービスをご利用の際は、「電子証明書ログイン」ボタンからログインしてください。");

        var login = await entrance.LogInWithCertificateAsync();
        await Expect(login.Main).ToContainTextAsync("0501D00601M");

        var home = await login.EnterAsync(DemoBank.LoginPassword);
        await Expect(home.Header).ToContainTextAsync("でんさい00601マスタ 様");
        await Expect(home.Clock).ToHaveTextAsync(ExactTime());
        await Expect(home.Main).ToContainTextAsync("BTOP001");
        await Expect(home.Section("ログイン履歴")).ToContainTextAsync(ExactTimeAnywhere());
        await Expect(home.Section("お知らせ")).ToContainTextAsync("未読のお知らせはありません。");
        await Expect(home.Section("最近の操作")).ToBeVisibleAsync();
        await Expect(home.Section("自分の証明書")).ToContainTextAsync("発行済み");
        Assert.StartsWith(App.Certificate.ToString(), master.Page.Url, StringComparison.Ordinal);
        foreach (var tab in new[] { "ホーム", "でんさいサービス", "外為Web", "管理" })
        {
            await Expect(home.Tab(tab)).ToBeVisibleAsync();
        }
    }

    [Fact]
    public async Task Logout_KillsTheSessionEverywhere()
    {
        var master = await NewPersonAsync("0501D00601M");
        var home = await master.LogInAsync();
        var secondTab = await master.NewTabAsync();
        await HomePage.OpenAsync(secondTab);
        using var keptCookie = await StolenCookie.OfAsync(master, App.DemoCertificate("0501D00601M"));
        Assert.Equal(HttpStatusCode.OK, await keptCookie.HomeAsync());

        await home.LogOutAsync();

        Assert.NotEqual(HttpStatusCode.OK, await keptCookie.HomeAsync());
        await Expect(secondTab.Page.Locator("main[data-screen='BTOP001']")).ToHaveCountAsync(0);
        await master.Page.GotoAsync(App.Certificate.ToString());
        await new CertificateLoginPage(master).ReadyAsync();
        await master.Page.GoBackAsync();
        await Expect(master.Page.Locator("main[data-screen='BTOP001']")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Home_WithoutSession_LeadsToLogin_AndLoginWithSessionLeadsHome()
    {
        using var certificate = App.DemoCertificate("0501D00601R");
        using var client = App.NewHttpClient(certificate);
        using var home = await client.GetAsync(App.Certificate);
        Assert.Equal(HttpStatusCode.RedirectMethod, home.StatusCode);
        Assert.Equal("/login", home.Headers.Location?.ToString());

        var user = await NewPersonAsync("0501D00601R");
        await user.LogInAsync();
        await user.Page.GotoAsync(new Uri(App.Certificate, "/login").ToString());
        await new HomePage(user).ReadyAsync();
    }

    [Theory]
    [InlineData("0501D00601U")]
    [InlineData(null)]
    public async Task StolenCookie_BehindAnotherCertificate_OpensNothing_AndEndsTheSession(string? thiefId)
    {
        var owner = await NewPersonAsync("0501D00601R");
        await owner.LogInAsync();
        using var own = await StolenCookie.OfAsync(owner, App.DemoCertificate("0501D00601R"));
        using var thief = await StolenCookie.OfAsync(owner, thiefId is null ? null : App.DemoCertificate(thiefId));
        Assert.Equal(HttpStatusCode.OK, await own.HomeAsync());

        Assert.NotEqual(HttpStatusCode.OK, await thief.HomeAsync());

        // A cookie that was in other hands is nobody's any more, and its owner is told.
        Assert.NotEqual(HttpStatusCode.OK, await own.HomeAsync());
        var ended = new DiagnosisPage(owner);
        await ended.ReadyAsync();
        await Expect(ended.Main).ToContainTextAsync("別の電子証明書");
        await owner.LogInAsync();
    }

    [Fact]
    public async Task SecondLogin_EndsTheFirst_WhichSaysSo()
    {
        var first = await NewPersonAsync("0501D60001M");
        await first.LogInAsync();
        var second = await NewPersonAsync("0501D60001M");
        var home = await second.LogInAsync();

        var ended = new DiagnosisPage(first);
        await ended.ReadyAsync();
        await Expect(ended.Main).ToContainTextAsync("別の");
        await Expect(home.Main).ToBeVisibleAsync();
    }

    [Fact]
    public async Task WrongPassword_IsRefused_LocksInTheEnd_AndTheCounterUnlocks()
    {
        var user = await NewPersonAsync("0501D60001K");
        var entrance = await EntrancePage.OpenAsync(user);
        var login = await entrance.LogInWithCertificateAsync();

        await login.SendAsync("wrong-password-1");
        await login.ReadyAsync();
        await Expect(login.Alert).ToBeVisibleAsync();
        await Expect(login.Password).ToBeEmptyAsync();
        for (var attempt = 2; attempt <= 10 && await login.Password.IsVisibleAsync(); attempt++)
        {
            await login.SendAsync($"wrong-password-{attempt}");
        }

        await Expect(user.Page.Locator("main")).ToContainTextAsync("ロック");

        // The right password does not open a locked door either.
        using var certificate = App.DemoCertificate("0501D60001K");
        await user.Page.GotoAsync(new Uri(App.Certificate, "/login").ToString());
        if (await login.Password.IsVisibleAsync())
        {
            await login.SendAsync(DemoBank.LoginPassword);
        }

        await Expect(user.Page.Locator("main[data-screen='BTOP001']")).ToHaveCountAsync(0);

        (await App.RunVerbAsync("unlock", "0501D60001K", "--operator", "counter1")).Succeeded();
        await user.LogInAsync();
    }

    [Fact]
    public async Task PasswordForm_ForACertificateCompany_NamesTheRightButton()
    {
        var user = await NewPersonWithoutCertificateAsync();
        var entrance = await EntrancePage.OpenAsync(user);
        await entrance.Main.GetByRole(AriaRole.Textbox, new() { Name = "ログインID" }).FillAsync("0501D00601M");
        await entrance.Main.GetByRole(AriaRole.Textbox, new() { Name = "ログインパスワード" }).FillAsync(DemoBank.LoginPassword);
        await entrance.Main.GetByRole(AriaRole.Button, new() { Name = "ログイン", Exact = true }).ClickAsync();

        await Expect(entrance.Main).ToContainTextAsync(
            "ログインIDまたはログインパスワードが違うか、電子証明書方式のご契約です。電子証明書方式のお客様は「電子証明書ログイン」を押してください。");
    }

    [Fact]
    public async Task HostOfTheOtherOrigin_IsMisdirected()
    {
        using var certificate = App.DemoCertificate("0501D00601M");
        using var client = App.NewHttpClient(certificate);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(App.Certificate, "/login"));
        request.Headers.Host = App.Public.Authority;
        using var answer = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.MisdirectedRequest, answer.StatusCode);
    }

    [Fact]
    public async Task TextSize_IsChosen_AndKept()
    {
        var user = await NewPersonAsync("0501D00601R");
        var home = await user.LogInAsync();
        await home.TextSize("大").ClickAsync();
        await Expect(home.TextSize("大")).ToHaveAttributeAsync("aria-pressed", "true");
        var large = await user.Page.EvaluateAsync<double>("parseFloat(getComputedStyle(document.documentElement).fontSize)");

        await user.Page.ReloadAsync();
        await home.ReadyAsync();
        await Expect(home.TextSize("大")).ToHaveAttributeAsync("aria-pressed", "true");
        Assert.Equal(20, large);
        Assert.Equal(20, await user.Page.EvaluateAsync<double>("parseFloat(getComputedStyle(document.documentElement).fontSize)"));
        await home.TextSize("中").ClickAsync();
    }

    [GeneratedRegex(@"^\s*\d{4}年\d{2}月\d{2}日 \d{2}時\d{2}分\d{2}秒\s*$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ExactTime();

    [GeneratedRegex(@"\d{4}年\d{2}月\d{2}日 \d{2}時\d{2}分\d{2}秒", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ExactTimeAnywhere();
}
