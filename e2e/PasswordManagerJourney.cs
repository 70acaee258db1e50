using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace DensaiAdmin.EndToEnd;

/// <summary>
/// Somebody let the browser save the login password. It is filled in where one logs in, and nowhere else: as the 確認用パスワード it would
/// be a wrong one that nobody typed, and five of those lock (R14). How long a password manager takes nobody knows, so each page gets a
/// login of its own at its end: once that is filled in, the manager has gone over all that stands before it.
/// </summary>
public sealed class PasswordManagerJourney(AppUnderTest app) : IClassFixture<AppUnderTest>
{
    private const string Id = "0501D60001K";
    private const string Colleague = "0501D60001T";

    private const string AddControl = $$"""
        (() => {
          const form = document.createElement('form');
          form.innerHTML = '<input type="text" autocomplete="username" value="{{Id}}">'
            + '<input id="control" type="password" autocomplete="current-password">';
          document.querySelector('main').append(form);
          return '';
        })()
        """;

    private CertificateFile Certificate => new(app.DemoFile(Id + ".p12"), DemoBank.CertificateFilePassword);

    private Uri Login => new(app.Certificate, "/login");

    // Each page with passwords that are not the login's, and what it shows when it is ready.
    private (Uri Address, string Screen)[] Pages
    {
        get
        {
            using var certificate = app.DemoCertificate(Colleague);
            return
            [
                (new(app.Certificate, "/management/users/revocation/" + certificate.SerialNumber), "BRSK019"),
                (new(app.Certificate, "/management/users/suspension/suspend?id=" + Colleague), "BRSK012"),
                (new(app.Certificate, "/management/users/password"), "BRSK002"),
            ];
        }
    }

    [Fact]
    public async Task Firefox_FillsInTheLogin_AndNoOtherPassword()
    {
        using var profile = new FirefoxProfile();
        await profile.CreateAsync(Certificate);
        profile.SaveLogin(app.Certificate, Id, DemoBank.LoginPassword);
        await using var firefox = await Firefox.StartAsync(profile.Path, profile.Path);

        await firefox.GoToAsync(Login);
        await firefox.UntilAsync("document.querySelector('#login-pw')?.value.length > 0");
        await firefox.EvaluateAsync("document.querySelector('#login-pw').form.requestSubmit()");
        await firefox.UntilAsync(Ready("BTOP001"));

        foreach (var (address, screen) in Pages)
        {
            await firefox.GoToAsync(address);
            await firefox.UntilAsync(Ready(screen));
            await firefox.EvaluateAsync(AddControl);
            await firefox.UntilAsync("document.querySelector('#control').value.length > 0");
            Assert.Equal((screen, ""), (screen, await firefox.EvaluateAsync(Filled("input => input.value"))));
        }
    }

    [Fact]
    public async Task Chromium_FillsInTheLogin_AndNoOtherPassword()
    {
        using var profile = new ChromiumProfile();
        await profile.CreateAsync(app, Certificate);
        await profile.SaveLoginAsync(app.Certificate, Id, DemoBank.LoginPassword);
        using var playwright = await Playwright.CreateAsync();
        await using var chromium = await profile.OpenAsync(playwright);
        var page = chromium.Pages[0];

        await page.GotoAsync(Login.ToString());
        // Before a person has touched the page, what is filled in is shown but not yet a value.
        await Expect(page.Locator("#login-pw:autofill")).ToBeVisibleAsync();
        await page.Locator("h1").ClickAsync();
        await Expect(page.Locator("#login-pw")).Not.ToHaveValueAsync("");
        await page.Keyboard.PressAsync("Tab");
        await page.EvaluateAsync("document.querySelector('#login-pw').form.requestSubmit()");
        await Expect(page.Locator("[data-screen=BTOP001][data-ready=true]")).ToBeVisibleAsync();

        foreach (var (address, screen) in Pages)
        {
            await page.GotoAsync(address.ToString());
            await Expect(page.Locator($"[data-screen={screen}][data-ready=true]")).ToBeVisibleAsync();
            await page.EvaluateAsync(AddControl);
            await Expect(page.Locator("#control:autofill")).ToBeVisibleAsync();
            await page.Locator("h1").ClickAsync();
            await Expect(page.Locator("#control")).Not.ToHaveValueAsync("");
            Assert.Equal(
                (screen, ""), (screen, await page.EvaluateAsync<string>(Filled("input => input.value || input.matches(':autofill')"))));
        }
    }

    private static string Ready(string screen) => $"document.querySelector('[data-screen={screen}][data-ready=true]')";

    // The passwords of the page itself for which a condition holds; there are some, or the page is not the one that is meant.
    private static string Filled(string isFilled) => $$"""
        (() => {
          const own = [...document.querySelectorAll('input[type=password]')].filter(input => input.id !== 'control');
          return own.length === 0 ? 'no password here' : own.filter({{isFilled}}).map(input => input.id).join(' ');
        })()
        """;
}
