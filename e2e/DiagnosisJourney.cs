using System.Net;
using DensaiAdmin.EndToEnd.Pages;
using static Microsoft.Playwright.Assertions;

namespace DensaiAdmin.EndToEnd;

/// <summary>Whoever cannot be let in learns why and what to do, on BLGI003, never from a browser's error page.</summary>
[Collection(typeof(SharedBank))]
public sealed class DiagnosisJourney(AppUnderTest app, Browser browser) : Journey(app, browser)
{
    [Fact]
    public async Task NoCertificate_TheLikelyCausesAreNamed()
    {
        var person = await NewPersonWithoutCertificateAsync();
        var diagnosis = await TurnedAwayAsync(person);
        await Expect(diagnosis.Main).ToContainTextAsync("ブラウザを閉じ");
        await Expect(diagnosis.Main).ToContainTextAsync("有効期限");
        await Expect(diagnosis.Main).Not.ToContainTextAsync("0501D");
    }

    [Fact]
    public async Task CertificateOfAForeignCa_IsNotOurs()
    {
        var person = await NewPersonAsync("foreign", await MakeForeignCertificateAsync("0501D00601M"));
        var diagnosis = await TurnedAwayAsync(person);
        await Expect(diagnosis.Main).Not.ToContainTextAsync("でんさい00601マスタ");
    }

    [Fact]
    public async Task ExpiredCertificate_MustBeRevokedAndObtainedAnew()
    {
        var person = await NewPersonAsync("0501D00601T");
        var diagnosis = await TurnedAwayAsync(person);
        await Expect(diagnosis.Main).ToContainTextAsync("有効期限が切れて");
        await Expect(diagnosis.Main).ToContainTextAsync("0501D00601T");
        await Expect(diagnosis.Main).ToContainTextAsync("失効");
    }

    [Fact]
    public async Task RevokedCertificate_SaysSo_AndHowToGetANewOne()
    {
        var person = await NewPersonAsync("0501D00601S");
        var diagnosis = await TurnedAwayAsync(person);
        await Expect(diagnosis.Main).ToContainTextAsync("失効");
        await Expect(diagnosis.Main).ToContainTextAsync("0501D00601S");
        await Expect(diagnosis.Main).ToContainTextAsync("電子証明書発行");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("0501D00601T")]
    [InlineData("0501D00601S")]
    public async Task Refusal_IsForbidden_AndLeadsBackToTheEntrance(string? loginId)
    {
        using var certificate = loginId is null ? null : App.DemoCertificate(loginId);
        using var client = App.NewHttpClient(certificate);
        using var answer = await client.GetAsync(new Uri(App.Certificate, "/login"));
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);

        var person = loginId is null ? await NewPersonWithoutCertificateAsync() : await NewPersonAsync(loginId);
        var diagnosis = await TurnedAwayAsync(person);
        await diagnosis.BackToEntrance.ClickAsync();
        await new EntrancePage(person).ReadyAsync();
    }

    private static async Task<DiagnosisPage> TurnedAwayAsync(Person person) =>
        await (await EntrancePage.OpenAsync(person)).BeTurnedAwayAsync();

    /// <summary>Right in everything but its issuer, whose name it even borrows.</summary>
    private async Task<CertificateFile> MakeForeignCertificateAsync(string loginId)
    {
        var folder = App.NewFolder();
        string In(string name) => Path.Combine(folder, name);
        var issuer = (await Tool.RunAsync("openssl", "x509", "-in", App.TrustFile, "-noout", "-subject", "-nameopt", "compat")).Succeeded().Output;
        var name = issuer[issuer.IndexOf('/', StringComparison.Ordinal)..].Trim();
        (await Tool.RunAsync("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", In("ca.key"), "-out", In("ca.pem"), "-subj", name, "-days", "30")).Succeeded();
        (await Tool.RunAsync("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", In("leaf.key"), "-out", In("leaf.csr"), "-subj", $"/CN=North Pacific Bank, LTD {loginId}")).Succeeded();
        await File.WriteAllTextAsync(In("leaf.ext"), "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth\n");
        (await Tool.RunAsync("openssl", "x509", "-req", "-in", In("leaf.csr"), "-CA", In("ca.pem"), "-CAkey", In("ca.key"),
            "-days", "30", "-extfile", In("leaf.ext"), "-out", In("leaf.pem"))).Succeeded();
        (await Tool.RunAsync("openssl", "pkcs12", "-export", "-inkey", In("leaf.key"), "-in", In("leaf.pem"), "-out", In("leaf.p12"), "-passout", "pass:foreign")).Succeeded();
        return new CertificateFile(In("leaf.p12"), "foreign");
    }
}
