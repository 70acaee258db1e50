using DensaiAdmin.EndToEnd.Pages;
using static Microsoft.Playwright.Assertions;

namespace DensaiAdmin.EndToEnd;

/// <summary>
/// What is left once the certificate is there, in the app's real window and without a mouse: the browser that was open is closed and ticked
/// off, the record is kept, and the app opens the login page in a browser that has the certificate.
/// </summary>
[Collection(typeof(IssuingBanks))]
public sealed class IssuingAppLastStepJourney(IssuingBank app, Browser browser) : IssuingAppSteps(app, browser)
{
    private const string Id = "0501D00601U";

    [Fact]
    public async Task Close_Save_ShowTheFolder_OpenTheLogin_WithTheKeyboardAlone()
    {
        await RevokeAsync(Id);
        await using var pc = new OfficePc();
        await pc.InstallAsync(await DownloadAsync(await NewPersonWithoutCertificateAsync()));
        await pc.UseRealWindowAsync();
        var (issuing, page) = await pc.StartWithWindowAsync("densai-enrollment:issue");
        var window = new AppScreen(page);
        await window.ReadyAsync("CCHK002");
        await using var open = await pc.OpenChromiumAsync();
        await LookAsync(page, "CCHK002");
        await page.TypeAtAsync(window.LoginId, Id);
        await page.TypeAtAsync(window.LoginPassword, DemoBank.LoginPassword);
        await page.Keyboard.PressAsync("Enter");

        await window.ReadyAsync("CCHK007");
        var steps = window.Main.Locator("#browsers");
        var login = window.Button("ログイン画面を開く");
        await Expect(steps).ToContainTextAsync("Chromium 開いています");
        await Expect(login).ToHaveCountAsync(0);
        await LookAsync(page, "CCHK007-open");

        // Ticked off by itself, on the page as it stands, with the focus where it was.
        await page.EvaluateAsync("document.body.dataset.stands = 'true'");
        await page.TabToAsync(window.Button("閉じたか確認"));
        await open.CloseAsync();
        await Expect(steps).ToContainTextAsync("Chromium 閉じました", new() { Timeout = 30_000 });
        await Expect(page.Locator("body")).ToHaveAttributeAsync("data-stands", "true");
        await Expect(login).ToBeFocusedAsync();
        await LookAsync(page, "CCHK007-closed");

        await page.EnterAtAsync(window.Button("保存"));
        await Expect(window.Main).ToContainTextAsync($"証明書情報-{Id}.txt");
        await LookAsync(page, "CCHK007-saved");
        await page.EnterAtAsync(window.Button("フォルダを開く"));
        await window.ReadyAsync("CCHK007");
        Assert.True(File.Exists(Path.Combine(await File.ReadAllTextAsync(pc.FolderFile), $"証明書情報-{Id}.txt")));

        await page.EnterAtAsync(login);
        await Expect(steps).ToContainTextAsync("Chromium でログイン画面を開きました");
        await LookAsync(page, "CCHK007-opened");
        var bank = await pc.OpenedByTheAppAsync();
        var entrance = new EntrancePage(new Person(Id, App, bank.Context, bank));
        await entrance.ReadyAsync();
        var home = await (await entrance.LogInWithCertificateAsync()).EnterAsync(DemoBank.LoginPassword);
        await Expect(home.Header).ToContainTextAsync("でんさい00601一般 様");

        await page.EnterAtAsync(window.Button("閉じる"));
        Assert.Equal("", await issuing.EndedAsync());
    }
}
