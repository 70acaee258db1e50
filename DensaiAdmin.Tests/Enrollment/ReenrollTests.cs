using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Hosting;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Enrollment;

/// <summary>EST <c>simplereenroll</c> over real TLS with client certificates of the demo bank.</summary>
[Web]
public class ReenrollTests
{
    private const string Renewer = "0501D00601R";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task CurlAndOpenSsl_WithTheWorldsTools_RenewVerifyAndSupersedeAtTheFirstLogin()
    {
        await using var server = await RunningServer.StartAsync();
        using var files = new TemporaryDirectory();
        await Tool.OpenSsl(
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", files.At("key.pem"), "-subj",
            "/CN=North Pacific Bank, LTD 0501D00601M", "-outform", "DER", "-out", files.At("request.der"));
        await Tool.OpenSsl("base64", "-in", files.At("request.der"), "-out", files.At("request.b64"));

        Assert.Equal("200", await CurlAsync(server, files));
        var first = await File.ReadAllBytesAsync(files.At("body"), Cancellation);
        await Tool.OpenSsl("base64", "-d", "-in", files.At("body"), "-out", files.At("answer.p7"));
        await Tool.OpenSsl("pkcs7", "-inform", "DER", "-in", files.At("answer.p7"), "-print_certs", "-out", files.At("certificate.pem"));
        var verified = await Tool.OpenSsl(
            "verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", server.DemoFile("ca.pem"), files.At("certificate.pem"));
        Assert.True(verified.ExitCode == 0, verified.All);
        var subject = await Tool.OpenSsl("x509", "-in", files.At("certificate.pem"), "-noout", "-subject");
        Assert.Contains(Renewer, subject.Output);

        // The answer was lost: the same request gets that very certificate, never a second one.
        Assert.Equal("200", await CurlAsync(server, files));
        Assert.Equal(first, await File.ReadAllBytesAsync(files.At("body"), Cancellation));

        var old = server.Client(server.DemoCertificate(Renewer));
        await server.LogInAsync(old);
        using var pem = X509Certificate2.CreateFromPemFile(files.At("certificate.pem"), files.At("key.pem"));
        await server.LogInAsync(server.Client(pem));
        using var refused = await RunningServer.GetAsync(old, "/login");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        await File.WriteAllTextAsync(files.At("request.b64"), Convert.ToBase64String(IssuingBank.NewRequest()), Cancellation);
        Assert.Equal("409", await CurlAsync(server, files));
        Assert.Contains(
            "Densai-Reason: certificate-revoked", await File.ReadAllTextAsync(files.At("headers"), Cancellation),
            StringComparison.OrdinalIgnoreCase);

        Assert.Equal(
            ["renewed", "sent-again", "certificate-revoked"],
            server.History().Where(r => r.Operation == HistoryOperation.Renewal).Select(r => r.Detail));
        Assert.Equal(
            ["0501d00601m@example.jp", "0501d00601r@example.jp"],
            (await server.MailsAsync(MailKind.CertificateRenewed)).Select(m => m.Address).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Refusals_HaveTheirStatusCodeAndOneLine()
    {
        await using var server = await RunningServer.StartAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var foreign = new CertificateRequest(
            "CN=\"North Pacific Bank, LTD 0501D00601R\"", key,
            HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var renewer = server.DemoCertificate(Renewer);

        await AssertRefused(await RenewAsync(server, null), HttpStatusCode.Forbidden, "certificate-required", code: "E-1201");
        await AssertRefused(await RenewAsync(server, foreign), HttpStatusCode.Forbidden, "certificate-required", code: "E-1202");
        await AssertRefused(
            await RenewAsync(server, server.DemoCertificate("0501D00601U"), "0501D00601U"), HttpStatusCode.Conflict,
            "not-in-renewal-window", "40日前");
        await AssertRefused(
            await RenewAsync(server, server.DemoCertificate("0501D00601T"), "0501D00601T"), HttpStatusCode.Conflict, "certificate-expired");
        await AssertRefused(
            await RenewAsync(server, server.DemoCertificate("0501D00601S"), "0501D00601S"), HttpStatusCode.Conflict, "certificate-revoked");
        await AssertRefused(await RenewAsync(server, renewer, "0501D00601M"), HttpStatusCode.Unauthorized, "bad-credentials");
        await AssertRefused(
            await RenewAsync(server, renewer, password: "wrong password 123"), HttpStatusCode.Unauthorized, "bad-credentials");
        await AssertRefused(await RenewAsync(server, renewer, loginId: null), HttpStatusCode.Unauthorized, "bad-credentials");
        await AssertRefused(
            await RenewAsync(server, renewer, body: new ByteArrayContent(new byte[100_000])), HttpStatusCode.RequestEntityTooLarge,
            "bad-request");
        await AssertRefused(
            await RenewAsync(server, renewer, body: new StringContent("abcd", Encoding.ASCII, "text/plain")),
            HttpStatusCode.UnsupportedMediaType, "bad-request");
        await AssertRefused(await RenewAsync(server, renewer, body: Body([1, 2, 3])), HttpStatusCode.BadRequest, "bad-request");
        await AssertRefused(await RenewAsync(server, renewer, body: Body([])), HttpStatusCode.BadRequest, "bad-request");
        for (var i = 0; i < 3; i++)
        {
            await AssertRefused(
                await RenewAsync(server, renewer, password: "wrong password 123"), HttpStatusCode.Unauthorized, "bad-credentials");
        }

        var locked = await RenewAsync(server, renewer);
        Assert.InRange(locked.Headers.RetryAfter!.Delta!.Value.TotalMinutes, 14, 15);
        await AssertRefused(locked, HttpStatusCode.Forbidden, "user-locked");
        Assert.DoesNotContain(server.History(), r => r is { Operation: HistoryOperation.Renewal, Result: HistoryResult.Done });
    }

    [Fact]
    public async Task EstOnTheCertificateOrigin_ServesWhatAClientNeedsBeforeItRenews()
    {
        await using var server = await RunningServer.StartAsync();
        var client = server.Client();

        using var authorities = await RunningServer.GetAsync(client, "/.well-known/est/cacerts");
        using var attributes = await RunningServer.GetAsync(client, "/.well-known/est/csrattrs");
        using var method = await RunningServer.GetAsync(client, "/.well-known/est/simplereenroll");
        using var elsewhere = await RunningServer.GetAsync(
            client, new Uri(RunningServer.Public, "/.well-known/est/simplereenroll").ToString());
        using var open = await RunningServer.GetAsync(client, "/.well-known/est/simpleenroll");

        var message = new SignedCms();
        message.Decode(Convert.FromBase64String(await authorities.Content.ReadAsStringAsync(Cancellation)));
        Assert.Equal(2, message.Certificates.Count);
        Assert.Equal(HttpStatusCode.OK, attributes.StatusCode);
        Assert.Equal((HttpStatusCode.MethodNotAllowed, "POST"), (method.StatusCode, string.Join(", ", method.Content.Headers.Allow)));
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (elsewhere.StatusCode, open.StatusCode));
    }

    private static ByteArrayContent Body(byte[] request)
    {
        var content = new ByteArrayContent(Encoding.ASCII.GetBytes(Convert.ToBase64String(request)));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/pkcs10");
        return content;
    }

    private static async Task<HttpResponseMessage> RenewAsync(
        RunningServer server, X509Certificate2? shown, string? loginId = Renewer, string password = RunningServer.LoginPassword,
        HttpContent? body = null)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            new Uri("/.well-known/est/simplereenroll", UriKind.Relative))
        { Content = body ?? Body(IssuingBank.NewRequest()) };
        if (loginId is not null)
        {
            request.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{loginId}:{password}")));
        }

        return await server.Client(shown).SendAsync(request, Cancellation);
    }

    private static async Task AssertRefused(
        HttpResponseMessage answer, HttpStatusCode status, string reason, string words = "", string code = "E-")
    {
        using (answer)
        {
            Assert.StartsWith(code, answer.Headers.GetValues("Densai-Code").Single());
            var said = await answer.Content.ReadAsStringAsync(Cancellation);
            Assert.Equal((status, reason), (answer.StatusCode, answer.Headers.GetValues("Densai-Reason").Single()));
            Assert.EndsWith("。\n", said);
            Assert.Contains(words, said);
            Assert.Single(said.TrimEnd('\n').Split('\n'));
            Assert.Equal(status == HttpStatusCode.Unauthorized, answer.Headers.WwwAuthenticate.Count == 1);
        }
    }

    /// <summary>Posts <c>request.b64</c>; body and headers go to files of these names; the answer is the status.</summary>
    private static async Task<string> CurlAsync(RunningServer server, TemporaryDirectory files)
    {
        var port = server.PortOf(RunningServer.Certificate).ToString(CultureInfo.InvariantCulture);
        var ran = await Tool.Run("curl",
        [
            "--silent", "--show-error", "--insecure", "--connect-to", $"{RunningServer.Certificate.Host}:443:127.0.0.1:{port}",
            "--cert", server.DemoFile(Renewer + ".pem"), "--user", $"{Renewer}:{RunningServer.LoginPassword}",
            "--header", "Content-Type: application/pkcs10", "--data-binary", "@" + files.At("request.b64"),
            "--dump-header", files.At("headers"), "--output", files.At("body"), "--write-out", "%{http_code}",
            new Uri(RunningServer.Certificate, "/.well-known/est/simplereenroll").ToString(),
        ]);
        Assert.True(ran.ExitCode == 0, ran.Errors);
        return ran.Output;
    }
}
