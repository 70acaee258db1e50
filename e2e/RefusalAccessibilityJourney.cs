using System.Text.RegularExpressions;
using DensaiAdmin.EndToEnd.Pages;
using static Microsoft.Playwright.Assertions;

namespace DensaiAdmin.EndToEnd;

/// <summary>axe finds nothing where a person is refused, shut out or told of a mistake, in Japanese and in English.</summary>
[Collection(typeof(RefusalBank))]
public sealed class RefusalAccessibilityJourney(AppUnderTest app, Browser browser) : Journey(app, browser)
{
    private static readonly Regex Locked = new("ロック", RegexOptions.None, TimeSpan.FromSeconds(1));

    [Fact]
    public async Task ConfirmationPassword_WrongInEnglish_AndLockedInBoth()
    {
        var master = await NewPersonAsync("0501D60001M");
        await master.LogInAsync();
        var confirmation = await (await UserListPage.OpenAsync(master)).ChooseAsync("0501D60001T");
        await confirmation.SwitchToEnglishAsync();
        await SendAsync(confirmation, "wrong 1");
        await master.Page.AssertNoViolationsAsync("BRSK019 wrong en");

        await confirmation.SwitchToJapaneseAsync();
        for (var left = 3; left > 0; left--)
        {
            // Each answer has its own number: the one before still stands there.
            await confirmation.BeRefusedAsync("wrong", new Regex($"あと{left}回", RegexOptions.None, TimeSpan.FromSeconds(1)));
        }

        await confirmation.BeRefusedAsync("wrong 5", Locked);
        await master.Page.AssertNoViolationsAsync("BRSK019 locked ja");
        await confirmation.SwitchToEnglishAsync();
        await SendAsync(confirmation, DemoBank.ConfirmationPassword);
        await Expect(confirmation.Alert).ToContainTextAsync("locked");
        await master.Page.AssertNoViolationsAsync("BRSK019 locked en");
    }

    [Fact]
    public async Task Certificate_RevokedBySomebodyElseMeanwhile()
    {
        var master = await NewPersonAsync("0501D47701M");
        await master.LogInAsync();
        var list = await UserListPage.OpenAsync(master);
        await list.SwitchToEnglishAsync();
        await master.Page.Locator(".select-bar .btn--primary").ClickAsync();
        await list.Alert.WaitForAsync();
        await master.Page.AssertNoViolationsAsync("BRSK018 nothing chosen en");
        await list.SwitchToJapaneseAsync();

        var confirmation = await list.ChooseAsync("0501D47701T");
        await RevokeAsync("0501D47701T", "keyCompromise");
        await confirmation.Password.FillAsync(DemoBank.ConfirmationPassword);
        await confirmation.Execute.ClickAsync();
        await confirmation.Alert.WaitForAsync();
        await master.Page.AssertNoViolationsAsync("BRSK019 revoked meanwhile ja");
        await confirmation.SwitchToEnglishAsync();
        await master.Page.AssertNoViolationsAsync("BRSK019 revoked meanwhile en");
    }

    [Fact]
    public async Task LoginPassword_WrongInEnglish_AndLockedInBoth()
    {
        var user = await NewPersonAsync("0501D00601R");
        var login = await (await EntrancePage.OpenAsync(user)).LogInWithCertificateAsync();
        await login.SwitchToEnglishAsync();
        await SubmitAsync(login, "wrong-password-1");
        await login.ReadyAsync();
        await user.Page.AssertNoViolationsAsync("BLGI002 wrong en");
        for (var attempt = 2; attempt <= 5; attempt++)
        {
            await SubmitAsync(login, FormattableString.Invariant($"wrong-password-{attempt}"));
        }

        await ShownAsync(user);
        await user.Page.AssertNoViolationsAsync("login locked en");
        await user.Page.GotoAsync(new Uri(App.Certificate, "/login").ToString());
        var shown = await ShownAsync(user);
        await user.Page.AssertNoViolationsAsync("login still locked en");
        await shown.SwitchToJapaneseAsync();
        await user.Page.AssertNoViolationsAsync("login still locked ja");
    }

    [Fact]
    public async Task SessionEnded_BySuspension_AndACertificateThatIsStillGood()
    {
        const string id = "0501D60001K";
        var user = await NewPersonAsync(id);
        await user.LogInAsync();
        // An open page would leave by itself, and meet the address that is typed below on its way.
        await user.Page.GotoAsync("about:blank");
        // A master cannot be stopped by a screen: the store is what every request reads.
        (await Tool.RunAsync("sqlite3", "-cmd", ".timeout 10000", Path.Combine(App.DataDirectory, "densai.db"),
            $"UPDATE Users SET SuspendedAt = {DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()} WHERE LoginId = '{id}';")).Succeeded();
        await user.Page.GotoAsync(new Uri(App.Certificate, "/").ToString());
        var ended = await DiagnosedAsync(user);
        await Expect(ended.Main).ToContainTextAsync("停止");
        await InBothLanguagesAsync(ended, "session ended by suspension");

        var again = await NewPersonAsync(id);
        var diagnosis = await (await EntrancePage.OpenAsync(again)).BeTurnedAwayAsync();
        await Expect(diagnosis.Main).ToContainTextAsync("停止");
        await InBothLanguagesAsync(diagnosis, "suspended user");
    }

    [Theory]
    [InlineData("ja")]
    [InlineData("en")]
    public async Task SessionEnded_ByALoginElsewhere(string language)
    {
        // Said once: the next look at /login asks for the password again. So the language is chosen before.
        var first = await NewPersonAsync("0501D00601M");
        var home = await first.LogInAsync();
        if (language == "en")
        {
            await home.SwitchToEnglishAsync();
        }

        var second = await NewPersonAsync("0501D00601M");
        await second.LogInAsync();
        await DiagnosedAsync(first);
        Assert.Equal(language, await first.Page.Locator("html").GetAttributeAsync("lang"));
        await first.Page.AssertNoViolationsAsync("session ended by a second login " + language);

        await second.Page.GotoAsync(new Uri(App.Certificate, "/too-many-pages").ToString());
        await second.Page.Locator("main[data-screen='BERR003']").WaitForAsync();
        await second.Page.AssertNoViolationsAsync("too many pages");
    }

    [Fact]
    public async Task SessionEnded_ByRevocation()
    {
        var user = await NewPersonAsync("0501D00601U");
        await user.LogInAsync();
        await RevokeAsync("0501D00601U", "keyCompromise");
        var ended = await DiagnosedAsync(user);
        await Expect(ended.Main).ToContainTextAsync("失効");
        await InBothLanguagesAsync(ended, "session ended by revocation");
    }

    private static async Task SendAsync(ConfirmationPage confirmation, string password)
    {
        var field = confirmation.Main.Locator("input[type='password']");
        await field.FillAsync(password);
        await field.PressAsync("Enter");
        await confirmation.Alert.WaitForAsync();
    }

    private static async Task SubmitAsync(Screen login, string password)
    {
        var field = login.Main.Locator("input[type='password']");
        await field.FillAsync(password);
        await login.SendFormAsync(() => field.PressAsync("Enter"));
    }

    private static async Task<DiagnosisPage> DiagnosedAsync(Person person)
    {
        var diagnosis = new DiagnosisPage(person);
        await diagnosis.ReadyAsync();
        return diagnosis;
    }

    private static async Task<Screen> ShownAsync(Person person) =>
        await NextScreen.IdAsync(person, "BLGI002", "BLGI003") == "BLGI002" ? new CertificateLoginPage(person) : new DiagnosisPage(person);

    private static async Task InBothLanguagesAsync(Screen screen, string state)
    {
        await screen.Page.AssertNoViolationsAsync(state + " ja");
        await screen.SwitchToEnglishAsync();
        await screen.Page.AssertNoViolationsAsync(state + " en");
        await screen.SwitchToJapaneseAsync();
    }
}
