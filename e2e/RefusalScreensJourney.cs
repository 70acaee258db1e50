using DensaiAdmin.EndToEnd.Pages;
using static Microsoft.Playwright.Assertions;

namespace DensaiAdmin.EndToEnd;

/// <summary>Every way of being turned away has a screen that fits, that axe has nothing to say about, and that names whom to ask.</summary>
public sealed class RefusalScreensJourney(AppUnderTest app, Browser browser) : Journey(app, browser), IClassFixture<AppUnderTest>
{
    [Fact]
    public async Task RevokedAndSuspended_TheSuspensionIsTold()
    {
        const string id = "0501D00601U";
        await RevokeAsync(id);
        var shown = await SuspendedAsync(id);
        await Expect(shown.Main).ToContainTextAsync("停止");
        await Expect(shown.Main).Not.ToContainTextAsync("電子証明書発行");
        await LookAsync(shown, "BLGI003-suspended-revoked");

        // What the master sees of it, and is told about letting the user in again.
        var master = await NewPersonAsync("0501D00601M", Phone);
        await master.LogInAsync();
        var confirmation = await (await SuspensionPage.OpenAsync(master)).ChooseAsync(id, "停止解除");
        await LookAsync(confirmation, "BRSK012-release-revoked");
        var result = await confirmation.ExecuteAsync();
        await LookAsync(result, "BRSK013-release-revoked");
    }

    [Fact]
    public async Task Revoked_HowToGetANewOneIsTold()
    {
        const string id = "0501D00601R";
        await RevokeAsync(id);
        var shown = await TurnedAwayAsync(id);
        await Expect(shown.Main).ToContainTextAsync("電子証明書発行");
        await LookAsync(shown, "BLGI003-revoked");
    }

    [Fact]
    public async Task LockedByWrongPasswords_TheHourAndWhoCanHelpAreTold()
    {
        var person = await NewPersonAsync("0501D60001K", Phone);
        var login = await (await EntrancePage.OpenAsync(person)).LogInWithCertificateAsync();
        await login.SendAsync("wrong-password-1");
        await login.ReadyAsync();
        await LookAsync(login, "BLGI002-wrong");
        for (var i = 2; i <= 5; i++)
        {
            await login.SendAsync($"wrong-password-{i}");
        }

        await Expect(person.Page.Locator("main")).ToContainTextAsync("ロック");
        await person.Page.AssertNoViolationsAsync("login locked");
        await NarrowJourney.FitsAsync(person, "BLGI002-locked");
        var shown = await TurnedAwayAsync("0501D60001K");
        await Expect(shown.Main).ToContainTextAsync("マスターユーザ");
        await LookAsync(shown, "BLGI003-locked");
    }

    [Fact]
    public async Task DeletedUser_IsToldToAskTheMaster_AndTheSoleMasterIsSentToTheBank()
    {
        const string id = "0501D47701T";
        var master = await NewPersonAsync("0501D47701M");
        await master.LogInAsync();
        await (await (await (await AccountsPage.OpenAsync(master)).LookAsync(id)).ToConfirmationAsync("削除")).ExecuteAsync();
        var shown = await TurnedAwayAsync(id);
        await Expect(shown.Main).ToContainTextAsync("削除");
        await LookAsync(shown, "BLGI003-deleted");

        // Stopped only now: before, this master deletes the user.
        var alone = await SuspendedAsync("0501D47701M");
        await Expect(alone.Main).ToContainTextAsync("窓口");
        await LookAsync(alone, "BLGI003-suspended-master");
    }

    [Fact]
    public async Task ScreensThatAreNotForThisRole_AndThatAreNot_KeepTheirTabs()
    {
        var user = await NewPersonAsync("0501D60001M", Phone);
        await user.LogInAsync();
        foreach (var (state, path) in new[]
        {
            ("BERR004", "/no-such-screen"), ("BERR003", "/too-many-pages"), ("BERR001", "/management/history/no-such-record"),
        })
        {
            await user.GoToAsync(path);
            await user.Page.Locator("main[data-ready='true']").WaitForAsync();
            await user.Page.AssertNoViolationsAsync(state);
            await NarrowJourney.FitsAsync(user, state);
        }

        var general = await NewPersonAsync("0501D60001T", Phone);
        await general.LogInAsync();
        await general.GoToAsync("/management/users/suspension");
        await general.Page.Locator("main[data-ready='true']").WaitForAsync();
        await Expect(general.Page.Locator("main")).ToContainTextAsync("マスターユーザ");
        await general.Page.AssertNoViolationsAsync("not for this role");
        await NarrowJourney.FitsAsync(general, "not-for-this-role");
    }

    private async Task<DiagnosisPage> SuspendedAsync(string id)
    {
        // A master who is the last of the company cannot be stopped by a screen: the store is what every request reads.
        (await Tool.RunAsync("sqlite3", "-cmd", ".timeout 10000", Path.Combine(App.DataDirectory, "densai.db"),
            $"UPDATE Users SET SuspendedAt = {DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()} WHERE LoginId = '{id}';")).Succeeded();
        return await TurnedAwayAsync(id);
    }

    private async Task<DiagnosisPage> TurnedAwayAsync(string id) =>
        await (await EntrancePage.OpenAsync(await NewPersonAsync(id, Phone))).BeTurnedAwayAsync();

    private static async Task LookAsync(Screen screen, string state)
    {
        await screen.Page.AssertNoViolationsAsync(state);
        await NarrowJourney.FitsAsync(screen.Person, state);
        await NarrowJourney.FitsInEnglishAsync(screen, state);
    }
}
