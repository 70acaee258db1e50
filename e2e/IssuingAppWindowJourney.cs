using System.Text.Json;
using DensaiAdmin.EndToEnd.Pages;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace DensaiAdmin.EndToEnd;

/// <summary>The window as a clerk has it: the app's own choice of browser, on the profile that the app makes for it.</summary>
public sealed class IssuingAppWindowJourney(IssuingBank app, Browser browser) : IssuingAppSteps(app, browser), IClassFixture<IssuingBank>
{
    private const string NotThePassword = "Shown-For-A-Moment-2026";

    [Fact]
    public async Task Password_IsNeverOfferedToBeKept_AndIsNowhereOnTheDisk_AfterACrash_ASave_AndAClose()
    {
        await using var pc = new OfficePc();
        await pc.InstallAsync(await DownloadAsync(await NewPersonWithoutCertificateAsync()));
        await pc.UseRealWindowAsync();

        var (cutOff, first) = await pc.StartWithWindowAsync();
        var window = new AppScreen(first);
        await window.ReadyAsync("CCHK001");
        // What leads into the window is for this person alone, and gone once it has led.
        Assert.All(AppProcess.AllCommandLines(), line => Assert.DoesNotContain("open?t=", line, StringComparison.Ordinal));
        Assert.Empty(Directory.EnumerateFiles(pc.Home, "open-*.html", SearchOption.AllDirectories));
        await AssertKeepsNothingAsync(first);

        await window.Button("証明書発行").ClickAsync();
        await window.ReadyAsync("CCHK002");
        await window.LoginId.FillAsync(Newcomer);
        await window.Button("表示").ClickAsync();
        await window.LoginPassword.FillAsync(NotThePassword);
        // Leaving a page makes a browser write down what stood in its fields.
        Assert.Equal(0, (await pc.RunAsync(null, "densai-enrollment:issue")).ExitCode);
        await window.ReadyAsync("CCHK011");
        await cutOff.CutOffAsync();
        Assert.True(Directory.Exists(pc.WindowProfile));
        Assert.Empty(pc.FilesThatHold(NotThePassword));

        var (issuing, next) = await pc.StartWithWindowAsync("densai-enrollment:issue");
        window = new AppScreen(next);
        await window.AuthenticateAsync(Newcomer, NotThePassword);
        await Expect(window.Main.GetByRole(AriaRole.Alert)).ToContainTextAsync("ログインIDまたはログインパスワードが違います。", new() { Timeout = 60_000 });
        await window.AuthenticateAsync(Newcomer, DemoBank.LoginPassword);
        await window.ReadyAsync("CCHK007");
        Assert.Empty(pc.FilesThatHold(NotThePassword, DemoBank.LoginPassword));
        Assert.Equal("", await SaveAndCloseAsync(issuing, window, pc));

        Assert.False(Directory.Exists(pc.WindowProfile));
        AssertNoSecretLeft(pc, NotThePassword, DemoBank.LoginPassword);
    }

    private static async Task<string> SaveAndCloseAsync(AppProcess issuing, AppScreen window, OfficePc pc)
    {
        await window.Button("保存").ClickAsync();
        await Expect(window.Main).ToContainTextAsync("保存しました", new() { Timeout = 60_000 });
        var saved = Assert.Single(
            Directory.EnumerateFiles(pc.Home, "*.txt", SearchOption.AllDirectories),
            file => File.ReadAllText(file).Contains(Newcomer, StringComparison.Ordinal));
        Assert.DoesNotContain("DensaiEnrollment", saved, StringComparison.Ordinal);
        await window.Button("閉じる").ClickAsync();
        return await issuing.EndedAsync();
    }

    /// <summary>What the browser itself says it would do, policies and switches weighed.</summary>
    private static async Task AssertKeepsNothingAsync(IPage window)
    {
        var page = await window.Context.NewPageAsync();
        await page.GotoAsync("chrome://prefs-internals");
        using var said = JsonDocument.Parse(await page.Locator("body").InnerTextAsync());
        foreach (var setting in new[]
        {
            "credentials_enable_service", "credentials_enable_autosignin", "translate.enabled",
            "autofill.profile_enabled", "autofill.credit_card_enabled",
        })
        {
            var value = setting.Split('.').Aggregate(said.RootElement, (at, name) => at.GetProperty(name)).GetProperty("value");
            Assert.False(value.GetBoolean(), setting);
        }

        await page.CloseAsync();
    }
}
