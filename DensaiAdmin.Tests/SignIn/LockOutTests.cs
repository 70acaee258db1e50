using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Hosting;
using DensaiAdmin.Tests.Tls;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace DensaiAdmin.Tests.SignIn;

/// <summary>R20 on the wire: what a revocation does to connections and circuits that are open at that moment.</summary>
[Web]
public sealed class LockOutTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(1);

    // Each test has a user of its own: what it ends, no other test needs.
    private readonly RunningServer _server = shared.Server;

    private static CancellationToken Limit => new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token;

    [Fact]
    public async Task Revocation_WithKeptConnections_RefusesTheNextRequestOnEach()
    {
        var certificate = _server.DemoCertificate("0501D00601U");
        var http2 = _server.Client(certificate);
        var http1 = _server.Client(certificate, version: 1);
        var session = await _server.LogInAsync(http2);
        foreach (var client in new[] { http1, http2 })
        {
            using var home = await RunningServer.GetWithSessionAsync(client, "/", session);
            Assert.Equal(HttpStatusCode.OK, home.StatusCode);
        }

        await RevokeAsync("0501D00601U", SessionEndReason.CertificateRevoked);

        foreach (var client in new[] { http1, http2 })
        {
            using var home = await RunningServer.GetWithSessionAsync(client, "/", session);
            Assert.Equal(HttpStatusCode.SeeOther, home.StatusCode);
            using var login = await RunningServer.GetWithSessionAsync(client, "/login", session);
            Assert.Equal(HttpStatusCode.Forbidden, login.StatusCode);
            Assert.Contains(
                "E-1204", await login.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Revocation_OfTheCertificate_CutsItsIdleConnectionsWithinASecond()
    {
        var certificate = _server.DemoCertificate("0501D47701T");
        var session = await _server.LogInAsync(_server.Client(certificate));
        await using var own = await ConnectAsync(certificate);
        await using var others = await ConnectAsync(_server.DemoCertificate("0501D00601M"));
        await AskForHomeAsync(own, session);

        var watch = Stopwatch.StartNew();
        await RevokeAsync("0501D47701T", SessionEndReason.CertificateRevoked);
        await ReadToEndAsync(own);

        Assert.True(watch.Elapsed < AtOnce, $"Cut after {watch.Elapsed}");
        Assert.StartsWith("HTTP/1.1 ", await AskForHomeAsync(others, "x"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SessionEndReason.CertificateRevoked, "0501D60001T")]
    [InlineData(SessionEndReason.UserSuspended, "0501D60001K")]
    [InlineData(SessionEndReason.SecondLogin, "0501D60001M")]
    [InlineData(SessionEndReason.LoggedOut, "0501D47701M")]
    public async Task SessionEnd_OfAnyKind_CutsItsCircuitWithinASecond(SessionEndReason reason, string loginId)
    {
        var certificate = _server.DemoCertificate(loginId);
        var session = await _server.LogInAsync(_server.Client(certificate));
        using var circuit = await OpenCircuitAsync(certificate, session);
        var other = _server.DemoCertificate("0501D00601M");
        using var othersCircuit = await OpenCircuitAsync(other, await _server.LogInAsync(_server.Client(other)));

        var watch = Stopwatch.StartNew();
        await RevokeAsync(loginId, reason);
        await ReadToEndAsync(circuit);

        Assert.True(watch.Elapsed < AtOnce, $"Cut after {watch.Elapsed}");
        Assert.Equal(WebSocketState.Open, othersCircuit.State);
    }

    [Fact]
    public async Task Circuit_WithoutASessionOrFromAnotherSite_IsNotOpened()
    {
        var certificate = _server.DemoCertificate("0501D00601R");
        var session = await _server.LogInAsync(_server.Client(certificate));
        var anonymous = await Assert.ThrowsAsync<WebSocketException>(() => OpenCircuitAsync(certificate, session: null));
        Assert.Contains("401", anonymous.Message, StringComparison.Ordinal);
        var foreign = await Assert.ThrowsAsync<WebSocketException>(
            () => OpenCircuitAsync(certificate, session, origin: "https://evil.test"));
        Assert.Contains("403", foreign.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logout_WithItsForm_EndsTheSession_AndLeadsToTheEntrance()
    {
        var client = _server.Client(_server.DemoCertificate("0501D00601R"));
        var session = await _server.LogInAsync(client);
        using var logout = await RunningServer.PostFormAsync(
            client, "/", "/logout", new(StringComparer.Ordinal), "__Host-densai-cert=" + session);
        Assert.Equal(HttpStatusCode.SeeOther, logout.StatusCode);
        Assert.Equal("https://public.test/login", logout.Headers.Location?.ToString());
        Assert.Equal("", RunningServer.CookieOf(logout, "__Host-densai-cert"));

        using var home = await RunningServer.GetWithSessionAsync(client, "/", session);
        Assert.Equal(HttpStatusCode.SeeOther, home.StatusCode);
        using var login = await RunningServer.GetWithSessionAsync(client, "/login", session);
        Assert.Equal(HttpStatusCode.OK, login.StatusCode);
    }

    [Fact]
    public async Task Logout_WithoutItsForm_ChangesNothing()
    {
        var client = _server.Client(_server.DemoCertificate("0501D00601R"));
        var session = await _server.LogInAsync(client);
        using var request = new HttpRequestMessage(
            HttpMethod.Post, new Uri("/logout", UriKind.Relative))
        { Content = new FormUrlEncodedContent([]) };
        request.Headers.Add("Cookie", "__Host-densai-cert=" + session);
        using var refused = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.SeeOther, refused.StatusCode);
        Assert.Equal("/", refused.Headers.Location?.ToString());
        using var home = await RunningServer.GetWithSessionAsync(client, "/", session);
        Assert.Equal(HttpStatusCode.OK, home.StatusCode);
    }

    private Task RevokeAsync(string loginId, SessionEndReason reason) =>
        _server.Services.GetRequiredService<StoreWriter>().PerformAsync(work =>
        {
            var user = work.Db.Users.Include(u => u.CurrentCertificate).Single(u => u.LoginId == loginId);
            if (reason == SessionEndReason.CertificateRevoked)
            {
                work.Revoke(user.CurrentCertificate!, "test", X509RevocationReason.KeyCompromise);
                user.NoteCurrentRevoked(work.Now);
            }

            return _server.Services.GetRequiredService<SessionWatch>().EndAll(work, user.Id, reason);
        });

    private async Task<SslStream> ConnectAsync(X509Certificate2 certificate)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, _server.PortOf(RunningServer.Certificate), Limit);
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = RunningServer.Certificate.Host,
                RemoteCertificateValidationCallback = (_, _, _, _) => true,
                LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate,
            },
            Limit);
        return tls;
    }

    /// <summary>Asks and reads one answer's first octets, leaving the connection open.</summary>
    private static async Task<string> AskForHomeAsync(SslStream connection, string session)
    {
        var request = $"HEAD / HTTP/1.1\r\nHost: {RunningServer.Certificate.Host}\r\nCookie: __Host-densai-cert={session}\r\n\r\n";
        await connection.WriteAsync(Encoding.ASCII.GetBytes(request), Limit);
        var buffer = new byte[16 * 1024];
        var text = "";
        while (!text.Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            var read = await connection.ReadAsync(buffer, Limit);
            Assert.NotEqual(0, read);
            text += Encoding.ASCII.GetString(buffer, 0, read);
        }

        return text;
    }

    private static async Task ReadToEndAsync(SslStream connection)
    {
        try
        {
            var buffer = new byte[1024];
            while (await connection.ReadAsync(buffer, Limit) > 0)
            {
                // What was on its way may still come.
            }
        }
        catch (IOException)
        {
            // Reset is an end as well.
        }
    }

    private static async Task ReadToEndAsync(ClientWebSocket circuit)
    {
        try
        {
            var buffer = new byte[16 * 1024];
            while ((await circuit.ReceiveAsync(buffer.AsMemory(), Limit)).MessageType != WebSocketMessageType.Close)
            {
                // Blazor's own last words.
            }
        }
        catch (WebSocketException)
        {
            // Cut without a farewell is what an abort looks like.
        }
    }

    /// <summary>The transport of a circuit, up to SignalR's handshake: enough to be held and to be cut.</summary>
    private async Task<ClientWebSocket> OpenCircuitAsync(
        X509Certificate2 certificate, string? session, string origin = "https://certificate.test")
    {
        var circuit = new ClientWebSocket();
        try
        {
            circuit.Options.SetRequestHeader("Origin", origin);
            if (session is not null)
            {
                circuit.Options.SetRequestHeader("Cookie", "__Host-densai-cert=" + session);
            }

            await circuit.ConnectAsync(
                new Uri("wss://certificate.test/_blazor"), new HttpMessageInvoker(_server.Handler(certificate)), Limit);
            await circuit.SendAsync(
                Encoding.UTF8.GetBytes("{\"protocol\":\"blazorpack\",\"version\":1}\u001e"), WebSocketMessageType.Text, endOfMessage: true,
                Limit);
            var answer = new byte[1024];
            await circuit.ReceiveAsync(answer.AsMemory(), Limit);
            return circuit;
        }
        catch
        {
            circuit.Dispose();
            throw;
        }
    }
}
