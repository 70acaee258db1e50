using DensaiAdmin.EndToEnd.Pages;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace DensaiAdmin.EndToEnd;

/// <summary>The line goes, or the server: the page covers itself, says what is true, and comes back, or leads on where it cannot.</summary>
public sealed class LostConnectionJourney(AppUnderTest app, Browser browser) : Journey(app, browser), IClassFixture<AppUnderTest>
{
    private static readonly LocatorAssertionsToBeVisibleOptions Patient = new() { Timeout = 60_000 };
    private static readonly LocatorAssertionsToContainTextOptions PatientText = new() { Timeout = 60_000 };

    [Fact]
    public async Task Session_EndedWhileTheLineWasDown_IsSaidAsSoonAsItIsBack()
    {
        var user = await NewPersonAsync("0501D00601U");
        await user.LogInAsync();
        await user.Page.GotoAsync(new Uri(App.Certificate, "/management").ToString());
        await Expect(user.Page.Locator("main[data-ready=true]")).ToBeVisibleAsync(Patient);

        await user.Page.RouteAsync("**/_blazor**", route => route.AbortAsync());
        await App.StopAsync();
        var lost = user.Page.Locator("#components-reconnect-modal");
        await Expect(lost).ToBeVisibleAsync(Patient);
        await Expect(lost).ToContainTextAsync("もう一度入力してください");
        await user.Page.AssertNoViolationsAsync("lost");
        await LeavePicturesAsync(user, "lost");
        await App.StartAsync();
        // Somebody else's act: the session is over before the page can reach the server.
        await RevokeAsync("0501D00601U", "keyCompromise");
        await user.Page.UnrouteAsync("**/_blazor**");

        await Expect(new DiagnosisPage(user).Main).ToContainTextAsync("失効しています", PatientText);
    }

    [Fact]
    public async Task Server_StartedAnew_LoadsThePageAgain()
    {
        var user = await NewPersonAsync("0501D47701M");
        await user.LogInAsync();
        await user.Page.GotoAsync(new Uri(App.Certificate, "/management").ToString());
        await Expect(user.Page.Locator("main[data-ready=true]")).ToBeVisibleAsync(Patient);

        await App.StopAsync();
        await Expect(user.Page.Locator("#components-reconnect-modal")).ToBeVisibleAsync(Patient);
        await App.StartAsync();

        await Expect(user.Page.Locator("#components-reconnect-modal")).Not.ToBeVisibleAsync(new() { Timeout = 60_000 });
        await Expect(user.Page.Locator("main[data-screen=BSSK001][data-ready=true]")).ToBeVisibleAsync(Patient);
    }

    [Fact]
    public async Task Store_ThatAnotherProgramHolds_IsSaidOnAPage_AndTheNextTryLogsIn()
    {
        var user = await NewPersonAsync("0501D60001M");
        var login = await (await EntrancePage.OpenAsync(user)).LogInWithCertificateAsync();
        await using (await HeldStore.HoldAsync(App))
        {
            await login.SendAsync(DemoBank.LoginPassword);
            await Expect(user.Page.Locator("main")).ToContainTextAsync("E-9");
            await user.Page.AssertNoViolationsAsync("store held");
            await LeavePicturesAsync(user, "store-held");
        }

        await user.LogInAsync();
    }

    private static async Task LeavePicturesAsync(Person person, string state)
    {
        foreach (var (width, height) in new[] { Desk, Phone, Narrowest })
        {
            await person.Page.SetViewportSizeAsync(width, height);
            var file = Path.Combine(Repository.Artifacts("screens"), FormattableString.Invariant($"{state}-{width}.png"));
            await person.LeavePictureAsync(file);
        }
    }
}
