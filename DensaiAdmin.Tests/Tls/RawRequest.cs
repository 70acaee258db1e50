using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Tests.Hosting;

namespace DensaiAdmin.Tests.Tls;

/// <summary>What a client library would put right arrives as it was meant.</summary>
internal static class RawRequest
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>A TLS connection to an origin.</summary>
    /// <param name="server">The server.</param>
    /// <param name="origin">Whose name is asked for.</param>
    /// <param name="certificate">What the client presents when asked.</param>
    /// <param name="options">What else the client wants of TLS.</param>
    public static async Task<SslStream> ConnectAsync(
        RunningServer server, Uri origin, X509Certificate2? certificate = null, Action<SslClientAuthenticationOptions>? options = null)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, server.PortOf(origin), limit.Token);
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
        var wanted = new SslClientAuthenticationOptions
        {
            TargetHost = origin.Host,
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
            LocalCertificateSelectionCallback = certificate is null ? null : (_, _, _, _, _) => certificate,
        };
        options?.Invoke(wanted);
        await tls.AuthenticateAsClientAsync(wanted, limit.Token);
        return tls;
    }

    /// <summary>Asks for an address exactly as it is spelled.</summary>
    public static async Task<HttpResponseMessage> SendAsync(
        HttpClient client, HttpMethod method, Uri origin, string target, IEnumerable<(string Name, string Value)> headers)
    {
        var address = new Uri(
            origin.ToString().TrimEnd('/') + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(method, address);
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        return await client.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
