using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.EnrollmentApp.Est;
using DensaiAdmin.EnrollmentApp.Proxy;
using DensaiAdmin.Tests.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace DensaiAdmin.Tests.EnrollmentApp;

/// <summary>The app's EST client against the real server, straight and through a real proxy.</summary>
[Web]
public sealed class EstClientTests : IAsyncLifetime
{
    private LocalBank _bank = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _bank = await LocalBank.StartAsync();

    public ValueTask DisposeAsync() => _bank.DisposeAsync();

    [Fact]
    public async Task Information_OfTheRealServer_NamesTheCertificateOriginAndItsClock()
    {
        var (information, fault) = await _bank.Client().GetInformationAsync(Cancelled);

        Assert.Null(fault);
        Assert.Equal("localhost", information!.CertificateOrigin.Host);
        Assert.InRange(information.ServerTime!.Value, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(5));
    }

    [Fact]
    public async Task Enroll_WithThePassword_BringsACertificateForThatKeyThatTheAuthoritiesMade()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var client = _bank.Client();

        var issued = Assert.IsType<EstOutcome.Issued>(await client.EnrollAsync(Request(key), Demo("0501D00601N"), Cancelled));
        var (authorities, fault) = await client.GetAuthoritiesAsync(Cancelled);

        Assert.Null(fault);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities.Where(one => one.Subject == one.Issuer).ToArray());
        chain.ChainPolicy.ExtraStore.AddRange(authorities.ToArray());
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        Assert.True(chain.Build(issued.Certificate), string.Join(' ', chain.ChainStatus.Select(status => status.StatusInformation)));
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), issued.Certificate.PublicKey.ExportSubjectPublicKeyInfo());
    }

    [Fact]
    public async Task Enroll_AgainWithTheSameRequest_BringsTheSameCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Request(key);

        var first = Assert.IsType<EstOutcome.Issued>(await _bank.Client().EnrollAsync(request, Demo("0501D00601N"), Cancelled));
        var second = Assert.IsType<EstOutcome.Issued>(await _bank.Client().EnrollAsync(request, Demo("0501D00601N"), Cancelled));

        Assert.Equal(first.Certificate.SerialNumber, second.Certificate.SerialNumber);
    }

    [Theory]
    [InlineData("0501D00601N", "Wrong-Password-2026", "bad-credentials")]
    [InlineData("0501D00601U", RunningServer.LoginPassword, "certificate-active")]
    [InlineData("0501D00601T", RunningServer.LoginPassword, "certificate-expired")]
    [InlineData("0501D00900M", RunningServer.LoginPassword, "method-not-certificate")]
    public async Task Enroll_WhatTheBankRefuses_BringsItsCodeAndSentence(string loginId, string password, string code)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        var refused = Assert.IsType<EstOutcome.Refused>(await _bank.Client().EnrollAsync(Request(key), new Credentials(loginId, password), Cancelled));

        Assert.Equal(code, refused.Code);
        Assert.EndsWith("。", refused.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reenroll_InTheWindowWithTheOldKey_BringsANewCertificateThatPassesATrialHandshake()
    {
        using var current = _bank.Server.DemoCertificate("0501D00601R");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        var issued = Assert.IsType<EstOutcome.Issued>(await _bank.Client().ReenrollAsync(Request(key), current, Demo("0501D00601R"), Cancelled));
        using var own = issued.Certificate.CopyWithPrivateKey(key);
        var fault = await _bank.Client().TryHandshakeAsync(own, Cancelled);

        Assert.Null(fault);
        Assert.NotEqual(current.SerialNumber, own.SerialNumber);
    }

    [Fact]
    public async Task TrialHandshake_WithARevokedCertificate_IsNotAccepted()
    {
        using var revoked = _bank.Server.DemoCertificate("0501D00601S");

        var fault = await _bank.Client().TryHandshakeAsync(revoked, Cancelled);

        Assert.Equal(new ConnectionFault(ConnectionFaultKind.NotUnderstood, "HTTP 403"), fault);
    }

    [Fact]
    public async Task Connection_WhoseIssuerIsNotTheBanks_IsRefusedAndNamesTheIssuerFound()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var stranger = new CertificateRequest("CN=Another Bank", other, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        var unreached = Assert.IsType<EstOutcome.NotReached>(await _bank.Client(authorities: [stranger]).EnrollAsync(Request(key), Demo("0501D00601N"), Cancelled));

        Assert.Equal(ConnectionFaultKind.TlsIntercepted, unreached.Fault.Kind);
        Assert.Contains(unreached.Fault.Detail, _bank.Authorities.Select(one => one.GetNameInfo(X509NameType.SimpleName, forIssuer: false)));
        Assert.DoesNotContain(_bank.Server.History(), record => record.TargetLoginId == "0501D00601N");
    }

    [Fact]
    public async Task Connection_OnAPcWhoseClockIsFarOff_SaysSo()
    {
        var client = new EstClient(_bank.Address, _bank.Authorities, _bank.Direct(), new FakeTimeProvider(DateTimeOffset.UtcNow.AddYears(-20)));

        var (_, fault) = await client.GetInformationAsync(Cancelled);

        Assert.Equal(ConnectionFaultKind.ClockWrong, fault!.Kind);
        Assert.Contains("年", fault.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connection_ToNobody_IsTriedAFewTimesAndThenSaysThatTheServerIsDown()
    {
        var nobody = new Uri($"https://localhost:{LocalBank.FreePort()}");
        var direct = new ProxyChoice(nobody);
        direct.UseNone();

        var (_, fault) = await new EstClient(nobody, null, direct, TimeProvider.System) { BetweenTries = TimeSpan.Zero }.GetInformationAsync(Cancelled);

        Assert.Equal(ConnectionFaultKind.ServerDown, fault!.Kind);
    }

    [Fact]
    public async Task Connection_ThatIsCutOnTheWay_IsMadeAgain()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await using var wire = new CuttingWire(_bank.Address.Port);
        var through = new Uri($"https://localhost:{wire.Port}");
        var direct = new ProxyChoice(through);
        direct.UseNone();

        var outcome = await new EstClient(through, _bank.Authorities, direct, TimeProvider.System) { BetweenTries = TimeSpan.Zero }.EnrollAsync(Request(key), Demo("0501D00601N"), Cancelled);

        // Refused with 421, since another port is another host; but it was the second try that was answered.
        Assert.IsType<EstOutcome.Refused>(outcome);
        Assert.Equal(2, wire.Accepted);
    }

    [Fact]
    public async Task Proxy_ThatAsksForAPassword_IsToldApartFromOneThatRefusesIt_AndLetsTheRightOneThrough()
    {
        await using var office = await AuthenticatingProxy.StartAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var proxy = new ProxyChoice(_bank.Address);
        Assert.True(proxy.UseAddress($"127.0.0.1:{office.Port}"));
        var client = _bank.Client(proxy);

        var (_, first) = await client.GetInformationAsync(Cancelled);
        proxy.UseCredentials(AuthenticatingProxy.UserName, "wrong");
        var (_, second) = await client.GetInformationAsync(Cancelled);
        proxy.UseCredentials(AuthenticatingProxy.UserName, AuthenticatingProxy.Password);
        var outcome = await client.EnrollAsync(Request(key), Demo("0501D00601N"), Cancelled);

        Assert.Equal(new ConnectionFault(ConnectionFaultKind.ProxyAsksCredentials, office.Address), first);
        Assert.Equal(new ConnectionFault(ConnectionFaultKind.ProxyRefusesCredentials, office.Address), second);
        Assert.IsType<EstOutcome.Issued>(outcome);
        Assert.True(office.Connections > 0);
    }

    [Fact]
    public async Task Renewal_ThroughTheProxy_ProvesTheOldKeyToTheBankItself()
    {
        await using var office = await AuthenticatingProxy.StartAsync();
        using var current = _bank.Server.DemoCertificate("0501D00601R");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var proxy = new ProxyChoice(_bank.Address);
        proxy.UseAddress(office.Address);
        proxy.UseCredentials(AuthenticatingProxy.UserName, AuthenticatingProxy.Password);

        Assert.IsType<EstOutcome.Issued>(await _bank.Client(proxy).ReenrollAsync(Request(key), current, Demo("0501D00601R"), Cancelled));
    }

    [Fact]
    public async Task Proxy_ThatIsNotThere_IsNamed()
    {
        var port = LocalBank.FreePort();
        var proxy = new ProxyChoice(_bank.Address);
        proxy.UseAddress($"127.0.0.1:{port}");

        var (_, fault) = await _bank.Client(proxy).GetInformationAsync(Cancelled);

        Assert.Equal(new ConnectionFault(ConnectionFaultKind.ProxyNotReached, $"http://127.0.0.1:{port}/"), fault);
    }

    private static Credentials Demo(string loginId) => new(loginId, RunningServer.LoginPassword);

    private static byte[] Request(ECDsa key) => new CertificateRequest("CN=ignored", key, HashAlgorithmName.SHA256).CreateSigningRequest();

    /// <summary>Leads connections on to a port and cuts the first one as soon as the far side answers in earnest.</summary>
    private sealed class CuttingWire : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly int _to;
        private readonly Task _running;

        public CuttingWire(int to)
        {
            _to = to;
            _listener.Start();
            _running = RunAsync();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public int Accepted { get; private set; }

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _running;
        }

        private async Task RunAsync()
        {
            try
            {
                while (true)
                {
                    using var near = await _listener.AcceptTcpClientAsync();
                    var cut = Accepted++ == 0;
                    using var far = new TcpClient();
                    await far.ConnectAsync(IPAddress.Loopback, _to);
                    var there = near.GetStream().CopyToAsync(far.GetStream());
                    if (cut)
                    {
                        // Far enough for the handshake to begin, not for an answer.
                        await far.GetStream().ReadExactlyAsync(new byte[16]);
                    }
                    else
                    {
                        await Task.WhenAny(there, far.GetStream().CopyToAsync(near.GetStream()));
                    }
                }
            }
            catch (Exception over) when (over is SocketException or ObjectDisposedException or IOException)
            {
                // The listener was stopped, or a side hung up.
            }
        }
    }
}
