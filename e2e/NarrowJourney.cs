using DensaiAdmin.EndToEnd.Pages;
using Microsoft.Playwright;

namespace DensaiAdmin.EndToEnd;

/// <summary>
/// On a phone, at 320 px (WCAG 1.4.10) and on a desk, with 文字サイズ 中 and 大, no page scrolls sideways. Leaves a picture of each screen.
/// </summary>
[Collection(typeof(SharedBank))]
public sealed class NarrowJourney(AppUnderTest app, Browser browser) : Journey(app, browser)
{
    /// <summary>The person's own text size comes last.</summary>
    private static readonly ((int Width, int Height) Window, string TextSize)[] s_windows =
        [(Phone, "大"), (Desk, "大"), (Narrowest, "中"), (Desk, "中"), (Phone, "中")];

    /// <summary>English words are the longer ones: they are looked at where room is least, and once as most people see them.</summary>
    private static readonly ((int Width, int Height) Window, string TextSize)[] s_inEnglish =
        [(Phone, "大"), (Narrowest, "中"), (Desk, "中")];

    [Fact]
    public async Task EveryScreen_FitsAPhoneAndTheNarrowestWindow()
    {
        var master = await NewPersonAsync("0501D60001M", Phone);
        var entrance = await EntrancePage.OpenAsync(master);
        await FitsAsync(master, "BLGI001");
        var login = await entrance.LogInWithCertificateAsync();
        await FitsAsync(master, "BLGI002");
        var home = await login.EnterAsync(DemoBank.LoginPassword);
        await FitsAsync(master, "BTOP001");
        var management = await home.OpenManagementAsync();
        await FitsAsync(master, "BSSK001");
        var tasks = await management.OpenUsersAsync();
        await FitsAsync(master, "BRSK001");
        var list = await tasks.OpenRevocationAsync();
        await FitsAsync(master, "BRSK018");
        var confirmation = await list.ChooseAsync("0501D60001T");
        await FitsAsync(master, "BRSK019");
        await confirmation.Execute.ClickAsync();
        await confirmation.Alert.WaitForAsync();
        await FitsAsync(master, "BRSK019-error");
        await confirmation.ExecuteAsync();
        await FitsAsync(master, "BRSK020");

        var refused = await NewPersonAsync("0501D00601T", Phone);
        await (await EntrancePage.OpenAsync(refused)).BeTurnedAwayAsync();
        await FitsAsync(refused, "BLGI003");
    }

    [Fact]
    public async Task HistoryNoticesAndCertificate_FitAPhoneAndTheNarrowestWindow()
    {
        var master = await NewPersonAsync("0501D60001M", Phone);
        var login = await (await EntrancePage.OpenAsync(master)).LogInWithCertificateAsync();
        await login.SendAsync("not-the-password-1");
        await login.ReadyAsync();
        await login.EnterAsync(DemoBank.LoginPassword);
        await FitsAsync(master, "BTOP001-unread");
        foreach (var (id, path) in new[]
        {
            ("BSRS001", "/management/history"), ("BTOP002", "/logins"), ("BNTC001", "/notices"), ("BNTC002", "/notices/1"),
            ("BCMP001", "/management/company"),
            ("BCRT001", "/own-certificate"), ("BLNK001", "/services/densai"),
        })
        {
            await PlainPage.OpenAsync(master, id, path);
            await FitsAsync(master, id);
        }

        await HistoryPage.OpenAsync(master, "?from=2022-11-02&to=2022-11-01");
        await FitsAsync(master, "BSRS001-error");
        var history = await HistoryPage.OpenAsync(master);
        await history.Rows.First.GetByRole(AriaRole.Link).ClickAsync();
        await new HistoryRecordPage(master).ReadyAsync();
        await FitsAsync(master, "BSRS002");
        var logins = await PlainPage.OpenAsync(master, "BTOP002", "/logins");
        await logins.Main.Locator("tbody").GetByRole(AriaRole.Link).First.ClickAsync();
        var report = new PlainPage(master, "BTOP003");
        await report.ReadyAsync();
        await FitsAsync(master, "BTOP003");
        await report.Main.GetByRole(AriaRole.Button, new() { Name = "申告する", Exact = true }).ClickAsync();
        await new PlainPage(master, "BTOP004").ReadyAsync();
        await FitsAsync(master, "BTOP004");
    }

    [Fact]
    public async Task ReportOfALogin_ByWhoHasNoCertificate_FitsToo()
    {
        var before = await NewPersonWithoutCertificateAsync();
        await (await EntrancePage.OpenAsync(before)).SendPasswordAsync("0501D00900M", DemoBank.LoginPassword);
        await new HomePage(before).ReadyAsync();
        var master = await NewPersonWithoutCertificateAsync(Phone);
        await (await EntrancePage.OpenAsync(master)).SendPasswordAsync("0501D00900M", DemoBank.LoginPassword);
        await new HomePage(master).ReadyAsync();
        await master.GoToAsync("/logins");
        var logins = new PlainPage(master, "BTOP002");
        await logins.ReadyAsync();
        await logins.Main.Locator("tbody tr").Nth(1).GetByRole(AriaRole.Link).ClickAsync();
        var report = new PlainPage(master, "BTOP003");
        await report.ReadyAsync();
        await FitsAsync(master, "BTOP003-password");
        await report.Main.GetByRole(AriaRole.Button, new() { Name = "申告する", Exact = true }).ClickAsync();
        var done = new PlainPage(master, "BTOP004");
        await done.ReadyAsync();
        await FitsAsync(master, "BTOP004-password");
        await FitsInEnglishAsync(done, "BTOP004-password");
    }

    /// <summary>A screen in English: no violation, and it fits. Japanese again afterwards.</summary>
    internal static async Task FitsInEnglishAsync(Screen screen, string state)
    {
        await screen.SwitchToEnglishAsync();
        await FitsAsync(screen.Person, state + "-en", inEnglish: true);
        await screen.Page.AssertNoViolationsAsync(state + " in English");
        await screen.SwitchToJapaneseAsync();
    }

    /// <summary>Nothing scrolls sideways in any window; the person's own is there again afterwards.</summary>
    internal static async Task FitsAsync(Person person, string state, bool inEnglish = false)
    {
        var own = person.Page.ViewportSize!;
        var shown = "";
        foreach (var ((width, height), textSize) in inEnglish ? s_inEnglish : s_windows)
        {
            await person.Page.SetViewportSizeAsync(width, height);
            if (textSize != shown)
            {
                var name = inEnglish ? textSize == "大" ? "L" : "M" : textSize;
                await person.Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true }).ClickAsync();
                // Neither the pointer nor the place on the page belongs in the picture.
                await person.Page.Mouse.MoveAsync(0, 0);
                shown = textSize;
            }

            var wide = await person.Page.EvaluateAsync<string[]>(
                """
                () => document.documentElement.scrollWidth <= innerWidth ? [] :
                  [...document.querySelectorAll('body *')]
                    .filter(element => element.getBoundingClientRect().right > innerWidth + 1)
                    .map(element => `${element.tagName}.${element.className} to ${Math.round(element.getBoundingClientRect().right)}`)
                    .slice(0, 8).concat(`page is ${document.documentElement.scrollWidth}`)
                """);
            Assert.True(wide.Length == 0, $"{state} at {width} px and {textSize} scrolls sideways: {string.Join(", ", wide)}");
            var file = Path.Combine(Repository.Artifacts("screens"), FormattableString.Invariant($"{state}-{width}-{textSize}.png"));
            await person.LeavePictureAsync(file);
        }

        await person.Page.SetViewportSizeAsync(own.Width, own.Height);
    }
}
