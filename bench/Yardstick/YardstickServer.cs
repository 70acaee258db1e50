using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Store;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace DensaiAdmin.Bench.Yardstick;

/// <summary>
/// What the platform costs without the product: the same listener settings, a small answer, and bare interactive pages. Nothing is
/// checked beyond what TLS is told to check, nothing stored.
/// </summary>
internal static class YardstickServer
{
    public static async Task RunAsync(string directory)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddRazorComponents().AddInteractiveServerComponents();
        var password = new KeyPassphrase("yardstick");
        var identity = LocalTlsCertificate.Create(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow, password);
        var server = LocalTlsIdentity.Load(identity.Pfx.Span, password);
        var ca = Path.Combine(Bank.DataOf(directory), "ca");
        var roots = new X509Certificate2Collection { X509CertificateLoader.LoadCertificateFromFile(Path.Combine(ca, "root.cer")) };
        var issuers = new X509Certificate2Collection();
        issuers.AddRange(
            Directory.EnumerateFiles(ca, "issuing-*.cer").Select(file => X509CertificateLoader.LoadCertificateFromFile(file)).ToArray());
        var named = new X509Certificate2Collection(roots);
        named.AddRange(issuers);
        var context = System.Net.Security.SslStreamCertificateContext.Create(
            server, [identity.Authority.X509], offline: true, System.Net.Security.SslCertificateTrust.CreateForX509Collection(
                named, sendTrustInHandshake: true));
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid,
        };
        policy.ApplicationPolicy.Add(new("1.3.6.1.5.5.7.3.2"));
        policy.CustomTrustStore.AddRange(roots);
        policy.ExtraStore.AddRange(issuers);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(new Uri(Settings.Yardstick).Port, listener =>
        {
            listener.Protocols = HttpProtocols.Http1AndHttp2;
            listener.UseHttps(https =>
            {
                https.ServerCertificate = server;
                https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                https.AllowAnyClientCertificate();
                https.OnAuthenticate = (_, options) =>
                {
                    options.ServerCertificateContext = context;
                    options.EnabledSslProtocols =
                        System.Security.Authentication.SslProtocols.Tls12 | System.Security.Authentication.SslProtocols.Tls13;
                    options.AllowRenegotiation = false;
                    options.AllowTlsResume = false;
                    options.CertificateChainPolicy = policy.Clone();
                };
            });
        }));
        var app = builder.Build();
        app.UseAntiforgery();
        app.MapGet("/small", () => Results.Bytes(Small, "image/svg+xml"));
        app.MapRazorComponents<BareApp>().AddInteractiveServerRenderMode();
        await app.RunAsync();
    }

    private static readonly byte[] Small = [.. Enumerable.Repeat((byte)' ', 512)];
}
