using System.Net;
using System.Security.Cryptography;
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
    public async Task CertificateThatWeSignedButNeverIssued_IsNotRegistered()
    {
        var person = await NewPersonAsync("unknown", await SignWithOurKeyAsync("0501D00601R", extensions: null));
        var diagnosis = await TurnedAwayAsync(person);
        await Expect(diagnosis.Main).ToContainTextAsync("登録されていない電子証明書");
        await Expect(diagnosis.Main).Not.ToContainTextAsync("でんさい00601更新");
    }

    [Fact]
    public async Task CertificateOfOurChainForAnotherPurpose_IsNotForLogin()
    {
        var person = await NewPersonAsync("wrong-profile", await SignWithOurKeyAsync(
            "0501D00601R", "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=emailProtection\n"));
        var diagnosis = await TurnedAwayAsync(person);
        await Expect(diagnosis.Main).ToContainTextAsync("ログイン用の電子証明書ではありません");
        await Expect(diagnosis.Main).Not.ToContainTextAsync("でんさい00601更新");
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

    private static async Task<DiagnosisPage> TurnedAwayAsync(Person person)
    {
        var diagnosis = await (await EntrancePage.OpenAsync(person)).BeTurnedAwayAsync();
        await person.Page.AssertNoViolationsAsync($"BLGI003 {person.Name} ja");
        await diagnosis.SwitchToEnglishAsync();
        await person.Page.AssertNoViolationsAsync($"BLGI003 {person.Name} en");
        await diagnosis.SwitchToJapaneseAsync();
        return diagnosis;
    }

    /// <summary>
    /// Signed with the bank's own key behind the bank's back, over the key of a demo user: same name, another serial number, and
    /// the same extensions unless others are given.
    /// </summary>
    private async Task<CertificateFile> SignWithOurKeyAsync(string loginId, string? extensions)
    {
        var folder = App.NewFolder();
        string In(string name) => Path.Combine(folder, name);
        var issuerKey = Directory.EnumerateFiles(App.DataDirectory, "issuing-*.key.pem", SearchOption.AllDirectories).Single();
        var issuer = issuerKey.Replace(".key.pem", ".cer", StringComparison.Ordinal);
        var passphrase = "file:" + Path.Combine(App.DataDirectory, "dev-passphrase");
        (await Tool.RunAsync("openssl", "x509", "-inform", "DER", "-in", issuer, "-out", In("ca.pem"))).Succeeded();
        (await Tool.RunAsync("openssl", "x509", "-x509toreq", "-copy_extensions", "copyall", "-in", App.DemoFile(loginId + ".pem"),
            "-signkey", App.DemoFile(loginId + ".pem"), "-out", In("leaf.csr"))).Succeeded();
        string[] profile = ["-copy_extensions", "copyall"];
        if (extensions is not null)
        {
            await File.WriteAllTextAsync(In("leaf.ext"), extensions);
            profile = ["-extfile", In("leaf.ext")];
        }

        (await Tool.RunAsync(
            "openssl",
            [
                "x509", "-req", "-in", In("leaf.csr"), "-CA", In("ca.pem"), "-CAkey", issuerKey, "-passin", passphrase,
                "-set_serial", "0x" + Convert.ToHexString(RandomNumberGenerator.GetBytes(16)), "-days", "100", .. profile,
                "-out", In("leaf.pem"),
            ])).Succeeded();
        (await Tool.RunAsync(
            "openssl", "pkcs12", "-export", "-inkey", App.DemoFile(loginId + ".pem"), "-in", In("leaf.pem"), "-out", In("leaf.p12"),
            "-passout", "pass:ours")).Succeeded();
        return new CertificateFile(In("leaf.p12"), "ours");
    }

    /// <summary>Right in everything but its issuer, whose name it even borrows.</summary>
    private async Task<CertificateFile> MakeForeignCertificateAsync(string loginId)
    {
        var folder = App.NewFolder();
        string In(string name) => Path.Combine(folder, name);
        var issuer = (await Tool.RunAsync("openssl", "x509", "-in", App.TrustFile, "-noout", "-subject", "-nameopt", "compat")).Succeeded()
            .Output;
        var name = issuer[issuer.IndexOf('/', StringComparison.Ordinal)..].Trim();
        (await Tool.RunAsync("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", In("ca.key"), "-out", In("ca.pem"), "-subj", name, "-days", "30")).Succeeded();
        (await Tool.RunAsync("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", In("leaf.key"), "-out", In("leaf.csr"), "-subj", $"/CN=North Pacific Bank, LTD {loginId}")).Succeeded();
        await File.WriteAllTextAsync(
            In("leaf.ext"), "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth\n");
        (await Tool.RunAsync("openssl", "x509", "-req", "-in", In("leaf.csr"), "-CA", In("ca.pem"), "-CAkey", In("ca.key"),
            "-days", "30", "-extfile", In("leaf.ext"), "-out", In("leaf.pem"))).Succeeded();
        (await Tool.RunAsync(
            "openssl", "pkcs12", "-export", "-inkey", In("leaf.key"), "-in", In("leaf.pem"), "-out", In("leaf.p12"), "-passout",
            "pass:foreign")).Succeeded();
        return new CertificateFile(In("leaf.p12"), "foreign");
    }
}
