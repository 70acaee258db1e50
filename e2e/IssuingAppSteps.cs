using DensaiAdmin.EndToEnd.Pages;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace DensaiAdmin.EndToEnd;

/// <summary>What a clerk does on the way to a certificate, whichever way leads from the PC to the bank.</summary>
public abstract class IssuingAppSteps(IssuingBank app, Browser browser) : Journey(app, browser)
{
    protected const string Newcomer = "0501D00601N";
    protected const string NewcomersName = "でんさい00601新規";

    /// <summary>Where the server's log is heard from: the demo bank says its passwords once, at each start.</summary>
    protected long Heard { get; set; } = app.LogPosition;

    /// <summary>BLGI001 → 電子証明書発行 → BSMS001 → the package for this system.</summary>
    protected async Task<string> DownloadAsync(Person person)
    {
        var page = await CertificatePage.OpenAsync(person);
        var file = Path.Combine(App.NewFolder(), "app.deb");
        var started = await person.Page.RunAndWaitForDownloadAsync(() => page.Download.ClickAsync());
        Assert.EndsWith(".deb", started.SuggestedFilename, StringComparison.Ordinal);
        await started.SaveAsAsync(file);
        return file;
    }

    /// <summary>CCHK002, with a wrong password first, to CCHK007.</summary>
    protected static async Task IssueAsync(AppScreen window)
    {
        // One wording, the ID kept, the password gone.
        await window.AuthenticateAsync(Newcomer, "not-the-password-at-all");
        await Expect(window.Main.GetByRole(AriaRole.Alert)).ToContainTextAsync("ログインIDまたはログインパスワードが違います。", new() { Timeout = 60_000 });
        await Expect(window.LoginId).ToHaveValueAsync(Newcomer);
        await Expect(window.LoginPassword).ToBeEmptyAsync();
        await LookAsync(window.Page, "CCHK002-error");

        await window.AuthenticateAsync("０５０１ｄ00601n", DemoBank.LoginPassword);
        await window.ReadyAsync("CCHK007");
        await Expect(window.Main).ToContainTextAsync("電子証明書の発行とインストールが完了しました。");
        await Expect(window.Main).ToContainTextAsync("鍵の読み出しと、銀行への接続を確認しました。");
        await Expect(window.Main).ToContainTextAsync(Newcomer);
        await window.Page.AssertNoViolationsAsync("CCHK007");
        AssertNoSecretInArguments(DemoBank.LoginPassword, "not-the-password-at-all");
    }

    /// <summary>CCHK002 with the ID filled in, to CCHK007, where the old certificate is removed.</summary>
    protected static async Task RenewAsync(AppScreen window)
    {
        await window.AuthenticateAsync(null, DemoBank.LoginPassword);
        await window.ReadyAsync("CCHK007");
        await window.Button("以前の証明書を削除").ClickAsync();
        await Expect(window.Main).ToContainTextAsync("以前の電子証明書を1件削除しました", new() { Timeout = 60_000 });
        await LookAsync(window.Page, "CCHK007-removed");
    }

    /// <summary>Chromium of this PC, opened after every browser was closed, at BLGI001 and on to home.</summary>
    protected async Task LogInAsync(OfficePc pc, string name)
    {
        await using var chromium = await pc.OpenChromiumAsync();
        var home = await AtBrowserOf(chromium, name).LogInAsync();
        await Expect(home.Header).ToContainTextAsync($"{name} 様");
    }

    protected Person AtBrowserOf(IBrowserContext chromium, string name) => new(name, App, chromium, chromium.Pages[0]);

    protected static async Task AssertSupersededAsync(Person holder)
    {
        var diagnosis = await (await EntrancePage.OpenAsync(holder)).BeTurnedAwayAsync();
        await Expect(diagnosis.Main).ToContainTextAsync("新しい電子証明書");
    }

    protected static async Task CloseAsync(AppProcess app, AppScreen window)
    {
        await window.Button("閉じる").ClickAsync();
        await window.ReadyAsync("CCHK011");
        Assert.Equal("", await app.EndedAsync());
    }

    /// <summary>No password and no key in a file of this home, and no password in what the server logged meanwhile.</summary>
    protected void AssertNoSecretLeft(OfficePc pc, params string[] secrets)
    {
        Assert.Empty(pc.FilesThatHold([.. secrets, "PRIVATE KEY-----"]));
        var log = App.LogSince(Heard);
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, log, StringComparison.Ordinal));
    }

    /// <summary>The serials of every certificate that the bank ever issued.</summary>
    protected async Task<IReadOnlyList<string>> IssuedAsync() =>
        [.. (await App.QueryAsync("SELECT SerialNumber FROM Certificates")).Select(row => row[0])];

    /// <summary>The window as it opens and a narrow one: nothing scrolls sideways, axe finds nothing. Leaves a picture of each.</summary>
    protected static async Task LookAsync(IPage page, string state)
    {
        foreach (var (width, height) in new[] { Phone, (Width: 720, Height: 560) })
        {
            await page.SetViewportSizeAsync(width, height);
            var fits = await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth");
            Assert.True(fits, $"{state} scrolls sideways at {width} px");
            await page.AssertNoViolationsAsync($"{state} at {width} px");
            var picture = Path.Combine(Repository.Artifacts("screens"), FormattableString.Invariant($"{state}-{width}.png"));
            await page.ScreenshotAsync(new() { Path = picture, FullPage = true });
        }
    }

    private static void AssertNoSecretInArguments(params string[] secrets) =>
        Assert.All(
            AppProcess.AllCommandLines(),
            line => Assert.All(secrets, secret => Assert.DoesNotContain(secret, line, StringComparison.Ordinal)));
}
