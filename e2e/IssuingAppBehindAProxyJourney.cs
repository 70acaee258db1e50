using DensaiAdmin.EndToEnd.Pages;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace DensaiAdmin.EndToEnd;

/// <summary>
/// The whole way of a clerk whose office lets nobody out but through a proxy that asks: from the download to the first login, and from the
/// renewal a year later to the login with its successor.
/// </summary>
public sealed class IssuingAppBehindAProxyJourney(
    IssuingBankOfLastYear app, Browser browser) : IssuingAppSteps(app, browser), IClassFixture<IssuingBankOfLastYear>
{
    [Fact]
    public async Task Download_Install_Issue_LogIn_Renew_LogIn()
    {
        await using var proxy = await OfficeProxy.StartAsync();
        await using var pc = new OfficePc(proxy);
        var person = await NewPersonWithoutCertificateAsync();

        await ThroughAsync(proxy, App.Public, async () =>
        {
            await using var chromium = await pc.OpenChromiumAsync();
            await pc.InstallAsync(await DownloadAsync(AtBrowserOf(chromium, NewcomersName)));
        });
        await using var issuing = await pc.StartAppAsync(person.Context);
        var window = new AppScreen(issuing.Window);
        await ThroughAsync(proxy, App.Public, async () =>
        {
            await AnswerProxyAsync(window, proxy);
            await window.ReadyAsync("CCHK001");
            await window.Button("証明書発行").ClickAsync();
            await IssueAsync(window);
        });
        await CloseAsync(issuing, window);
        AssertNoSecretLeft(pc, DemoBank.LoginPassword, OfficeProxy.Password);
        await ThroughAsync(proxy, App.Certificate, () => LogInAsync(pc, NewcomersName));

        // A year later the login itself leads to the app.
        await App.StopAsync();
        await App.StartAsync();
        var copy = await pc.ExportAsync(Newcomer, App.NewFolder());
        var link = "";
        await ThroughAsync(proxy, App.Certificate, async () => link = await ChooseRenewalAsync(pc));
        Heard = App.LogPosition;
        await using var renewing = await pc.StartAppAsync(person.Context, link);
        window = new AppScreen(renewing.Window);
        await ThroughAsync(proxy, App.Certificate, async () =>
        {
            await window.ReadyAsync("CCHK008");
            await Expect(window.ProxyUser).ToHaveValueAsync(OfficeProxy.UserName);
            await window.SendProxyPasswordAsync(OfficeProxy.Password);
            await window.ReadyAsync("CCHK002");
            await Expect(window.LoginId).ToHaveValueAsync(Newcomer);
            await RenewAsync(window);
        });
        await CloseAsync(renewing, window);
        AssertNoSecretLeft(pc, DemoBank.LoginPassword, OfficeProxy.Password);
        await ThroughAsync(proxy, App.Certificate, () => LogInAsync(pc, NewcomersName));

        // The old one, had it been copied to another PC of the office before it was removed.
        await using var other = new OfficePc(proxy);
        await other.ImportAsync(copy);
        await using var browserThere = await other.OpenChromiumAsync();
        await ThroughAsync(proxy, App.Certificate, () => AssertSupersededAsync(AtBrowserOf(browserThere, NewcomersName)));
    }

    /// <summary>CCHK008 as it first comes, after a wrong password, and to what comes after the right one.</summary>
    private static async Task AnswerProxyAsync(AppScreen window, OfficeProxy proxy)
    {
        await window.ReadyAsync("CCHK008");
        await Expect(window.Main).ToContainTextAsync($"プロキシ{proxy.Address}には、ユーザ名とパスワードを指定する必要があります。");
        await Expect(window.Main).ToContainTextAsync("ログイン ID・パスワードではありません");
        await LookAsync(window.Page, "CCHK008");
        await window.ProxyUser.FillAsync(OfficeProxy.UserName);
        await window.SendProxyPasswordAsync("wrong");
        await Expect(window.Main.GetByRole(AriaRole.Alert)).ToContainTextAsync("プロキシのユーザ名またはパスワードが違います。", new() { Timeout = 60_000 });
        await LookAsync(window.Page, "CCHK008-error");
        await window.SendProxyPasswordAsync(OfficeProxy.Password);
    }

    /// <summary>BLGI004 → 更新する → BLGI005, and the link there that starts the app.</summary>
    private async Task<string> ChooseRenewalAsync(OfficePc pc)
    {
        await using var chromium = await pc.OpenChromiumAsync();
        var clerk = AtBrowserOf(chromium, NewcomersName);
        var choice = await (await (await EntrancePage.OpenAsync(clerk)).LogInWithCertificateAsync())
            .EnterToChoiceAsync(DemoBank.LoginPassword);
        await choice.Renew.CheckAsync();
        await choice.Execute.ClickAsync();
        var start = clerk.Page.Locator("main[data-screen='BLGI005'][data-ready='true']").GetByRole(
            AriaRole.Link, new() { Name = "証明書発行アプリを起動" });
        return await start.GetAttributeAsync("href") ?? "";
    }

    /// <summary>What is done here goes to this origin through the proxy: it was asked for the way, and opened one.</summary>
    private static async Task ThroughAsync(OfficeProxy proxy, Uri origin, Func<Task> step)
    {
        var before = proxy.Log.Length;
        await step();
        var said = proxy.Log[before..];
        Assert.Contains($"CONNECT {origin.Authority} ", said, StringComparison.Ordinal);
        Assert.Contains("Established connection to host", said, StringComparison.Ordinal);
    }
}
