using DensaiAdmin.EndToEnd.Pages;
using static Microsoft.Playwright.Assertions;

namespace DensaiAdmin.EndToEnd;

/// <summary>A certificate is renewed over EST: the old one works until the new one's first login, and is superseded by it.</summary>
[Collection(typeof(PackageBank))]
public sealed class RenewalJourney(AppUnderTest app, Browser browser) : Journey(app, browser)
{
    [Fact]
    public async Task Renewed_LogsInWithEitherUntilTheNewOneIsUsed()
    {
        const string id = "0501D00601R";
        var est = new EstClient(App);
        await est.MakeKeyAsync();
        var old = await NewPersonAsync(id);
        var home = await old.LogInAsync();
        var link = home.Section("自分の証明書").GetByRole(Microsoft.Playwright.AriaRole.Link, new() { Name = "証明書発行アプリを起動" });
        Assert.StartsWith("densai-enrollment:renew?serial=", await link.GetAttributeAsync("href"), StringComparison.Ordinal);

        var answer = await est.RenewAsync(id, App.DemoFile(id + ".pem"));

        Assert.True(answer.Status == 200, $"{answer.Status} {answer.Reason} {answer.Body}");
        var installed = await est.InstallAsync(answer);
        (await RevocationList.VerifyAsync(App, est.CertificatePemFile)).Succeeded();
        await (await NewPersonAsync(id)).LogInAsync();
        var renewed = await (await NewPersonAsync(id, installed)).LogInAsync();
        await Expect(renewed.Section("自分の証明書")).ToContainTextAsync("発行済み");

        var diagnosis = await (await EntrancePage.OpenAsync(await NewPersonAsync(id))).BeTurnedAwayAsync();
        await Expect(diagnosis.Main).ToContainTextAsync("新しい電子証明書");
        await est.MakeKeyAsync();
        Assert.Equal("certificate-revoked", (await est.RenewAsync(id, App.DemoFile(id + ".pem"))).Reason);
    }
}
