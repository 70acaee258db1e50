using DensaiAdmin.EndToEnd.Pages;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace DensaiAdmin.EndToEnd;

/// <summary>
/// A company's box reads what passes to the bank. Whether or not this PC trusts the box, its name and what the network people have to
/// exempt are said before a password is asked, and no certificate is spent; once the one address is exempt the clerk succeeds.
/// </summary>
[Collection(typeof(IssuingBanks))]
public sealed class IssuingAppInspectedJourney(IssuingBank app, Browser browser) : IssuingAppSteps(app, browser)
{
    private const string Id = "0501D60001T";

    [Fact]
    public async Task BoxThatTheAppDoesNotTrust_IsNamed_AndNothingOfThePersonsIsSent()
    {
        await using var box = new InspectingProxy(App.Public.Port, App.Certificate.Port);
        await using var pc = new OfficePc(box.Address);
        var person = await NewPersonWithoutCertificateAsync();
        await pc.InstallAsync(await DownloadAsync(person));

        await AssertCostsNothingAsync(pc, App.Public, "(E-6004)");
        var doctor = await pc.RunAsync(null, "doctor");
        Assert.Equal(1, doctor.ExitCode);
        Assert.Contains($"TLS証明書の発行者: {InspectingProxy.Issuer}、不明", doctor.Output, StringComparison.Ordinal);
        await AssertLeadsToNoPasswordAsync(pc, person, App.Public, "inspected");
    }

    [Fact]
    public async Task BoxThatThePcTrusts_IsKnownBeforeACertificateIsSpent_AndAfterwardsTheCertificateIsNotBlamed()
    {
        await RevokeAsync(Id);
        await using var box = new InspectingProxy(App.Public.Port, App.Certificate.Port);
        await using var pc = new OfficePc(box.Address);
        var person = await NewPersonWithoutCertificateAsync();
        await pc.InstallAsync(await DownloadAsync(person));
        await pc.TrustAsSystemAsync(await File.ReadAllTextAsync(App.TrustFile), box.Authority);

        await AssertCostsNothingAsync(pc, App.Certificate, "(E-6004)");
        var doctor = await pc.RunAsync(null, "doctor");
        Assert.Equal(1, doctor.ExitCode);
        Assert.Contains("接続: 正常", doctor.Output, StringComparison.Ordinal);
        Assert.Contains($"TLS証明書の発行者: {InspectingProxy.Issuer}、{InspectingProxy.Issuer}", doctor.Output, StringComparison.Ordinal);
        await AssertLeadsToNoPasswordAsync(pc, person, App.Certificate, "inspected-trusted");

        // The network people exempt what they were told to, and no more.
        box.Inspect(App.Public.Port);
        (await pc.IssueAsync(Id)).Succeeded();
        Assert.Contains("異常は見つかりませんでした", (await pc.RunAsync(null, "doctor")).Succeeded().Output, StringComparison.Ordinal);

        // Whoever has a certificate when the box reads again is told that it is good.
        box.Inspect(App.Public.Port, App.Certificate.Port);
        var listed = (await pc.RunAsync(null, "list")).Succeeded().Output;
        Assert.Contains(Id, listed, StringComparison.Ordinal);
        Assert.DoesNotContain("失効", listed, StringComparison.Ordinal);
        var said = await pc.RunAsync(null, "doctor");
        Assert.Equal(1, said.ExitCode);
        Assert.Contains("電子証明書は正しく、発行し直す必要はありません", said.Output, StringComparison.Ordinal);
        Assert.Contains("(E-6014)", said.Output, StringComparison.Ordinal);
    }

    private async Task AssertCostsNothingAsync(OfficePc pc, Uri exempt, string code)
    {
        var before = await IssuedAsync();
        var refused = await pc.IssueAsync(Id);
        Assert.Equal(1, refused.ExitCode);
        var line = Assert.Single(refused.Error.Trim().Split('\n'));
        Assert.Contains(InspectingProxy.Issuer, line, StringComparison.Ordinal);
        Assert.Contains($"「{exempt.Authority} への通信を検査の対象から外してください」", line, StringComparison.Ordinal);
        Assert.EndsWith(code, line, StringComparison.Ordinal);
        Assert.Equal(before, await IssuedAsync());
        AssertNoSecretLeft(pc, DemoBank.LoginPassword);
    }

    private static async Task AssertLeadsToNoPasswordAsync(OfficePc pc, Person person, Uri exempt, string picture)
    {
        await using var issuing = await pc.StartAppAsync(person.Context, "densai-enrollment:issue");
        var window = new AppScreen(issuing.Window);
        await window.ReadyAsync("CCHK001");
        var alert = window.Main.GetByRole(AriaRole.Alert);
        await Expect(alert).ToContainTextAsync(InspectingProxy.Issuer, new() { Timeout = 60_000 });
        await Expect(alert).ToContainTextAsync($"{exempt.Authority} への通信を検査の対象から外してください");
        await LookAsync(issuing.Window, "CCHK001-" + picture);
        await window.Button("証明書発行").ClickAsync();
        await window.ReadyAsync("CCHK001");
        await window.Button("English").ClickAsync();
        await Expect(alert).ToContainTextAsync(exempt.Authority);
        await LookAsync(issuing.Window, $"CCHK001-{picture}-en");
    }
}
