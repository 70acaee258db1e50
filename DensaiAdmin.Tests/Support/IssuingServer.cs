using System.Net;
using DensaiAdmin.Web.Enrollment;
using DensaiAdmin.Web.Gates;
using DensaiAdmin.Web.Pki;
using DensaiAdmin.Web.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Origin = DensaiAdmin.Web.Settings.Origin;

namespace DensaiAdmin.Tests.Support;

/// <summary>
/// The EST and PKI endpoints of an <see cref="IssuingBank"/> on real sockets, one per origin; without TLS, which is not theirs.
/// </summary>
internal sealed class IssuingServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private IssuingServer(IssuingBank bank, WebApplication app, Uri @public, Uri pki)
    {
        Bank = bank;
        _app = app;
        Public = @public;
        Pki = pki;
    }

    public IssuingBank Bank { get; }

    public Uri Public { get; }

    public Uri Pki { get; }

    public HttpClient Client { get; } = new();

    public Uri Est(string operation) => new(Public, $"/.well-known/est/{operation}");

    public static async Task<IssuingServer> StartAsync(DateTimeOffset? startAt = null)
    {
        var bank = await IssuingBank.OpenAsync(startAt);
        await bank.Publisher.StartAsync(TestContext.Current.CancellationToken);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            foreach (var origin in new[] { Origin.Public, Origin.Pki })
            {
                // Port 0 of 127.0.0.1: "localhost" cannot be bound so.
                kestrel.Listen(IPAddress.Loopback, 0, listener => listener.Use((connection, next) =>
                {
                    connection.Features.Set(new ConnectionOrigin(origin));
                    return next(connection);
                }));
            }
        });
        builder.Services.AddSingleton(bank.Authorities).AddSingleton(bank.Publisher).AddSingleton(bank.Enroll).AddSingleton(bank.Reenroll);
        builder.Services.AddSingleton(new EndpointOptions(
            TestAddress("public"), TestAddress("certificate"), TestAddress("pki"), TestAddress("public"), TestAddress("certificate"),
            TestAddress("pki")));
        var app = builder.Build();
        app.UseRouting();
        app.UseMiddleware<OriginGate>();
        app.MapEnrollment();
        app.MapPki();
        await app.StartAsync(TestContext.Current.CancellationToken);
        var addresses = app.Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!.Addresses.Select(a => new Uri(a)).ToList();
        return new(bank, app, addresses[0], addresses[1]);
    }

    private static Uri TestAddress(string origin) => new($"https://{origin}.test/");

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        await Bank.Publisher.StopAsync(CancellationToken.None);
        Bank.Dispose();
    }
}
