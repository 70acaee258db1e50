using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Tests.Pki;
using DensaiAdmin.Tests.Support;
using DensaiAdmin.Web.Enrollment;

namespace DensaiAdmin.Tests.Enrollment;

[Web]
public class EstTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task CurlAndOpenSsl_WithTheWorldsTools_EnrolVerifyAndAreRefusedAfterwards()
    {
        await using var server = await IssuingServer.StartAsync(TimeProvider.System.GetUtcNow());
        using var files = new TemporaryDirectory();
        var request = files.At("request.b64");
        await Tool.OpenSsl(
            "req", "-new", "-newkey", "rsa:3072", "-nodes", "-keyout", files.At("key.pem"), "-subj", "/CN=whoever asks", "-outform", "DER",
            "-out", files.At("request.der"));
        await Tool.OpenSsl("base64", "-in", files.At("request.der"), "-out", request);

        Assert.Equal("200", await Curl(
            files, "--user", $"0501D00601U:{TestBank.LoginPassword}", "--header", "Content-Type: application/pkcs10", "--header",
            "Content-Transfer-Encoding: base64", "--data-binary", "@" + request, server.Est("simpleenroll").ToString()));
        await Tool.OpenSsl("base64", "-d", "-in", files.At("body"), "-out", files.At("answer.p7"));
        await Tool.OpenSsl("pkcs7", "-inform", "DER", "-in", files.At("answer.p7"), "-print_certs", "-out", files.At("certificate.pem"));

        Assert.Equal("200", await Curl(files, server.Est("cacerts").ToString()));
        await Tool.OpenSsl("base64", "-d", "-in", files.At("body"), "-out", files.At("ca.p7"));
        await Tool.OpenSsl("pkcs7", "-inform", "DER", "-in", files.At("ca.p7"), "-print_certs", "-out", files.At("ca.pem"));
        Assert.Equal("200", await Curl(files, new Uri(server.Pki, "/pki/ca.crl").ToString()));
        File.Copy(files.At("body"), files.At("ca.crl"));
        Assert.Equal("200", await Curl(files, new Uri(server.Pki, "/pki/root.crl").ToString()));
        foreach (var (from, to) in new[] { ("ca.crl", "1.pem"), ("body", "2.pem") })
        {
            await Tool.OpenSsl("crl", "-inform", "DER", "-in", files.At(from), "-out", files.At(to));
        }

        var crls = files.Write(
            "crls.pem",
            await File.ReadAllTextAsync(files.At("1.pem"), Cancellation) + await File.ReadAllTextAsync(files.At("2.pem"), Cancellation));
        var verified = await Tool.OpenSsl(
            "verify", "-x509_strict", "-purpose", "sslclient", "-crl_check_all", "-CAfile", files.At("ca.pem"), "-CRLfile", crls,
            files.At("certificate.pem"));
        Assert.Equal(0, verified.ExitCode);
        var chain = files.Write("chain.pem", await File.ReadAllTextAsync(
            files.At("certificate.pem"),
            Cancellation) + server.Bank.Authorities.Current.ToPem() + "\n" + server.Bank.Authorities.Root.ToPem() + "\n");
        var root = files.Write("root.pem", server.Bank.Authorities.Root.ToPem());
        var second = await Tool.Run(
            "certtool", ["--verify", "--verify-profile=medium", "--load-ca-certificate", root, "--load-crl", crls, "--infile", chain]);
        Assert.Contains("Chain verification output: Verified.", second.All);

        await server.Bank.Revoke(server.Bank.User);
        Assert.True(await server.Bank.Signal.WaitForAsync(server.Bank.Bank.Now, TimeSpan.FromSeconds(30), Cancellation));
        await Curl(files, new Uri(server.Pki, "/pki/ca.crl").ToString());
        await Tool.OpenSsl("crl", "-inform", "DER", "-in", files.At("body"), "-out", crls);
        var revoked = await Tool.OpenSsl(
            "verify", "-x509_strict", "-purpose", "sslclient", "-crl_check", "-CAfile", files.At("ca.pem"), "-CRLfile", crls,
            files.At("certificate.pem"));
        Assert.Contains("certificate revoked", revoked.All);
    }

    [Theory]
    [InlineData(Base64FormattingOptions.None, "\n", null)]
    [InlineData(Base64FormattingOptions.InsertLineBreaks, "\r\n", "base64")]
    [InlineData(Base64FormattingOptions.InsertLineBreaks, "\n", "binary")]
    public async Task SimpleEnroll_Base64InAnyDress_Issues(Base64FormattingOptions lines, string newLine, string? transferEncoding)
    {
        await using var server = await IssuingServer.StartAsync();
        var body = Convert.ToBase64String(IssuingBank.NewRequest(), lines).ReplaceLineEndings(newLine);

        using var answer = await EnrollAsync(
            server, new StringContent(body, Encoding.ASCII, "application/pkcs10"), transferEncoding: transferEncoding);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/pkcs7-mime; smime-type=certs-only", answer.Content.Headers.ContentType!.ToString());
        var message = new SignedCms();
        message.Decode(Convert.FromBase64String(await answer.Content.ReadAsStringAsync(Cancellation)));
        Assert.Equal(server.Bank.Stored()[0].Der, Assert.Single(message.Certificates).RawData);
    }

    [Theory]
    [InlineData("PEM")]
    [InlineData("DER")]
    [InlineData("UTF-16")]
    public async Task SimpleEnroll_BodyThatIsNoBase64ButARequest_Issues(string dress)
    {
        await using var server = await IssuingServer.StartAsync();
        var request = IssuingBank.NewRequest();
        var body = new ByteArrayContent(dress switch
        {
            "PEM" => Encoding.ASCII.GetBytes(PemEncoding.WriteString("CERTIFICATE REQUEST", request)),
            "DER" => request,
            _ => Encoding.Unicode.GetBytes(Convert.ToBase64String(request)),
        });
        body.Headers.ContentType = new MediaTypeHeaderValue("application/pkcs10");

        using var answer = await EnrollAsync(server, body);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Single(server.Bank.Stored());
    }

    [Fact]
    public async Task SimpleEnroll_EachCauseOfABadRequest_HasItsOwnSentenceAndCode()
    {
        await using var server = await IssuingServer.StartAsync();
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rsa = RSA.Create(2048);
        using var small = RSA.Create(1024);
        using var odd = ECDsa.Create(ECCurve.NamedCurves.nistP521);
        Func<byte[], byte[]> Signed(ECDsa key) =>
            info => key.SignData(info, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        var pss = new CertificateRequest("CN=x", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pss).CreateSigningRequest();
        var sha1 = HostileRequest.Build(
            rsa.ExportSubjectPublicKeyInfo(), info => rsa.SignData(info, HashAlgorithmName.SHA1, RSASignaturePadding.Pkcs1),
            "1.2.840.113549.1.1.5", nullParameters: true);
        var bodies = new Dictionary<string, byte[]>(StringComparer.Ordinal)
        {
            ["PEM(BEGIN"] = "no base64 !"u8.ToArray(),
            ["RFC 2986"] = [0x30, 0x03, 0x02, 0x01, 0x00],
            ["version 0"] = HostileRequest.Build(ec.ExportSubjectPublicKeyInfo(), Signed(ec), version: 1),
            ["SHA-1"] = sha1,
            ["RSA-PSS"] = pss,
            ["署名アルゴリズム"] = HostileRequest.Build(ec.ExportSubjectPublicKeyInfo(), Signed(ec), "1.2.3.4"),
            ["公開鍵と一致しません"] = HostileRequest.Build(ec.ExportSubjectPublicKeyInfo(), Signed(odd)),
            ["2048・3072・4096 ビットのいずれか"] = TestAuthority.Request(small),
            ["P-256 または P-384"] = HostileRequest.Build(odd.ExportSubjectPublicKeyInfo(), Signed(odd)),
        };

        var (sentences, codes) = (new HashSet<string>(), new HashSet<string>());
        foreach (var (words, octets) in bodies)
        {
            var body = new ByteArrayContent(octets);
            body.Headers.ContentType = new MediaTypeHeaderValue("application/pkcs10");
            using var answer = await EnrollAsync(server, body);
            var said = await answer.Content.ReadAsStringAsync(Cancellation);

            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            Assert.Contains(words, said, StringComparison.Ordinal);
            Assert.True(sentences.Add(said), said);
            Assert.True(codes.Add(answer.Headers.GetValues("Densai-Code").Single()), said);
        }
    }

    [Fact]
    public void Words_OfEachCauseOfABadRequest_DifferInBothLanguages()
    {
        var causes = Enum.GetValues<CertificationRequestRefusal>();

        foreach (var words in new Func<string, string>[] { EstText.Japanese, EstText.English })
        {
            var said = causes.Select(cause => words("Request_" + cause)).ToList();
            Assert.All(said, text => Assert.False(text.StartsWith("Request_", StringComparison.Ordinal), text));
            Assert.Equal(said.Count, said.Distinct(StringComparer.Ordinal).Count());
        }
    }

    [Fact]
    public async Task CsrAttrs_NamesTheKeyWeWouldLike()
    {
        await using var server = await IssuingServer.StartAsync();
        using var files = new TemporaryDirectory();

        using var answer = await server.Client.GetAsync(server.Est("csrattrs"), Cancellation);

        Assert.Equal("application/csrattrs", answer.Content.Headers.ContentType!.ToString());
        var parsed = await Tool.OpenSsl(
            "asn1parse", "-inform", "DER", "-in",
            files.Write("attrs", Convert.FromBase64String(await answer.Content.ReadAsStringAsync(Cancellation))));
        Assert.Contains("prime256v1", parsed.Output);
    }

    [Fact]
    public async Task Refusals_HaveTheirStatusCodeAndOneLine()
    {
        await using var server = await IssuingServer.StartAsync();
        var bank = server.Bank;
        var other = await bank.Bank.AddCompany("0501D00900", AuthenticationMethod.IdAndPassword);
        await bank.Bank.AddUser("0501D00900M", other);
        var held = IssuingBank.NewRequest();
        await bank.Issue(held, "0501D00601M");
        using var small = RSA.Create(1024);

        await AssertRefused(await EnrollAsync(server, Body([1, 2, 3])), HttpStatusCode.BadRequest, "bad-request");
        await AssertRefused(
            await EnrollAsync(server, new StringContent("no base64 !", Encoding.ASCII, "application/pkcs10")), HttpStatusCode.BadRequest,
            "bad-request");
        await AssertRefused(
            await EnrollAsync(server, new StringContent("", Encoding.ASCII, "application/pkcs10")), HttpStatusCode.BadRequest,
            "bad-request");
        await AssertRefused(
            await EnrollAsync(server, new StringContent("abcd", Encoding.ASCII, "text/plain")), HttpStatusCode.UnsupportedMediaType,
            "bad-request");
        await AssertRefused(await EnrollAsync(server, Body(TestAuthority.Request(small))), HttpStatusCode.BadRequest, "key-not-accepted");
        await AssertRefused(await EnrollAsync(server, password: "wrong password 123"), HttpStatusCode.Unauthorized, "bad-credentials");
        await AssertRefused(await EnrollAsync(server, password: new string('x', 5000)), HttpStatusCode.Unauthorized, "bad-credentials");
        await AssertRefused(await EnrollAsync(server, loginId: "nobody"), HttpStatusCode.Unauthorized, "bad-credentials");
        await AssertRefused(await EnrollAsync(server, loginId: "0501D00900M"), HttpStatusCode.Forbidden, "method-not-certificate");
        await AssertRefused(await EnrollAsync(server, Body(held)), HttpStatusCode.Conflict, "key-reused");
        await AssertRefused(await EnrollAsync(server, loginId: "0501D00601M"), HttpStatusCode.Conflict, "certificate-active");
        await bank.Bank.Act(work => work.Db.Users.Single(u => u.Id == bank.User.Id).Suspend(work.Now));
        await AssertRefused(await EnrollAsync(server), HttpStatusCode.Forbidden, "user-suspended");
        bank.Bank.Clock.Advance(TimeSpan.FromDays(400));
        await AssertRefused(await EnrollAsync(server, loginId: "0501D00601M"), HttpStatusCode.Conflict, "certificate-expired");

        for (var i = 0; i < 5; i++)
        {
            await AssertRefused(await EnrollAsync(server, password: "wrong password 123"), HttpStatusCode.Unauthorized, "bad-credentials");
        }

        var locked = await EnrollAsync(server);
        Assert.Equal(TimeSpan.FromMinutes(15), locked.Headers.RetryAfter?.Delta);
        await AssertRefused(locked, HttpStatusCode.Forbidden, "user-locked");
        bank.Passwords.OpenAttemptsPerSourceAndMinute = 1;
        var throttled = await EnrollAsync(server);
        Assert.InRange(throttled.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        await AssertRefused(throttled, HttpStatusCode.TooManyRequests, "too-many-requests");
    }

    [Fact]
    public async Task BadCredentials_UnknownAndWrong_AnswerTheSameOctets()
    {
        await using var server = await IssuingServer.StartAsync();

        using var wrong = await EnrollAsync(server, password: "wrong password 123");
        using var unknown = await EnrollAsync(server, loginId: "nobody");
        using var none = await server.Client.PostAsync(server.Est("simpleenroll"), Body(IssuingBank.NewRequest()), Cancellation);
        using var broken = await EnrollAsync(server, authorization: "Basic %%%");
        using var notUtf8 = await EnrollAsync(server, authorization: "Basic " + Convert.ToBase64String([0xFF, (byte)':', 0xFE]));

        var expected = await DescribeAsync(wrong);
        Assert.Contains("WWW-Authenticate: Basic realm=\"DensaiAdmin\", charset=\"UTF-8\"", expected);
        foreach (var answer in new[] { unknown, none, broken, notUtf8 })
        {
            Assert.Equal(expected, await DescribeAsync(answer));
        }
    }

    [Fact]
    public async Task Credentials_InUtf8WithColonsInThePassword_AreRead()
    {
        await using var server = await IssuingServer.StartAsync();
        await server.Bank.Bank.AddUser("0501D00601Z", server.Bank.Company, loginPassword: TestBank.CheapHash("合言葉:は:ひみつです。ながいほう"));

        using var answer = await EnrollAsync(server, loginId: "0501d00601z", password: "合言葉:は:ひみつです。ながいほう");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData(null, "ログインIDまたはログインパスワードが違います。\n")]
    [InlineData("ja, en;q=0.9", "ログインIDまたはログインパスワードが違います。\n")]
    [InlineData("fr", "ログインIDまたはログインパスワードが違います。\n")]
    [InlineData("en-US, ja;q=0.5", "The login ID or the login password is wrong.\n")]
    public async Task Refusal_SpeaksTheRequestsLanguage(string? accepted, string words)
    {
        await using var server = await IssuingServer.StartAsync();

        using var answer = await EnrollAsync(server, loginId: "nobody", language: accepted);

        Assert.Equal(words, await answer.Content.ReadAsStringAsync(Cancellation));
    }

    [Theory]
    [InlineData("X-Plain: yes")]
    [InlineData("Transfer-Encoding: chunked")]
    public async Task Body_OfAMegabyte_IsRefused(string header)
    {
        await using var server = await IssuingServer.StartAsync();
        using var files = new TemporaryDirectory();
        var big = files.Write("big", new byte[1024 * 1024]);

        Assert.Equal("413", await Curl(
            files, "--header", "Content-Type: application/pkcs10", "--header", header, "--data-binary", "@" + big,
            server.Est("simpleenroll").ToString()));

        Assert.Contains("Densai-Reason: bad-request", await File.ReadAllTextAsync(files.At("headers"), Cancellation));
    }

    [Theory]
    [InlineData("Content-Length: 1000000", 0)]
    [InlineData("Transfer-Encoding: chunked", 65537)]
    public async Task Body_TooLong_IsRefusedWithoutWaitingForTheRest(string length, int sent)
    {
        await using var server = await IssuingServer.StartAsync();
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(server.Public.Host, server.Public.Port, Cancellation);
        await using var stream = client.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"POST /.well-known/est/simpleenroll HTTP/1.1\r\nHost: {server.Public.Authority}\r\n"
                    + $"Content-Type: application/pkcs10\r\n{length}\r\n\r\n"),
            Cancellation);
        if (sent > 0)
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"100000\r\n{new string('A', sent)}"), Cancellation);
        }

        using var reader = new StreamReader(stream);
        Assert.StartsWith("HTTP/1.1 413 ", await reader.ReadLineAsync(Cancellation));
    }

    [Theory]
    [InlineData("simpleenroll", "GET", "POST")]
    [InlineData("cacerts", "POST", "GET, HEAD")]
    [InlineData("csrattrs", "POST", "GET, HEAD")]
    public async Task Method_Wrong_IsRefusedHereAndAWrongAddressElsewhere(string operation, string method, string allowed)
    {
        await using var server = await IssuingServer.StartAsync();

        using var here = await server.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), server.Est(operation)), Cancellation);
        using var elsewhere = await server.Client.GetAsync(new Uri(server.Pki, $"/.well-known/est/{operation}"), Cancellation);

        Assert.Equal((HttpStatusCode.MethodNotAllowed, allowed), (here.StatusCode, string.Join(", ", here.Content.Headers.Allow)));
        await AssertRefused(elsewhere, HttpStatusCode.NotFound, "wrong-address");
    }

    [Fact]
    public async Task SimpleEnroll_StoreFails_SaysSoAndHandsNothingOut()
    {
        await using var server = await IssuingServer.StartAsync();
        server.Bank.Bank.Sql($"CREATE TRIGGER fault BEFORE INSERT ON Certificates BEGIN SELECT RAISE(ABORT, 'disk fault'); END");

        using var answer = await EnrollAsync(server);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("text/plain; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        Assert.Empty(server.Bank.Stored());
    }

    private static ByteArrayContent Body(byte[] request)
    {
        var content = new ByteArrayContent(Encoding.ASCII.GetBytes(Convert.ToBase64String(request)));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/pkcs10");
        return content;
    }

    private static async Task<HttpResponseMessage> EnrollAsync(
        IssuingServer server, HttpContent? body = null, string loginId = "0501D00601U", string password = TestBank.LoginPassword,
        string? authorization = null, string? language = null, string? transferEncoding = null)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post, server.Est("simpleenroll"))
        { Content = body ?? Body(IssuingBank.NewRequest()) };
        request.Headers.TryAddWithoutValidation(
            "Authorization", authorization ?? "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{loginId}:{password}")));
        if (language is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept-Language", language);
        }

        if (transferEncoding is not null)
        {
            request.Content.Headers.TryAddWithoutValidation("Content-Transfer-Encoding", transferEncoding);
        }

        return await server.Client.SendAsync(request, Cancellation);
    }

    private static async Task AssertRefused(HttpResponseMessage answer, HttpStatusCode status, string reason)
    {
        using (answer)
        {
            var body = await answer.Content.ReadAsStringAsync(Cancellation);
            Assert.Equal((status, reason), (answer.StatusCode, answer.Headers.GetValues("Densai-Reason").Single()));
            Assert.Equal("text/plain; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
            Assert.EndsWith("。\n", body);
            Assert.Single(body.TrimEnd('\n').Split('\n'));
            Assert.Equal(status == HttpStatusCode.Unauthorized, answer.Headers.WwwAuthenticate.Count == 1);
        }
    }

    private static async Task<string> DescribeAsync(HttpResponseMessage answer)
    {
        var headers = answer.Headers.Concat(answer.Content.Headers).Where(h => h.Key != "Date")
            .Select(h => $"{h.Key}: {string.Join(",", h.Value)}").Order(StringComparer.Ordinal);
        return $"{(int)answer.StatusCode}\n{string.Join('\n', headers)}\n\n{await answer.Content.ReadAsStringAsync(Cancellation)}";
    }

    /// <summary>Body and headers go to files of these names; the answer is the status.</summary>
    private static async Task<string> Curl(TemporaryDirectory files, params string[] arguments)
    {
        var ran = await Tool.Run(
            "curl",
            [
                "--silent", "--show-error", "--dump-header", files.At("headers"), "--output", files.At("body"),
                "--write-out", "%{http_code}", .. arguments,
            ]);
        Assert.True(ran.ExitCode == 0, ran.Errors);
        return ran.Output;
    }
}
