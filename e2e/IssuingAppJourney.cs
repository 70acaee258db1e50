using System.Text.RegularExpressions;
using DensaiAdmin.EndToEnd.Pages;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace DensaiAdmin.EndToEnd;

/// <summary>From the download to a certificate that the browser uses, and to the next one a year later: everything real.</summary>
[Collection(typeof(IssuingBanks))]
public sealed class IssuingAppJourney(IssuingBank app, Browser browser) : IssuingAppSteps(app, browser)
{
    private const string Renewer = "0501D00601R";

    [Fact]
    public async Task Download_Install_Issue_LogIn()
    {
        await using var pc = new OfficePc();
        var person = await NewPersonWithoutCertificateAsync();
        await pc.InstallAsync(await DownloadAsync(person));

        await using var issuing = await pc.StartAppAsync(person.Context);
        var window = new AppScreen(issuing.Window);
        await window.ReadyAsync("CCHK001");
        Assert.DoesNotContain("?t=", issuing.Window.Url, StringComparison.Ordinal);
        await Expect(window.Main).ToContainTextAsync("ここに更新可能な証明書が表示されます");
        await LookAsync(issuing.Window, "CCHK001-empty");
        await window.Button("証明書発行").ClickAsync();
        await window.ReadyAsync("CCHK002");
        await LookAsync(issuing.Window, "CCHK002-first");
        await IssueAsync(window);
        await CloseAsync(issuing, window);
        AssertNoSecretLeft(pc, DemoBank.LoginPassword, "not-the-password-at-all");
        Assert.Contains(Newcomer, await pc.StoredAsync(), StringComparison.Ordinal);

        await LogInAsync(pc, NewcomersName);
    }

    [Fact]
    public async Task Renewal_ReplacesTheOldOneAtTheNextLogin()
    {
        await using var pc = new OfficePc();
        var person = await NewPersonWithoutCertificateAsync();
        await pc.InstallAsync(await DownloadAsync(person));
        await pc.ImportAsync(new CertificateFile(App.DemoFile(Renewer + ".p12"), DemoBank.CertificateFilePassword));
        using var old = App.DemoCertificate(Renewer);

        // As the link on the home page starts it.
        await using var renewing = await pc.StartAppAsync(person.Context, "densai-enrollment:renew?serial=" + old.SerialNumber);
        var window = new AppScreen(renewing.Window);
        await window.ReadyAsync("CCHK002");
        await Expect(window.LoginId).ToHaveValueAsync(Renewer);
        await window.Button("戻る").ClickAsync();
        await window.ReadyAsync("CCHK001");
        await LookAsync(renewing.Window, "CCHK001-list");
        await Expect(window.Main.GetByRole(
            AriaRole.Radio, new() { NameRegex = new Regex(Renewer, RegexOptions.None, TimeSpan.FromSeconds(1)) })).ToBeCheckedAsync();
        await window.Button("証明書更新").ClickAsync();
        await RenewAsync(window);
        await CloseAsync(renewing, window);
        AssertNoSecretLeft(pc, DemoBank.LoginPassword);

        await LogInAsync(pc, "でんさい00601更新");

        // Wherever a copy of the old one may be: it is superseded now.
        await AssertSupersededAsync(await NewPersonAsync(Renewer));
    }

    [Fact]
    public async Task ServerAway_IsSaid_AndTryingAgainWorks_InOneWindowAtATime()
    {
        await using var pc = new OfficePc();
        var person = await NewPersonWithoutCertificateAsync();
        await pc.InstallAsync(await DownloadAsync(person));
        await App.StopAsync();
        AppProcess issuing;
        AppScreen window;
        try
        {
            issuing = await pc.StartAppAsync(person.Context);
            window = new AppScreen(issuing.Window);
            await window.ReadyAsync("CCHK001");
            await Expect(window.Main.GetByRole(AriaRole.Alert)).ToContainTextAsync("銀行のサーバが応答しません", new() { Timeout = 60_000 });
            await LookAsync(issuing.Window, "CCHK001-away");
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
        await Expect(window.Main).ToContainTextAsync("お取引店の窓口に失効をご依頼ください", new() { Timeout = 60_000 });
        await LookAsync(issuing.Window, "CCHK003-refused");

        var (second, next) = await pc.StartAgainAsync(person.Context, "densai-enrollment:issue");
        Assert.Equal(0, second.ExitCode);
        await window.ReadyAsync("CCHK011");
        var again = new AppScreen(next);
        await again.ReadyAsync("CCHK002");
        await next.GotoAsync(new Uri(new Uri(next.Url), "/proxy/settings").ToString());
        await again.ReadyAsync("CCHK009");
        await LookAsync(next, "CCHK009");
        await again.Button("English").ClickAsync();
        await Expect(next.Locator("html")).ToHaveAttributeAsync("lang", "en");
        await LookAsync(next, "CCHK009-en");
    }

    [Fact]
    public async Task WithoutAWindow_TheSameByVerbs()
    {
        await using var pc = new OfficePc();
        await pc.InstallAsync(await DownloadAsync(await NewPersonWithoutCertificateAsync()));
        var wrong = await pc.IssueAsync("0501D00601S", "not-the-password-at-all");
        Assert.Equal(1, wrong.ExitCode);
        Assert.Single(wrong.Error.Trim().Split('\n'));
        Assert.Equal(2, (await pc.RunAsync(null, "issue", "--headless")).ExitCode);

        (await pc.IssueAsync("0501D00601S")).Succeeded();
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

    [Theory]
    [InlineData("tinyproxy")]
    [InlineData("squid")]
    public async Task ProxyThatForbidsThePortOfTheCertificate_IsNamed_AndCostsNone(string program)
    {
        await using var proxy = await OfficeProxy.StartAsync(program, App.Public.Port);
        await using var pc = new OfficePc(proxy);
        await pc.InstallAsync(await DownloadAsync(await NewPersonWithoutCertificateAsync()));
        var before = await IssuedAsync();

        var refused = await pc.IssueAsync(Newcomer);

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains(
            $"「{App.Certificate.Authority} への接続を許可してください」", Assert.Single(refused.Error.Trim().Split('\n')), StringComparison.Ordinal);
        Assert.Equal(before, await IssuedAsync());
        var doctor = await pc.RunAsync(null, "doctor");
        Assert.Equal(1, doctor.ExitCode);
        Assert.Contains("接続: 正常", doctor.Output, StringComparison.Ordinal);
        Assert.Contains("電子証明書の接続先", doctor.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ProxyThatForbidsThePortOfTheCertificate_LeadsNobodyToThePassword()
    {
        await using var proxy = await OfficeProxy.StartAsync("squid", App.Public.Port);
        await using var pc = new OfficePc(proxy);
        var person = await NewPersonWithoutCertificateAsync();
        await pc.InstallAsync(await DownloadAsync(person));

        await using var issuing = await pc.StartAppAsync(person.Context, "densai-enrollment:issue");
        var window = new AppScreen(issuing.Window);
        await window.ReadyAsync("CCHK001");
        await Expect(window.Main.GetByRole(AriaRole.Alert)).ToContainTextAsync(
            $"{App.Certificate.Authority} への接続を許可してください", new() { Timeout = 60_000 });
        await issuing.Window.AssertNoViolationsAsync("CCHK001, stopped");
        await window.Button("証明書発行").ClickAsync();
        await window.ReadyAsync("CCHK001");
    }
}
