using System.Globalization;

namespace DensaiAdmin.EndToEnd;

/// <summary>What an EST server answered: a certificate, or a refusal with its code and one line of reason.</summary>
public sealed record EstAnswer(int Status, string? Reason, string Body);

/// <summary>Somebody who enrols with openssl and curl alone, as IT staff do.</summary>
public sealed class EstClient(AppUnderTest app)
{
    private readonly string _folder = app.NewFolder();

    private string KeyFile => Path.Combine(_folder, "key.pem");

    private string RequestFile => Path.Combine(_folder, "request.b64");

    public string CertificatePemFile => Path.Combine(_folder, "certificate.pem");

    public async Task MakeKeyAsync()
    {
        var der = Path.Combine(_folder, "request.der");
        (await Tool.RunAsync(
            "openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", KeyFile, "-subj", "/CN=whoever asks", "-outform", "DER", "-out", der)).Succeeded();
        await File.WriteAllTextAsync(
            RequestFile, Convert.ToBase64String(await File.ReadAllBytesAsync(der), Base64FormattingOptions.InsertLineBreaks));
    }

    public Task<EstAnswer> EnrollAsync(string loginId, string password = DemoBank.LoginPassword) =>
        AskAsync(loginId, password, new Uri(app.Public, "/.well-known/est/simpleenroll"));

    /// <summary>Asks for a renewal behind a certificate: PEM with its key.</summary>
    public Task<EstAnswer> RenewAsync(string loginId, string certificateFile, string password = DemoBank.LoginPassword) =>
        AskAsync(loginId, password, new Uri(app.Certificate, "/.well-known/est/simplereenroll"), "--cert", certificateFile);

    private async Task<EstAnswer> AskAsync(string loginId, string password, Uri address, params string[] more)
    {
        var headers = Path.Combine(_folder, "headers.txt");
        var body = Path.Combine(_folder, "body.txt");
        var ran = (await Tool.RunAsync(
            "curl",
            [
                "--silent", "--show-error", "--cacert", app.TrustFile, "--user", $"{loginId}:{password}", .. more,
                "--header", "Content-Type: application/pkcs10", "--header", "Content-Transfer-Encoding: base64",
                "--data-binary", "@" + RequestFile, "--dump-header", headers, "--output", body, "--write-out", "%{http_code}",
                address.ToString(),
            ])).Succeeded();
        var reason = (await File.ReadAllLinesAsync(headers))
            .Where(line => line.StartsWith("Densai-Reason:", StringComparison.OrdinalIgnoreCase))
            .Select(line => line.Split(':', 2)[1].Trim())
            .SingleOrDefault();
        return new EstAnswer(
            int.Parse(ran.Output, CultureInfo.InvariantCulture), reason, File.Exists(body) ? await File.ReadAllTextAsync(body) : "");
    }

    /// <summary>Puts the certificate of a good answer beside its key, as a browser would have it installed.</summary>
    public async Task<CertificateFile> InstallAsync(EstAnswer answer)
    {
        var der = Path.Combine(_folder, "answer.p7");
        var file = Path.Combine(_folder, "installed.p12");
        await File.WriteAllBytesAsync(der, Convert.FromBase64String(answer.Body));
        (await Tool.RunAsync("openssl", "pkcs7", "-inform", "DER", "-in", der, "-print_certs", "-out", CertificatePemFile)).Succeeded();
        (await Tool.RunAsync(
            "openssl", "pkcs12", "-export", "-inkey", KeyFile, "-in", CertificatePemFile, "-out", file, "-passout",
            "pass:installed")).Succeeded();
        return new CertificateFile(file, "installed");
    }
}
