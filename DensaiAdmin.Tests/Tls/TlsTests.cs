using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using DensaiAdmin.Tests.Hosting;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Tls;

/// <summary>The handshake as others see it: openssl as a client, and one port for two names.</summary>
[Web]
public sealed class TlsTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private readonly RunningServer _server = shared.Server;

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task Origin_OfferedAnEarlierSession_DoesNotResumeIt(string version)
    {
        foreach (var origin in new[] { RunningServer.Public, RunningServer.Certificate })
        {
            Assert.DoesNotContain("Reused", await ConnectTwiceAsync(origin, version), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task CertificateOrigin_AskingForACertificate_NamesRootAndIssuingCa()
    {
        var said = await HandshakeAsync(RunningServer.Certificate);
        Assert.Contains("Acceptable client certificate CA names", said, StringComparison.Ordinal);
        Assert.Contains("Root CA", said, StringComparison.Ordinal);
        Assert.Contains("Issuing CA", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PublicOrigin_AsksForNoCertificate()
    {
        Assert.Contains("No client certificate CA names sent", await HandshakeAsync(RunningServer.Public), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-tls1")]
    [InlineData("-tls1_1")]
    public async Task OldVersion_OnEitherOrigin_GetsNoConnection(string version)
    {
        foreach (var origin in new[] { RunningServer.Public, RunningServer.Certificate })
        {
            Assert.DoesNotContain(
                "Cipher    : ECDHE", await HandshakeAsync(origin, version, "-cipher", "DEFAULT@SECLEVEL=0"), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384", false)]
    [InlineData("ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:AES128-SHA:AES256-GCM-SHA384", false)]
    [InlineData("ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256", true)]
    [InlineData("ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384", true)]
    [InlineData("ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305", true)]
    public async Task Suite_OfTls12_IsSpokenOnlyWithAuthenticatedEncryption(string suites, bool spoken)
    {
        foreach (var origin in new[] { RunningServer.Public, RunningServer.Certificate })
        {
            var said = await HandshakeAsync(origin, "-tls1_2", "-cipher", suites + ":@SECLEVEL=0");
            Assert.Equal(spoken, said.Contains("HTTP/1.1 ", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("-tls1_2", "-cipher", "PSK-AES128-GCM-SHA256:DHE-PSK-AES128-GCM-SHA256")]
    [InlineData("-tls1_3", "-allow_no_dhe_kex")]
    public async Task Hello_ThatKnowsOnlyASharedKey_IsRefusedWithoutAFaultOfTheServer(params string[] hello)
    {
        foreach (var origin in new[] { RunningServer.Public, RunningServer.Certificate })
        {
            await HandshakeAsync(origin, ["-psk", "00112233445566778899aabbccddeeff", "-psk_identity", "nobody", .. hello]);
        }

        Assert.DoesNotContain(
            _server.Log.Lines,
            line => line.Level >= Microsoft.Extensions.Logging.LogLevel.Warning && line.Text.Contains("   at ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Renegotiation_AskedForByTheClient_IsRefused()
    {
        // "R" at the start of a line makes s_client renegotiate.
        var answer = await Tool.Run(
            "openssl",
            [
                "s_client", "-connect", $"127.0.0.1:{_server.PortOf(RunningServer.Public)}",
                "-servername", RunningServer.Public.Host, "-tls1_2",
            ],
            "R\n"u8.ToArray());
        Assert.Contains("RENEGOTIATING", answer.All, StringComparison.Ordinal);
        Assert.DoesNotContain(
            "verify return:1", answer.All[answer.All.IndexOf("RENEGOTIATING", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    private async Task<string> ConnectTwiceAsync(Uri origin, string version)
    {
        using var directory = new TemporaryDirectory();
        var kept = directory.At("session.pem");
        var certificate = _server.DemoFile("0501D00601U.pem");
        await HandshakeAsync(origin, version, "-cert", certificate, "-key", certificate, "-sess_out", kept);

        // A server that gives no ticket leaves nothing to come back with.
        return File.Exists(kept) ? await HandshakeAsync(origin, version, "-sess_in", kept) : "";
    }

    private async Task<string> HandshakeAsync(Uri origin, params string[] more)
    {
        string[] arguments =
            ["s_client", "-connect", $"127.0.0.1:{_server.PortOf(origin)}", "-servername", origin.Host, "-ign_eof", .. more];
        return (await Tool.Run(
            "openssl", arguments, Encoding.ASCII.GetBytes($"GET /login HTTP/1.1\r\nHost: {origin.Host}\r\nConnection: close\r\n\r\n"))).All;
    }
}

/// <summary>Two host names on one port (interfaces: as in production on 443).</summary>
[Web]
public sealed class SharedPortTests : IAsyncLifetime
{
    private RunningServer _server = null!;

    private static CancellationToken Limit => new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token;

    public async ValueTask InitializeAsync() => _server = await RunningServer.StartAsync(sharedPort: true);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Names_OnOnePort_AreToldApartBySni()
    {
        Assert.Equal(_server.PortOf(RunningServer.Public), _server.PortOf(RunningServer.Certificate));
        var client = _server.Client(_server.DemoCertificate("0501D00601U"));
        using var entrance = await RunningServer.GetAsync(client, "https://public.test/login");
        Assert.Contains(
            "BLGI001", await entrance.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        using var password = await RunningServer.GetAsync(client, "https://certificate.test/login");
        Assert.Contains(
            "BLGI002", await password.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("certificate.test", "public.test")]
    [InlineData("public.test", "certificate.test")]
    [InlineData("public.test", "elsewhere.test")]
    [InlineData("elsewhere.test", "certificate.test")]
    [InlineData("127.0.0.1", "elsewhere.test")]
    public async Task Host_OtherThanTheNameInTls_IsMisdirected(string serverName, string host) =>
        Assert.StartsWith("HTTP/1.1 421", await AskAsync(serverName, host), StringComparison.Ordinal);

    // An address is never sent as a server name (RFC 6066 3).
    [Theory]
    [InlineData("public.test", "BLGI001")]
    [InlineData("certificate.test", "BLGI002")]
    public async Task NoNameInTls_IsEvaluatedByHost(string host, string screen) =>
        Assert.Contains(screen, await AskAsync("127.0.0.1", host), StringComparison.Ordinal);

    private async Task<string> AskAsync(string serverName, string host)
    {
        var certificate = _server.DemoCertificate("0501D00601U");
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, _server.PortOf(RunningServer.Public), Limit);
        await using var tls = new SslStream(new NetworkStream(socket));
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = serverName,
                RemoteCertificateValidationCallback = (_, _, _, _) => true,
                LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate,
            },
            Limit);
        await tls.WriteAsync(Encoding.ASCII.GetBytes($"GET /login HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"), Limit);
        using var reader = new StreamReader(tls, Encoding.UTF8);
        return await reader.ReadToEndAsync(Limit);
    }
}
