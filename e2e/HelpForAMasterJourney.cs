using DensaiAdmin.EndToEnd.Pages;
using static Microsoft.Playwright.Assertions;

namespace DensaiAdmin.EndToEnd;

/// <summary>
/// A sole master lost the PC: the bank revokes from the command line while the server runs, and a new certificate follows.
/// </summary>
[Collection(typeof(KeyboardBank))]
public sealed class HelpForAMasterJourney(AppUnderTest app, Browser browser) : Journey(app, browser)
{
    [Fact]
    public async Task BankRevokes_TheOpenPageCloses_AndTheMasterIsInAgain()
    {
        const string id = "0501D60001K";
        var master = await NewPersonAsync(id);
        await master.LogInAsync();
        var left = new DiagnosisPage(master).ReadyAsync();

        (await App.RunVerbAsync("revoke", id, "--reason", "superseded", "--operator", "counter1")).Succeeded();

        await left;
        await Expect(new DiagnosisPage(master).Main).ToContainTextAsync("失効");
        using var certificate = App.DemoCertificate(id);
        Assert.Equal("Superseded", (await RevocationList.FetchAsync(App)).ReasonOf(certificate.SerialNumber));
        var again = await App.RunVerbAsync("revoke", id, "--reason", "superseded", "--operator", "counter1");
        Assert.Equal(1, again.ExitCode);

        var est = new EstClient(App);
        await est.MakeKeyAsync();
        var installed = await est.InstallAsync(await est.EnrollAsync(id));
        var home = await (await NewPersonAsync(id, installed)).LogInAsync();
        await Expect(home.Header).ToContainTextAsync("でんさい60001副マスタ 様");
    }
}
