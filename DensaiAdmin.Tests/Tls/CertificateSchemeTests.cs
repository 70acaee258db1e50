using System.Net;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Tests.Hosting;
using DensaiAdmin.Tests.Support;
using DensaiAdmin.Web.Tls;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Certificate;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace DensaiAdmin.Tests.Tls;

/// <summary>What the scheme says of the certificate of a connection, in real TLS, and what a session makes of it.</summary>
[Web]
public sealed class CertificateSchemeTests(CertificateSchemeTests.Watched watched) : IClassFixture<CertificateSchemeTests.Watched>
{
    private const string Owner = "0501D60001M";
    private const string Expired = "0501D00601T";
    private const string ServerAuth = "1.3.6.1.5.5.7.3.1";

    private readonly RunningServer _server = watched.Server;

    /// <summary>What is shown; whether it chains to our root for client authentication, and what BLGI003 says.</summary>
    public static TheoryData<string, bool, string> Shown => new()
    {
        { "another user's", true, "" },
        { "expired", true, ErrorCodes.CertificateExpired.ToString() },
        { "unknown", true, ErrorCodes.CertificateUnknown.ToString() },
        // A chain alone takes it for a leaf; the profile does not.
        { "a CA's", true, ErrorCodes.CertificateProfileWrong.ToString() },
        { "server's", false, ErrorCodes.CertificateProfileWrong.ToString() },
        { "foreign", false, ErrorCodes.CertificateNotOurs.ToString() },
        { "self-signed", false, ErrorCodes.CertificateNotOurs.ToString() },
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Challenge_AndEveryOtherDefault_IsTheSessions()
    {
        var schemes = _server.Services.GetRequiredService<IAuthenticationSchemeProvider>();
        Assert.Equal(["session", "certificate"], (await schemes.GetAllSchemesAsync()).Select(s => s.Name));
        Assert.Equal("session", (await schemes.GetDefaultAuthenticateSchemeAsync())?.Name);
        Assert.Equal("session", (await schemes.GetDefaultChallengeSchemeAsync())?.Name);
        Assert.Equal("session", (await schemes.GetDefaultForbidSchemeAsync())?.Name);
    }

    [Fact]
    public async Task OwnCertificate_IsToldByItsSha256_AndItsSessionCounts()
    {
        using var certificate = Make("own");
        var client = _server.Client(certificate);
        var session = await _server.LogInAsync(client);

        Assert.Equal(FingerprintOf(certificate), (await watched.AskAsync(client)).Fingerprint);
        using var home = await RunningServer.GetWithSessionAsync(client, "/", session);
        Assert.Equal(HttpStatusCode.OK, home.StatusCode);
    }

    [Theory]
    [MemberData(nameof(Shown))]
    public async Task OtherCertificate_IsToldForWhatItIs_AndEndsTheSessionItBrings(string which, bool chains, string code)
    {
        using var certificate = Make(which);
        var client = _server.Client(certificate);
        Assert.Equal(chains ? FingerprintOf(certificate) : null, (await watched.AskAsync(client)).Fingerprint);
        using var unknown = await RunningServer.GetAsync(client, "/");
        Assert.Equal((HttpStatusCode.SeeOther, "/login"), (unknown.StatusCode, unknown.Headers.Location?.ToString()));
        using var login = await RunningServer.GetAsync(client, "/login");
        await CheckLoginAsync(login, code);

        await CheckStolenAsync(client);
    }

    [Fact]
    public async Task NoCertificate_IsNothing_AndEndsTheSessionItBrings()
    {
        var client = _server.Client();
        Assert.Equal("none", (await watched.AskAsync(client)).Result);
        using var login = await RunningServer.GetAsync(client, "/login");
        await CheckLoginAsync(login, ErrorCodes.CertificateMissing.ToString());

        await CheckStolenAsync(client);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("another user's")]
    public async Task ForwardedCertificate_IsNotLookedAt(string? shown)
    {
        using var certificate = Make("own");
        using var other = shown is null ? null : Make(shown);
        var client = _server.Client(other);
        foreach (var header in new[] { "X-ARR-ClientCert", "X-Client-Cert", "Client-Cert", "X-SSL-CERT", "X-Forwarded-Client-Cert" })
        {
            var forwarded = Convert.ToBase64String(certificate.RawData);
            Assert.Equal(other is null ? null : FingerprintOf(other), (await watched.AskAsync(client, (header, forwarded))).Fingerprint);
        }

        var session = await _server.LogInAsync(_server.Client(certificate));
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/", UriKind.Relative));
        request.Headers.Add("Cookie", "__Host-densai-cert=" + session);
        request.Headers.Add("X-ARR-ClientCert", Convert.ToBase64String(certificate.RawData));
        using var home = await client.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.SeeOther, home.StatusCode);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task RequestsOfOneConnection_AreToldWhatItsHandshakeFound_WithoutAnotherChain(int version)
    {
        foreach (var which in new[] { "another user's", "foreign" })
        {
            using var certificate = Make(which);
            var client = _server.Client(certificate, version);
            var chains = watched.Chains;
            var first = await watched.AskAsync(client);
            var second = await watched.AskAsync(client);
            Assert.Equal(first, second);
            Assert.Equal(chains, watched.Chains);
        }
    }

    /// <summary>
    /// The library's own evaluation, of which no request of a connection has need: with our options it finds what the handshake does. That
    /// it is counted here shows that it would be above.
    /// </summary>
    [Theory]
    [MemberData(nameof(Shown))]
    public async Task CertificateWithoutAHandshake_IsEvaluatedByTheLibraryToTheSame_AndBelongsToNoSession(
        string which, bool chains, string code)
    {
        Assert.NotNull(code);
        using var certificate = Make(which);
        await using var scope = _server.Services.CreateAsyncScope();
        var context = new DefaultHttpContext
        {
            RequestServices = scope.ServiceProvider,
            Request = { Scheme = "https" },
            Connection = { ClientCertificate = certificate },
        };
        var built = watched.Chains;

        var result = await context.AuthenticateAsync("certificate");

        Assert.Equal(chains, result.Succeeded);
        Assert.Equal(built + 1, watched.Chains);
        Assert.Null(result.Principal?.FindFirstValue(CertificateScheme.Fingerprint));
    }

    /// <summary>Issued by the application's clock and long over by the machine's, or still to come.</summary>
    [Theory]
    [InlineData(-20)]
    [InlineData(3)]
    public async Task Time_IsTheApplicationsClocks(int years)
    {
        var startAt = DateTimeOffset.UtcNow.AddYears(years).ToString(
            "yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        await using var server = await RunningServer.StartAsync(
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["Clock:StartAt"] = startAt });
        var client = server.Client(server.DemoCertificate(Owner));
        var session = await server.LogInAsync(client);
        using var home = await RunningServer.GetWithSessionAsync(client, "/", session);
        Assert.Equal(HttpStatusCode.OK, home.StatusCode);
        using var login = await RunningServer.GetAsync(server.Client(server.DemoCertificate(Expired)), "/login");
        await CheckLoginAsync(login, ErrorCodes.CertificateExpired.ToString());
    }

    [Fact]
    public async Task IssuersThatChange_CountForHandshakeAndLibraryFromThenOn()
    {
        await using var own = new Watched();
        await own.InitializeAsync();
        using var successor = new TestAuthority(DateTimeOffset.UtcNow);
        using var certificate = ForgedCertificate.Of(successor, Owner);
        Assert.Equal((null, false), await BothAsync());

        var transport = own.Server.Services.GetRequiredService<TransportCertificates>();
        transport.Set(
            transport.Public, transport.Certificate, [], [successor.Keys.Root.X509], [successor.Keys.Current.IssuerCertificate.X509]);
        Assert.Equal((FingerprintOf(certificate), true), await BothAsync());

        async Task<(string?, bool)> BothAsync()
        {
            await using var scope = own.Server.Services.CreateAsyncScope();
            var context = new DefaultHttpContext
            {
                RequestServices = scope.ServiceProvider,
                Request = { Scheme = "https" },
                Connection = { ClientCertificate = certificate },
            };
            return ((await own.AskAsync(own.Server.Client(certificate))).Fingerprint, (await context.AuthenticateAsync("certificate"))
                .Succeeded);
        }
    }

    private static async Task CheckLoginAsync(HttpResponseMessage login, string code)
    {
        var html = await login.Content.ReadAsStringAsync(Cancellation);
        Assert.Contains($"data-screen=\"{(code is "" ? "BLGI002" : "BLGI003")}\"", html, StringComparison.Ordinal);
        Assert.Equal(code is "" ? HttpStatusCode.OK : HttpStatusCode.Forbidden, login.StatusCode);
        Assert.Contains(code, html, StringComparison.Ordinal);
    }

    private static string FingerprintOf(X509Certificate2 certificate) => certificate.GetCertHashString(HashAlgorithmName.SHA256);

    private async Task CheckStolenAsync(HttpClient thief)
    {
        var owner = _server.Client(_server.DemoCertificate(Owner));
        var session = await _server.LogInAsync(owner);
        var ends = Ends();
        using var stolen = await RunningServer.GetWithSessionAsync(thief, "/", session);
        Assert.Equal((HttpStatusCode.SeeOther, "/login"), (stolen.StatusCode, stolen.Headers.Location?.ToString()));
        Assert.Equal(ends + 1, Ends());
        using var home = await RunningServer.GetWithSessionAsync(owner, "/", session);
        Assert.Equal(HttpStatusCode.SeeOther, home.StatusCode);
    }

    private int Ends() =>
        _server.History().Count(r => r is { Operation: HistoryOperation.SessionEnd, Detail: "certificate-mismatch", LoginId: Owner });

    private X509Certificate2 Make(string which) => which switch
    {
        "own" => _server.DemoCertificate(Owner),
        "another user's" => _server.DemoCertificate("0501D60001K"),
        "expired" => _server.DemoCertificate(Expired),
        "unknown" => ForgedCertificate.Mint(_server, Owner),
        "a CA's" => ForgedCertificate.Mint(_server, Owner, isCa: true),
        "server's" => ForgedCertificate.Mint(_server, Owner, purposes: [ServerAuth]),
        "foreign" => ForgedCertificate.OfAnotherAuthority(Owner),
        "self-signed" => SelfSigned(),
        _ => throw new ArgumentOutOfRangeException(nameof(which), which, null),
    };

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + Owner, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ForgedCertificate.ClientAuth)], critical: false));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    /// <summary>A running server that tells what its scheme says of a connection, and counts the chains that the library builds.</summary>
    public sealed class Watched : IAsyncLifetime
    {
        private const string Question = "/what-the-scheme-says";

        private int _chains;

        public RunningServer Server { get; private set; } = null!;

        internal int Chains => Volatile.Read(ref _chains);

        public async ValueTask InitializeAsync() => Server = await RunningServer.StartAsync(services: services =>
        {
            services.AddSingleton<IStartupFilter, Answer>();
            // One of the two ends each evaluation by the library.
            services.PostConfigure<CertificateAuthenticationOptions>("certificate", options => options.Events = new()
            {
                OnCertificateValidated = _ => CountAsync(),
                OnAuthenticationFailed = _ => CountAsync(),
            });
        });

        public ValueTask DisposeAsync() => Server.DisposeAsync();

        internal async Task<Said> AskAsync(HttpClient client, params (string Name, string Value)[] headers)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Question, UriKind.Relative));
            foreach (var (name, value) in headers)
            {
                request.Headers.Add(name, value);
            }

            using var answer = await client.SendAsync(request, Cancellation);
            var parts = (await answer.Content.ReadAsStringAsync(Cancellation)).Split(' ');
            return new(parts[0], parts[1], parts[2] is "" ? null : parts[2]);
        }

        private Task CountAsync()
        {
            Interlocked.Increment(ref _chains);
            return Task.CompletedTask;
        }

        /// <param name="Connection">Kestrel's name of the connection.</param>
        /// <param name="Result"><c>success</c>, <c>failure</c> or <c>none</c>.</param>
        /// <param name="Fingerprint">As the principal has it.</param>
        internal sealed record Said(string Connection, string Result, string? Fingerprint);

        private sealed class Answer : IStartupFilter
        {
            public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
            {
                app.Map(Question, branch => branch.Run(async context =>
                {
                    var said = await context.AuthenticateAsync("certificate");
                    var result = said.Succeeded ? "success" : said.None ? "none" : "failure";
                    await context.Response.WriteAsync(
                        $"{context.Connection.Id} {result} {said.Principal?.FindFirstValue(CertificateScheme.Fingerprint)}");
                }));
                next(app);
            };
        }
    }
}
