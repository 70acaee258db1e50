using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using DensaiAdmin.EnrollmentApp.Est;
using DensaiAdmin.Tests.Hosting;
using DensaiAdmin.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace DensaiAdmin.Tests.EnrollmentApp;

/// <summary>The app's EST client against the real server.</summary>
[Web]
public sealed class BankClientTests(LocalBank bank) : IClassFixture<LocalBank>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private RunningServer Server => bank.Server;

    [Fact]
    public async Task Bank_DescribesItself()
    {
        using var client = Client();

        var (information, fault) = await client.Bank.GetInformationAsync(Cancellation);

        Assert.Null(fault);
        Assert.Equal(bank.Certificate, information!.CertificateOrigin);
        Assert.InRange(information.ServerTime!.Value, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(5));
    }

    [Fact]
    public async Task Enroll_IsIssued_AndTheSameRequestAgainBringsTheSameCertificate()
    {
        using var client = Client();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = TestAuthority.Request(key);

        using var first = await IssuedAsync(client, "0501D00601N", request);
        using var second = await IssuedAsync(client, "0501D00601N", request);

        Assert.Equal(first.SerialNumber, second.SerialNumber);
        Assert.Contains("0501D00601N", first.Subject);
        using var withKey = first.CopyWithPrivateKey(key);
        Assert.Null(await client.Bank.TryHandshakeAsync(withKey, Cancellation));
        Assert.Equal(2, (await client.Bank.GetAuthoritiesAsync(Cancellation)).Authorities.Count);
    }

    [Fact]
    public async Task Enroll_WhereTheAnswerIsLost_AsksAgainAndMakesNoSecondCertificate()
    {
        using var client = Client(through: (stream, connection) => connection == 1 ? new LosingStream(stream) : stream);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = TestAuthority.Request(key);

        using var first = await IssuedAsync(client, "0501D00601S", request);

        Assert.True(client.Connections >= 2);
        using var another = Client();
        using var second = await IssuedAsync(another, "0501D00601S", request);
        Assert.Equal(first.SerialNumber, second.SerialNumber);
    }

    [Theory]
    [InlineData("0501D00601N", "wrong", "bad-credentials", "ja", "ログインIDまたはログインパスワードが違います。")]
    [InlineData("0501D00601N", "wrong", "bad-credentials", "en", "")]
    [InlineData("0501D00601U", RunningServer.LoginPassword, "certificate-active", "ja",
        "有効な電子証明書が発行済みです。その電子証明書でログインしてください。新しく発行するには、マスターユーザに失効をご依頼ください。")]
    [InlineData(
        "0501D00601T", RunningServer.LoginPassword, "certificate-expired", "ja", "電子証明書の有効期限が切れています。マスターユーザに失効を依頼し、そのあとで証明書発行を行ってください。")]
    public async Task Enroll_WhereTheBankSaysNo_HandsOverItsReason(
        string loginId, string password, string code, string language, string sentence)
    {
        using var client = Client();
        CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(language);

        var refused = Assert.IsType<EstOutcome.Refused>(await client.Bank.EnrollAsync(NewRequest(), new(loginId, password), Cancellation));

        Assert.Equal(code, refused.Code);
        Assert.NotEmpty(refused.Sentence);
        Assert.Equal(language == "en", refused.Sentence.All(char.IsAscii));
        if (sentence.Length > 0)
        {
            Assert.Equal(sentence, refused.Sentence);
        }
    }

    [Fact]
    public async Task Reenroll_WithTheOldKeyAndThePassword_IsRenewed()
    {
        using var client = Client();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        var outcome = await client.Bank.ReenrollAsync(TestAuthority.Request(key), Server.DemoCertificate("0501D00601R"),
            new("0501D00601R", RunningServer.LoginPassword), Cancellation);

        using var renewed = Assert.IsType<EstOutcome.Issued>(outcome).Certificate;
        using var withKey = renewed.CopyWithPrivateKey(key);
        Assert.Null(await client.Bank.TryHandshakeAsync(withKey, Cancellation));
        // The trial was no first use: the old one still serves.
        Assert.Null(await client.Bank.TryHandshakeAsync(Server.DemoCertificate("0501D00601R"), Cancellation));
    }

    [Fact]
    public async Task Reenroll_OutsideTheWindow_IsRefusedWithItsReason()
    {
        using var client = Client();

        var outcome = await client.Bank.ReenrollAsync(
            NewRequest(), Server.DemoCertificate("0501D00601U"), new("0501D00601U", RunningServer.LoginPassword), Cancellation);

        Assert.Equal("not-in-renewal-window", Assert.IsType<EstOutcome.Refused>(outcome).Code);
    }

    [Fact]
    public async Task Handshake_WithARevokedCertificate_SaysThatItWasNotAccepted()
    {
        using var client = Client();

        Assert.Equal(new ConnectionFault(ConnectionFaultKind.CertificateNotAccepted, "E-1204"),
            await client.Bank.TryHandshakeAsync(Server.DemoCertificate("0501D00601S"), Cancellation));
    }

    [Fact]
    public async Task CertificateOrigin_AnswersWithoutACertificate()
    {
        using var client = Client();

        Assert.Null(await client.Bank.ReachCertificateOriginAsync(Cancellation));
    }

    [Theory]
    [InlineData("0501D00601S", true)]
    [InlineData("0501D00601U", false)]
    [InlineData("0501D00601T", false)]
    public async Task Revoked_IsKnownFromTheBanksList_WithoutAPassword(string loginId, bool revoked)
    {
        using var client = Client();
        using var toList = new TestClient(bank.Public, ServerTrust.Read(Server.DemoFile("ca.pem")), _ => Server.PortOf(RunningServer.Pki));
        var (authorities, _) = await client.Bank.GetAuthoritiesAsync(Cancellation);

        Assert.Equal(revoked, await toList.Bank.IsRevokedAsync(Server.DemoCertificate(loginId), authorities, Cancellation));
        // A list that another key signed says nothing.
        using var foreign = new TestAuthority(DateTimeOffset.UtcNow);
        Assert.Null(await toList.Bank.IsRevokedAsync(
            Server.DemoCertificate(loginId),
                [.. foreign.Keys.Certificates.Select(one => X509CertificateLoader.LoadCertificate(one.Der.ToArray()))], Cancellation));
        // Nobody answers where the list should be.
        using var lost = new TestClient(bank.Public, null, _ => LocalBank.FreePort());
        Assert.Null(await lost.Bank.IsRevokedAsync(Server.DemoCertificate(loginId), authorities, Cancellation));
    }

    [Fact]
    public async Task Inspection_OnTheWay_IsToldFromARefusal_AndNamed()
    {
        // The office's box: its own CA, which the PC trusts; it asks the bank in its own name and shows no certificate there.
        using var bankSide = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true },
        });
        await using var box = await OtherServer.StartAsync(context => PassOnAsync(bankSide, context), issuer: "検査装置 CA", host: "localhost");
        using var client = new TestClient(bank.Public, box.Trust, _ => box.Port);
        var received =
            new ConnectionFault(ConnectionFaultKind.CertificateNotReceived, "検査装置 CA") { Place = $"localhost:{bank.Certificate.Port}" };
        var own = Server.DemoCertificate("0501D00601R");

        // All that needs no certificate works, which is why it was taken for the certificate's fault. Whoever has none hears of it first.
        Assert.Null((await client.Bank.GetInformationAsync(Cancellation)).Fault);
        var inspected = received with { Kind = ConnectionFaultKind.TlsIntercepted };
        Assert.Equal(inspected, await client.Bank.ReachCertificateOriginAsync(Cancellation));
        Assert.Equal(received, await client.Bank.TryHandshakeAsync(own, Cancellation));
        var renewal = await client.Bank.ReenrollAsync(NewRequest(), own, new("0501D00601R", RunningServer.LoginPassword), Cancellation);
        Assert.Equal(received, Assert.IsType<EstOutcome.NotReached>(renewal).Fault);
        Assert.Equal("検査装置 CA", client.Bank.IssuerSeen(bank.Certificate));
    }

    private static async Task PassOnAsync(HttpClient bankSide, HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        using var on =
            new HttpRequestMessage(new HttpMethod(context.Request.Method), $"https://{context.Request.Host}{context.Request.Path}");
        if (body.Length > 0)
        {
            on.Content = new ByteArrayContent(body.ToArray());
        }

        foreach (var header in context.Request.Headers.Where(header => !header.Key.Equals("Host", StringComparison.OrdinalIgnoreCase)))
        {
            if (!on.Headers.TryAddWithoutValidation(header.Key, header.Value.ToArray()))
            {
                on.Content?.Headers.TryAddWithoutValidation(header.Key, header.Value.ToArray());
            }
        }

        using var answer = await bankSide.SendAsync(on);
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var header in answer.Headers.Concat(answer.Content.Headers)
            .Where(header => header.Key is not ("Transfer-Encoding" or "Content-Length")))
        {
            context.Response.Headers[header.Key] = header.Value.ToArray();
        }

        await context.Response.Body.WriteAsync(await answer.Content.ReadAsByteArrayAsync());
    }

    private static byte[] NewRequest()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return TestAuthority.Request(key);
    }

    private static async Task<X509Certificate2> IssuedAsync(TestClient client, string loginId, byte[] request) =>
        Assert.IsType<EstOutcome.Issued>(await client.Bank.EnrollAsync(request, new(loginId, RunningServer.LoginPassword), Cancellation))
            .Certificate;

    private TestClient Client(Func<Stream, int, Stream>? through = null) =>
        new(bank.Public, ServerTrust.Read(Server.DemoFile("ca.pem")), portOf: through is null
            ? null
            : _ => bank.Public.Port, through: through);
}

/// <summary>The server under the names and ports that its own TLS certificate is for.</summary>
public sealed class LocalBank : IAsyncLifetime
{
    public RunningServer Server { get; private set; } = null!;

    public Uri Public { get; } = new($"https://localhost:{FreePort()}/");

    public Uri Certificate { get; } = new($"https://localhost:{FreePort()}/");

    public async ValueTask InitializeAsync() =>
        Server = await RunningServer.StartAsync(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Endpoints:Public"] = Public.ToString(),
            ["Endpoints:Certificate"] = Certificate.ToString(),
            ["Listen:Public"] = $"https://127.0.0.1:{Public.Port}",
            ["Listen:Certificate"] = $"https://127.0.0.1:{Certificate.Port}",
        });

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    internal static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>The client where the way to the bank, or what stands there, is not as it should be.</summary>
[Web]
public sealed class BankFaultTests
{
    private static readonly Uri Public = new("https://public.test/");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Server_OfAnotherIssuer_IsNamedAndGetsNothing()
    {
        var requests = 0;
        await using var other = await OtherServer.StartAsync(
            _ =>
            {
                requests++;
                return Task.CompletedTask;
            },
            issuer: "検査装置 CA");
        await using var bank = await OtherServer.StartAsync(_ => Task.CompletedTask);
        using var client = new TestClient(Public, bank.Trust, _ => other.Port);

        var outcome = await EnrollAsync(client);

        Assert.Equal(new ConnectionFault(ConnectionFaultKind.TlsIntercepted, "検査装置 CA") { Place = "public.test:443" }, FaultOf(outcome));
        Assert.Equal(0, requests);
    }

    [Fact]
    public async Task Server_OfAnotherName_GetsNothing()
    {
        await using var other = await OtherServer.StartAsync(_ => Task.CompletedTask, host: "elsewhere.test");
        using var client = new TestClient(Public, other.Trust, _ => other.Port);

        Assert.Equal(ConnectionFaultKind.TlsIntercepted, FaultOf(await EnrollAsync(client)).Kind);
    }

    [Fact]
    public async Task Server_NotTrustedByTheSystem_IsRefusedWithoutAStamp()
    {
        await using var other = await OtherServer.StartAsync(_ => Task.CompletedTask);
        using var client = new TestClient(Public, trust: null, _ => other.Port);

        Assert.Equal(new ConnectionFault(ConnectionFaultKind.TlsIntercepted, "Other Root CA") { Place = "public.test:443" },
            FaultOf(await EnrollAsync(client)));
    }

    [Theory]
    [InlineData(90)]
    [InlineData(-90)]
    public async Task Clock_FarOff_IsToldWithItsDifference(int days)
    {
        var paths = new List<string>();
        await using var other = await OtherServer.StartAsync(context =>
        {
            paths.Add(context.Request.Method + context.Request.Path);
            return Task.CompletedTask;
        });
        using var client = new TestClient(Public, other.Trust, _ => other.Port, new HastyTime(TimeSpan.FromDays(days)));

        var fault = FaultOf(await EnrollAsync(client));
        Assert.Equal(ConnectionFaultKind.ClockWrong, fault.Kind);
        // The bank says its time in whole seconds, a moment earlier.
        Assert.InRange(fault.ClockAhead!.Value - TimeSpan.FromDays(days), TimeSpan.Zero, TimeSpan.FromMinutes(1));
        Assert.Equal(["HEAD/enrollment.json"], paths);
    }

    [Fact]
    public async Task Server_WithACertificateThatRanOut_IsNotBlamedOnTheClock()
    {
        await using var other = await OtherServer.StartAsync(_ => Task.CompletedTask, notAfter: DateTimeOffset.UtcNow.AddHours(-1));
        using var client = new TestClient(Public, other.Trust, _ => other.Port);

        Assert.Equal(new ConnectionFault(ConnectionFaultKind.ServerDown, "TLS"), FaultOf(await EnrollAsync(client)));
    }

    [Fact]
    public async Task Server_ThatIsDown_IsTriedThreeTimes()
    {
        int port;
        await using (var gone = await OtherServer.StartAsync(_ => Task.CompletedTask))
        {
            port = gone.Port;
        }

        using var client = new TestClient(Public, null, _ => port);

        Assert.Equal(ConnectionFaultKind.ServerDown, FaultOf(await EnrollAsync(client)).Kind);
        Assert.Equal(3, client.Connections);
    }

    [Fact]
    public async Task Server_ThatIsBusy_IsAskedAgainWhenItSaid()
    {
        var asked = 0;
        await using var other = await OtherServer.StartAsync(context =>
        {
            asked++;
            context.Response.StatusCode = 503;
            context.Response.Headers.RetryAfter = "10";
            context.Response.Headers["Densai-Reason"] = "unavailable";
            return Task.CompletedTask;
        });
        var time = new HastyTime();
        using var client = new TestClient(Public, other.Trust, _ => other.Port, time);

        Assert.Equal(new ConnectionFault(ConnectionFaultKind.ServerDown, "HTTP 503"), FaultOf(await EnrollAsync(client)));
        Assert.Equal(3, asked);
        Assert.Equal([TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10)], time.Waits);
    }

    [Fact]
    public async Task Server_ThatIsBusyForLong_IsNotWaitedFor()
    {
        var asked = 0;
        await using var other = await OtherServer.StartAsync(context =>
        {
            asked++;
            context.Response.StatusCode = 503;
            context.Response.Headers.RetryAfter = "120";
            return Task.CompletedTask;
        });
        using var client = new TestClient(Public, other.Trust, _ => other.Port);

        Assert.Equal(ConnectionFaultKind.ServerDown, FaultOf(await EnrollAsync(client)).Kind);
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task Redirection_IsNotFollowed()
    {
        var hosts = new List<string>();
        await using var other = await OtherServer.StartAsync(context =>
        {
            hosts.Add(context.Request.Host.Value!);
            context.Response.Redirect("https://elsewhere.test/");
            return Task.CompletedTask;
        });
        using var client = new TestClient(Public, other.Trust, _ => other.Port);

        Assert.Equal(new ConnectionFault(ConnectionFaultKind.NotUnderstood, "HTTP 302"), FaultOf(await EnrollAsync(client)));
        Assert.Equal(["public.test"], hosts);
    }

    [Theory]
    [InlineData("text/html", "<p>ようこそ</p>")]
    [InlineData("application/pkcs7-mime", "not base64!")]
    [InlineData("application/pkcs7-mime", "MAMCAQE=")]
    public async Task Answer_ThatIsNoneOfEst_IsNotUnderstood(string type, string body)
    {
        await using var other = await OtherServer.StartAsync(context =>
        {
            context.Response.ContentType = type;
            return context.Response.WriteAsync(body);
        });
        using var client = new TestClient(Public, other.Trust, _ => other.Port);

        Assert.Equal(new ConnectionFault(ConnectionFaultKind.NotUnderstood, "HTTP 200"), FaultOf(await EnrollAsync(client)));
        Assert.Equal(ConnectionFaultKind.NotUnderstood, (await client.Bank.GetAuthoritiesAsync(Cancellation)).Fault?.Kind);
        Assert.Equal(ConnectionFaultKind.NotUnderstood, (await client.Bank.GetInformationAsync(Cancellation)).Fault?.Kind);
    }

    [Fact]
    public async Task Answer_WithoutEnd_IsNotRead()
    {
        await using var other = await OtherServer.StartAsync(async context =>
        {
            var piece = new byte[64 * 1024];
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(piece, context.RequestAborted);
            }
        });
        using var client = new TestClient(Public, other.Trust, _ => other.Port);

        Assert.Equal(ConnectionFaultKind.NotUnderstood, FaultOf(await EnrollAsync(client)).Kind);
    }

    [Fact]
    public async Task Certificate_ForAnotherKey_OrOfAnotherAuthority_IsNotTaken()
    {
        using var bank = new TestAuthority(DateTimeOffset.UtcNow);
        using var foreign = new TestAuthority(DateTimeOffset.UtcNow);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var answered = bank.Issue().Der.ToArray();
        await using var other = await OtherServer.StartAsync(
            context => SendAsync(context, context.Request.Path.Value!.EndsWith("cacerts", StringComparison.Ordinal)
            ? [.. bank.Keys.Certificates.Select(authority => authority.Der.ToArray())]
            : [answered]));
        using var client = new TestClient(Public, other.Trust, _ => other.Port);

        Assert.Equal(ConnectionFaultKind.NotUnderstood, FaultOf(await EnrollAsync(client, TestAuthority.Request(key))).Kind);
        answered = foreign.Issue(foreign.NewRequest(key: foreign.NewKey(key))).Der.ToArray();
        Assert.Equal(ConnectionFaultKind.NotUnderstood, FaultOf(await EnrollAsync(client, TestAuthority.Request(key))).Kind);
        answered = bank.Issue(bank.NewRequest(key: bank.NewKey(key))).Der.ToArray();
        Assert.IsType<EstOutcome.Issued>(await EnrollAsync(client, TestAuthority.Request(key)));
    }

    private static Task SendAsync(HttpContext context, IEnumerable<byte[]> certificates)
    {
        var all = new X509Certificate2Collection();
        all.AddRange(certificates.Select(der => X509CertificateLoader.LoadCertificate(der)).ToArray());
        context.Response.ContentType = "application/pkcs7-mime; smime-type=certs-only";
        return context.Response.WriteAsync(
            Convert.ToBase64String(all.Export(X509ContentType.Pkcs7)!, Base64FormattingOptions.InsertLineBreaks), Encoding.ASCII);
    }

    private static async Task<EstOutcome> EnrollAsync(TestClient client, byte[]? request = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return await client.Bank.EnrollAsync(
            request ?? TestAuthority.Request(key), new("0501D00601N", RunningServer.LoginPassword), Cancellation);
    }

    private static ConnectionFault FaultOf(EstOutcome outcome) => Assert.IsType<EstOutcome.NotReached>(outcome).Fault;
}
