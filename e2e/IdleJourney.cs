using DensaiAdmin.EndToEnd.Pages;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace DensaiAdmin.EndToEnd;

/// <summary>A server that waits for half a minute instead of a quarter of an hour.</summary>
public sealed class ImpatientApp : AppUnderTest
{
    public override IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["Sessions__IdleMinutes"] = "0.5",
        ["Sessions__WarningMinutes"] = "0.35",
    };
}

/// <summary>Somebody leaves the desk in the middle of a form, comes back in time, and the next time does not.</summary>
public sealed class IdleJourney(ImpatientApp app, Browser browser) : Journey(app, browser), IClassFixture<ImpatientApp>
{
    [Fact]
    public async Task AwayFromTheDesk_IsWarned_Extends_AndIsLoggedOutTheNextTime()
    {
        var master = await NewPersonAsync("0501D00601M");
        await master.LogInAsync();
        var confirmation = await (await UserListPage.OpenAsync(master)).ChooseAsync("0501D00601R");
        await confirmation.Password.FillAsync("half typed");
        var warning = master.Page.GetByRole(AriaRole.Alertdialog, new() { Name = "まもなく自動的にログアウトします" });
        var extend = warning.GetByRole(AriaRole.Button, new() { Name = "延長", Exact = true });
        LocatorAssertionsToBeVisibleOptions patient = new() { Timeout = 60_000 };

        await Expect(warning).ToBeVisibleAsync(patient);
        await Expect(extend).ToBeFocusedAsync();
        await master.Page.AssertNoViolationsAsync("warning");
        await master.Page.Keyboard.PressAsync("Enter");
        await Expect(warning).Not.ToBeVisibleAsync();
        await Expect(confirmation.Password).ToHaveValueAsync("half typed");
        await Expect(confirmation.Password).ToBeFocusedAsync();

        await Expect(warning).ToBeVisibleAsync(patient);
        await master.Page.Keyboard.PressAsync("Escape");
        await Expect(warning).Not.ToBeVisibleAsync();

        var ended = new DiagnosisPage(master);
        await Expect(ended.Main).ToContainTextAsync("操作がなかったため", new() { Timeout = 90_000 });
        await master.Page.AssertNoViolationsAsync("ended");
        await ended.Main.GetByRole(AriaRole.Link, new() { Name = "ログイン", Exact = true }).ClickAsync();
        await new CertificateLoginPage(master).ReadyAsync();
    }
}
