using DensaiAdmin.EndToEnd.Pages;
using Microsoft.Playwright;

namespace DensaiAdmin.EndToEnd;

/// <summary>axe finds nothing on any screen, in any of its states, in Japanese and in English.</summary>
[Collection(typeof(SharedBank))]
public sealed class AccessibilityJourney(AppUnderTest app, Browser browser) : Journey(app, browser)
{
    [Fact]
    public async Task EveryScreenAndState_HasNoViolation()
    {
        var master = await NewPersonAsync("0501D47701M");
        var entrance = await EntrancePage.OpenAsync(master);
        await InBothLanguagesAsync(entrance, "BLGI001");

        var login = await entrance.LogInWithCertificateAsync();
        await InBothLanguagesAsync(login, "BLGI002");
        await login.SendAsync("wrong-password-1");
        await login.ReadyAsync();
        await master.Page.AssertNoViolationsAsync("BLGI002 wrong password");
        var home = await login.EnterAsync(DemoBank.LoginPassword);
        await InBothLanguagesAsync(home, "BTOP001 of a master");

        var management = await home.OpenManagementAsync();
        await InBothLanguagesAsync(management, "BSSK001");
        var tasks = await management.OpenUsersAsync();
        await InBothLanguagesAsync(tasks, "BRSK001");
        var list = await tasks.OpenRevocationAsync();
        await InBothLanguagesAsync(list, "BRSK018");
        await list.Revoke.ClickAsync();
        await list.Alert.WaitForAsync();
        await master.Page.AssertNoViolationsAsync("BRSK018 nothing chosen");
        await list.Search.FillAsync("nobody of that name");
        await list.Search.PressAsync("Enter");
        await list.Rows.First.WaitForAsync(new() { State = WaitForSelectorState.Detached });
        await master.Page.AssertNoViolationsAsync("BRSK018 nothing found");

        list = await UserListPage.OpenAsync(master);
        await list.Radio("0501D47701T").CheckAsync();
        await master.Page.AssertNoViolationsAsync("BRSK018 chosen");
        var confirmation = await list.ChooseAsync("0501D47701T");
        await InBothLanguagesAsync(confirmation, "BRSK019");
        await confirmation.BeRefusedAsync(
            "wrong",
            new System.Text.RegularExpressions.Regex("あと", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1)));
        await master.Page.AssertNoViolationsAsync("BRSK019 wrong password");
        var result = await confirmation.ExecuteAsync();
        await InBothLanguagesAsync(result, "BRSK020");

        await master.Page.GotoAsync(new Uri(App.Certificate, "/management/users/revocation/nothing-here").ToString());
        await master.Page.Locator("main[data-ready='true']").WaitForAsync();
        await master.Page.AssertNoViolationsAsync("page not found");
    }

    [Fact]
    public async Task HomeOfAGeneralUser_HasNoViolation()
    {
        var user = await NewPersonAsync("0501D00601U");
        await InBothLanguagesAsync(await user.LogInAsync(), "BTOP001 of a general user");
    }

    [Fact]
    public async Task HistoryNoticesCompanyAndCertificate_HaveNoViolation()
    {
        var master = await NewPersonAsync("0501D60001M");
        await master.LogInAsync();
        foreach (var (id, path) in new[]
        {
            ("BSRS001", "/management/history"), ("BSRS001", "/management/history?op=unlock"),
            ("BSRS001", "/management/history?from=2022-11-02&to=2022-11-01"),
            ("BSRS002", "/management/history/1"), ("BTOP002", "/logins"), ("BNTC001", "/notices"), ("BNTC002", "/notices/1"),
            ("BCMP001", "/management/company"), ("BCRT001", "/own-certificate"),
        })
        {
            await InBothLanguagesAsync(await PlainPage.OpenAsync(master, id, path), path);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("0501D00601T")]
    [InlineData("0501D00601S")]
    public async Task EveryDiagnosis_HasNoViolation(string? loginId)
    {
        var person = loginId is null ? await NewPersonWithoutCertificateAsync() : await NewPersonAsync(loginId);
        var diagnosis = await (await EntrancePage.OpenAsync(person)).BeTurnedAwayAsync();
        await InBothLanguagesAsync(diagnosis, $"BLGI003 {loginId ?? "no certificate"}");
    }

    private static async Task InBothLanguagesAsync(Screen screen, string state)
    {
        await screen.Page.AssertNoViolationsAsync(state + " ja");
        await screen.SwitchToEnglishAsync();
        await screen.Page.AssertNoViolationsAsync(state + " en");
        await screen.SwitchToJapaneseAsync();
    }
}
