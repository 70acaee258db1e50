using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.EnrollmentApp.Est;
using DensaiAdmin.EnrollmentApp.Proxy;
using DensaiAdmin.Tests.Hosting;

namespace DensaiAdmin.Tests.EnrollmentApp;

/// <summary>The real server at addresses that the app can reach by itself.</summary>
internal sealed class LocalBank : IAsyncDisposable
{
    private LocalBank(RunningServer server, Uri address)
    {
        Server = server;
        Address = address;
    }

    public RunningServer Server { get; }

    public Uri Address { get; }

    /// <summary>What the demo bank has its TLS trusted by.</summary>
    public X509Certificate2Collection Authorities => BankTrust.Read(Server.DemoFile("ca.pem"));

    public static async Task<LocalBank> StartAsync()
    {
        var (open, certificate) = (FreePort(), FreePort());
        var address = new Uri($"https://localhost:{open}");
        var server = await RunningServer.StartAsync(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Endpoints:Public"] = address.ToString(),
            ["Endpoints:Certificate"] = $"https://localhost:{certificate}",
            ["Listen:Public"] = $"https://127.0.0.1:{open}",
            ["Listen:Certificate"] = $"https://127.0.0.1:{certificate}",
        });
        return new LocalBank(server, address);
    }

    public EstClient Client(ProxyChoice? proxy = null, X509Certificate2Collection? authorities = null) =>
        new(Address, authorities ?? Authorities, proxy ?? Direct(), TimeProvider.System);

    public ProxyChoice Direct()
    {
        var direct = new ProxyChoice(Address);
        direct.UseNone();
        return direct;
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
