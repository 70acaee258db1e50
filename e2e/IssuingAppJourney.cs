using System.Text.RegularExpressions;
using DensaiAdmin.EndToEnd.Pages;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace DensaiAdmin.EndToEnd;

/// <summary>From the download to a certificate that the browser uses, and to the next one a year later: everything real.</summary>
[Collection(typeof(IssuingBanks))]
public sealed class IssuingAppJourney(IssuingBank app, Browser browser) : Journey(app, browser)
{
    private const string Newcomer = "0501D00601N";
    private const string Renewer = "0501D00601R";

    // The demo bank says its passwords once, at its start.
    private readonly long _logPosition = app.LogPosition;

    [Fact]
    public async Task Download_Install_Issue_LogIn()
    {
        await using var pc = new OfficePc();
        await pc.InstallAsync(await DownloadAsync());
        var person = await NewPersonWithoutCertificateAsync();

        await using var issuing = await pc.StartAppAsync(person.Context);
        var window = new AppScreen(issuing.Window);
        await window.ReadyAsync("CCHK001");
        Assert.DoesNotContain("?t=", issuing.Window.Url, StringComparison.Ordinal);
        await Expect(window.Main).ToContainTextAsync("ここに更新可能な証明書が表示されます");
        await issuing.Window.AssertNoViolationsAsync("CCHK001, empty");
        await window.Button("証明書発行").ClickAsync();
        await window.ReadyAsync("CCHK002");
        await issuing.Window.AssertNoViolationsAsync("CCHK002");

        // One wording, the ID kept, the password gone.
        await window.AuthenticateAsync(Newcomer, "not-the-password-at-all");
        await Expect(window.Main.GetByRole(AriaRole.Alert)).ToContainTextAsync("ログインIDまたはログインパスワードが違います。", new() { Timeout = 60_000 });
        await Expect(window.LoginId).ToHaveValueAsync(Newcomer);
        await Expect(window.LoginPassword).ToBeEmptyAsync();
        await issuing.Window.AssertNoViolationsAsync("CCHK002, error");

        await window.AuthenticateAsync("０５０１ｄ00601n", DemoBank.LoginPassword);
        await window.ReadyAsync("CCHK007");
        await Expect(window.Main).ToContainTextAsync("電子証明書の発行とインストールが完了しました。");
        await Expect(window.Main).ToContainTextAsync("鍵の読み出しと、銀行への接続を確認しました。");
        await Expect(window.Main).ToContainTextAsync(Newcomer);
        await issuing.Window.AssertNoViolationsAsync("CCHK007");
        AssertNoSecretInArguments(DemoBank.LoginPassword, "not-the-password-at-all");
        await CloseAsync(issuing, window);
        AssertNoSecretLeft(pc, DemoBank.LoginPassword, "not-the-password-at-all");
        Assert.Contains(Newcomer, await pc.StoredAsync(), StringComparison.Ordinal);

        await LogInAsync(pc, "でんさい00601新規");
    }

    [Fact]
    public async Task Renewal_ReplacesTheOldOneAtTheNextLogin()
    {
        await using var pc = new OfficePc();
        await pc.InstallAsync(await DownloadAsync());
        await pc.ImportAsync(new CertificateFile(App.DemoFile(Renewer + ".p12"), DemoBank.CertificateFilePassword));
        var person = await NewPersonWithoutCertificateAsync();
        using var old = App.DemoCertificate(Renewer);

        // As the link on the home page starts it.
        await using var renewing = await pc.StartAppAsync(person.Context, "densai-enrollment:renew?serial=" + old.SerialNumber);
        var window = new AppScreen(renewing.Window);
        await window.ReadyAsync("CCHK002");
        await Expect(window.LoginId).ToHaveValueAsync(Renewer);
        await window.Button("戻る").ClickAsync();
        await window.ReadyAsync("CCHK001");
        await renewing.Window.AssertNoViolationsAsync("CCHK001, list");
        await Expect(window.Main.GetByRole(AriaRole.Radio, new() { NameRegex = new Regex(Renewer, RegexOptions.None, TimeSpan.FromSeconds(1)) })).ToBeCheckedAsync();
        await window.Button("証明書更新").ClickAsync();
        await window.AuthenticateAsync(null, DemoBank.LoginPassword);
        await window.ReadyAsync("CCHK007");
        await window.Button("以前の証明書を削除").ClickAsync();
        await Expect(window.Main).ToContainTextAsync("以前の電子証明書を1件削除しました", new() { Timeout = 60_000 });
        await renewing.Window.AssertNoViolationsAsync("CCHK007, old one removed");
        await CloseAsync(renewing, window);
        AssertNoSecretLeft(pc, DemoBank.LoginPassword);

        await LogInAsync(pc, "でんさい00601更新");

        // Wherever a copy of the old one may be: it is superseded now.
        var diagnosis = await (await EntrancePage.OpenAsync(await NewPersonAsync(Renewer))).BeTurnedAwayAsync();
        await Expect(diagnosis.Main).ToContainTextAsync("新しい電子証明書");
    }

    [Fact]
    public async Task BehindAProxyThatAsks_TheSame()
    {
        await using var proxy = await OfficeProxy.StartAsync();
        await using var pc = new OfficePc(proxy.Address);
        await pc.InstallAsync(await DownloadAsync());
        await pc.ImportAsync(new CertificateFile(App.DemoFile("0501D60001T.p12"), DemoBank.CertificateFilePassword));
        var person = await NewPersonWithoutCertificateAsync();

        await using var renewing = await pc.StartAppAsync(person.Context);
        var window = new AppScreen(renewing.Window);
        await window.ReadyAsync("CCHK008");
        await Expect(window.Main).ToContainTextAsync($"プロキシ{proxy.Address}には、ユーザ名とパスワードを指定する必要があります。");
        await Expect(window.Main).ToContainTextAsync("ログイン ID・パスワードではありません");
        await renewing.Window.AssertNoViolationsAsync("CCHK008");
        await window.Main.GetByRole(AriaRole.Textbox, new() { Name = "ユーザ名" }).FillAsync(OfficeProxy.UserName);
        await window.Main.GetByRole(AriaRole.Textbox, new() { Name = "パスワード" }).FillAsync("wrong");
        await window.Button("認証").ClickAsync();
        await Expect(window.Main.GetByRole(AriaRole.Alert)).ToContainTextAsync("プロキシのユーザ名またはパスワードが違います。", new() { Timeout = 60_000 });
        await renewing.Window.AssertNoViolationsAsync("CCHK008, error");
        await window.Main.GetByRole(AriaRole.Textbox, new() { Name = "パスワード" }).FillAsync(OfficeProxy.Password);
        await window.Button("認証").ClickAsync();

        await window.ReadyAsync("CCHK001");
        await window.Button("証明書更新").ClickAsync();
        await window.AuthenticateAsync(null, DemoBank.LoginPassword);
        await window.ReadyAsync("CCHK007");
        await window.Button("以前の証明書を削除").ClickAsync();
        await Expect(window.Main).ToContainTextAsync("以前の電子証明書を1件削除しました", new() { Timeout = 60_000 });
        await CloseAsync(renewing, window);
        Assert.Contains($"localhost:{App.Certificate.Port}", proxy.Log, StringComparison.Ordinal);
        AssertNoSecretLeft(pc, DemoBank.LoginPassword, OfficeProxy.Password);

        await LogInAsync(pc, "でんさい60001担当者");
    }

    [Fact]
    public async Task ServerAway_IsSaid_AndTryingAgainWorks_InOneWindowAtATime()
    {
        await using var pc = new OfficePc();
        await pc.InstallAsync(await DownloadAsync());
        var person = await NewPersonWithoutCertificateAsync();
        await App.StopAsync();
        AppProcess issuing;
        AppScreen window;
        try
        {
            issuing = await pc.StartAppAsync(person.Context);
            window = new AppScreen(issuing.Window);
            await window.ReadyAsync("CCHK001");
            await Expect(window.Main.GetByRole(AriaRole.Alert)).ToContainTextAsync("銀行のサーバが応答しません", new() { Timeout = 60_000 });
            await issuing.Window.AssertNoViolationsAsync("CCHK001, server away");
        }
        finally
        {
            await App.StartAsync();
        }

        await window.Button("もう一度試す").ClickAsync();
        await Expect(window.Main.GetByRole(AriaRole.Alert)).ToHaveCountAsync(0, new() { Timeout = 60_000 });

        // A master who holds one already: what the state is and who can help.
        await window.Button("証明書発行").ClickAsync();
        await window.AuthenticateAsync("0501D00601M", DemoBank.LoginPassword);
        await window.ReadyAsync("CCHK003");
        await Expect(window.Main).ToContainTextAsync("マスターユーザの方はお取引店の窓口に", new() { Timeout = 60_000 });
        await issuing.Window.AssertNoViolationsAsync("CCHK003, refused");

        var (second, next) = await pc.StartAgainAsync(person.Context, "densai-enrollment:issue");
        Assert.Equal(0, second.ExitCode);
        await window.ReadyAsync("CCHK011");
        var again = new AppScreen(next);
        await again.ReadyAsync("CCHK002");
        await next.GotoAsync(new Uri(new Uri(next.Url), "/proxy/settings").ToString());
        await again.ReadyAsync("CCHK009");
        await next.AssertNoViolationsAsync("CCHK009");
        await again.Button("English").ClickAsync();
        await Expect(next.Locator("html")).ToHaveAttributeAsync("lang", "en");
        await next.AssertNoViolationsAsync("CCHK009, English");
    }

    [Fact]
    public async Task WithoutAWindow_TheSameByVerbs()
    {
        await using var pc = new OfficePc();
        await pc.InstallAsync(await DownloadAsync());
        var wrong = await pc.RunAsync("not-the-password-at-all\n", "issue", "--headless", "--login-id", "0501D00601S");
        Assert.Equal(1, wrong.ExitCode);
        Assert.Single(wrong.Error.Trim().Split('\n'));
        Assert.Equal(2, (await pc.RunAsync(null, "issue", "--headless")).ExitCode);

        (await pc.RunAsync(DemoBank.LoginPassword + "\n", "issue", "--headless", "--login-id", "0501D00601S")).Succeeded();
        Assert.Contains("0501D00601S", (await pc.RunAsync(null, "list")).Succeeded().Output, StringComparison.Ordinal);
        Assert.Contains("0501D00601S", await pc.StoredAsync(), StringComparison.Ordinal);
        var early = await pc.RunAsync(DemoBank.LoginPassword + "\n", "renew", "--headless", "--login-id", "0501D00601S");
        Assert.Equal(1, early.ExitCode);
        Assert.Contains("から更新できます", early.Error, StringComparison.Ordinal);

        var doctor = (await pc.RunAsync(null, "doctor")).Succeeded().Output;
        Assert.Contains("接続: 正常", doctor, StringComparison.Ordinal);
        Assert.DoesNotContain(DemoBank.LoginPassword, doctor, StringComparison.Ordinal);
        AssertNoSecretLeft(pc, DemoBank.LoginPassword);
    }

    /// <summary>BLGI001 → 電子証明書発行 → BSMS001 → the package for this system.</summary>
    private async Task<string> DownloadAsync()
    {
        var person = await NewPersonWithoutCertificateAsync();
        var page = await CertificatePage.OpenAsync(person);
        var file = Path.Combine(App.NewFolder(), "app.deb");
        var started = await person.Page.RunAndWaitForDownloadAsync(() => page.Download.ClickAsync());
        Assert.EndsWith(".deb", started.SuggestedFilename, StringComparison.Ordinal);
        await started.SaveAsAsync(file);
        return file;
    }

    private async Task LogInAsync(OfficePc pc, string name)
    {
        await using var chromium = await pc.OpenChromiumAsync();
        var person = new Person(name, App, chromium, chromium.Pages[0]);
        var home = await person.LogInAsync();
        await Expect(home.Header).ToContainTextAsync($"{name} 様");
    }

    private static async Task CloseAsync(AppProcess app, AppScreen window)
    {
        await window.Button("閉じる").ClickAsync();
        await window.ReadyAsync("CCHK011");
        Assert.Equal("", await app.EndedAsync());
    }

    private static void AssertNoSecretInArguments(params string[] secrets) =>
        Assert.All(AppProcess.AllCommandLines(), line => Assert.All(secrets, secret => Assert.DoesNotContain(secret, line, StringComparison.Ordinal)));

    /// <summary>No password and no key in a file of this home, and no password in what the server logged meanwhile.</summary>
    private void AssertNoSecretLeft(OfficePc pc, params string[] secrets)
    {
        Assert.Empty(pc.FilesThatHold([.. secrets, "PRIVATE KEY-----"]));
        var log = App.LogSince(_logPosition);
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, log, StringComparison.Ordinal));
    }
}
