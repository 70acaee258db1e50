using DensaiAdmin.EndToEnd.Pages;
using static Microsoft.Playwright.Assertions;

namespace DensaiAdmin.EndToEnd;

/// <summary>
/// A clerk who works with Firefox: the certificate goes into the profile that Firefox made by itself, and Firefox logs in with it.
/// </summary>
[Collection(typeof(IssuingBanks))]
public sealed class IssuingAppFirefoxJourney(IssuingBank app, Browser browser) : IssuingAppSteps(app, browser)
{
    private const string Id = "0501D00601T";

    [Fact]
    public async Task Issue_LogInWithFirefox()
    {
        await RevokeAsync(Id);
        await using var pc = new OfficePc();
        var person = await NewPersonWithoutCertificateAsync();
        await pc.InstallAsync(await DownloadAsync(person));
        var profile = await pc.StartFirefoxOnceAsync();

        await using var issuing = await pc.StartAppAsync(person.Context, "densai-enrollment:issue");
        var window = new AppScreen(issuing.Window);
        await window.AuthenticateAsync(Id, DemoBank.LoginPassword);
        await window.ReadyAsync("CCHK007");
        // Its profile by itself, or beside a second one that Firefox makes now and then.
        await Expect(window.Main).ToContainTextAsync("・Firefox");
        await CloseAsync(issuing, window);
        Assert.Contains(Id, (await Tool.RunAsync("certutil", "-L", "-d", "sql:" + profile)).Succeeded().Output, StringComparison.Ordinal);

        await using var firefox = await pc.OpenFirefoxAsync();
        await firefox.GoToAsync(App.Public);
        await firefox.UntilAsync(Ready("BLGI001"));
        await firefox.EvaluateAsync(
            "[...document.querySelectorAll('main a, main button')].find(way => way.textContent.includes('電子証明書ログイン')).click()");
        await firefox.UntilAsync(Ready("BLGI002"));
        await firefox.EvaluateAsync($"document.querySelector('#login-pw').value = '{DemoBank.LoginPassword}'");
        await firefox.EvaluateAsync("document.querySelector('#login-pw').form.requestSubmit()");
        await firefox.UntilAsync(Ready("BTOP001"));
        Assert.Contains("でんさい00601担当者", await firefox.EvaluateAsync("document.body.innerText"), StringComparison.Ordinal);
    }

    private static string Ready(string screen) => $"document.querySelector('[data-screen={screen}][data-ready=true]')";
}
