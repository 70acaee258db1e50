using System.Net;
using System.Net.Sockets;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Support;
using DensaiAdmin.Web.Health;
using DensaiAdmin.Web.Hosting;
using DensaiAdmin.Web.Installation;
using DensaiAdmin.Web.Settings;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DensaiAdmin.Tests.Hosting;

/// <summary>Another bank's installation in Production shows that bank's names and nobody else's.</summary>
[Web]
public sealed class ProductionPagesTests : IAsyncLifetime
{
    private const string Passphrase = "a passphrase of another bank";
    private static readonly string[] NamesOfTheDemoBank = ["北洋", "North Pacific", "でんさいサービス・外為Web", "札幌"];

    private readonly TemporaryDirectory _directory = new();
    private OpenInstallation _installation = null!;
    private WebApplication _app = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = ServerBuilder.Create([], "Production");
        var now = TimeProvider.System.GetUtcNow();
        var pfx = _directory.At("server.p12");
        await File.WriteAllBytesAsync(pfx, LocalTlsCertificate.Create(now, now, new KeyPassphrase(Passphrase)).Pfx.ToArray(), Cancellation);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Endpoints:Public"] = "https://public.test",
            ["Endpoints:Certificate"] = "https://certificate.test",
            ["Endpoints:Pki"] = "http://pki.test",
            ["Listen:Public"] = "https://127.0.0.1:0",
            ["Listen:Certificate"] = "https://127.0.0.1:0",
            ["Listen:Pki"] = "http://127.0.0.1:0",
            ["Endpoints:ServerCertificate:Path"] = pfx,
            ["Endpoints:ServerCertificate:Password"] = Passphrase,
            ["Authority:KeyPassphraseFile"] = _directory.Write("passphrase", Passphrase + "\n"),
            ["Mail:Transport"] = "Pickup",
            ["History:AnchorFile"] = _directory.At("data.anchor"),
            ["Data:Directory"] = _directory.At("data"),
            ["Institution:BankName"] = "みなと信用金庫",
            ["Institution:ServiceName"] = "みなとでんさい",
            ["Institution:BankCode"] = "1999",
            ["Institution:Organization"] = "Minato Shinkin Bank",
            ["Institution:OrganizationalUnit"] = "Minato Shinkin Bank",
            ["Institution:CommonNameTemplate"] = "Minato {loginId}",
            ["Institution:ContactName"] = "お取引店",
            ["Institution:ContactText"] = "お取引店にお問い合わせください。",
            ["Logging:LogLevel:Default"] = "None",
        });
        builder.Logging.ClearProviders();
        _installation = OpenInstallation.Open(ServerSettings.Read(builder.Configuration, builder.Environment), builder.Configuration);
        _app = await Server.BuildAsync(builder, _installation);
        await _app.StartAsync(Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        _installation.Dispose();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _directory.Dispose();
    }

    [Fact]
    public async Task Pages_ShowTheNamesThatWereSet_AndNeverTheDemoBanks()
    {
        var pages = _app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<IAllowAnonymous>() is not null && e.RoutePattern.Parameters.Count == 0)
            .Where(e => e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains("GET") != false)
            .Select(e => "/" + e.RoutePattern.RawText!.TrimStart('/'))
            .Where(path => !path.Contains("_blazor", StringComparison.Ordinal) && !path.Contains("_framework", StringComparison.Ordinal))
            .Append("/no-such-page")
            .Distinct(StringComparer.Ordinal)
            .ToList();
        Assert.Contains("/login", pages);
        var port = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
        using var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(IPAddress.Loopback, port, cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        using var client = new HttpClient(handler) { BaseAddress = new Uri("https://public.test") };
        var withBrand = 0;
        foreach (var page in pages)
        {
            var text = await client.GetAsync(new Uri(page, UriKind.Relative), Cancellation);
            var html = await text.Content.ReadAsStringAsync(Cancellation);
            Assert.All(NamesOfTheDemoBank, name => Assert.False(html.Contains(name, StringComparison.Ordinal), $"{page} says {name}"));
            if (html.Contains("みなと信用金庫", StringComparison.Ordinal))
            {
                withBrand++;
                Assert.Contains("みなとでんさい", html);
                Assert.Contains("Copyright(C) みなと信用金庫", html);
            }
        }

        Assert.True(withBrand >= 3, $"{withBrand} of {string.Join(", ", pages)}");
    }

    [Fact]
    public async Task UnsetContacts_AreAWarning()
    {
        var states = await _app.Services.GetRequiredService<NodeHealth>().StatesAsync(Cancellation);

        var fault = Assert.Single(states.Single(s => s.Name == "settings").Faults);
        Assert.Equal(Web.Shared.HealthWeight.Warning, fault.Weight);
        Assert.Contains("Institution:Contact:Telephone", fault.Cause);
    }
}
