using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Web.Settings;
using DensaiAdmin.Web.Tls;

namespace DensaiAdmin.Web.Installation;

/// <summary>
/// Gets the server's own TLS certificates: from the settings, or in Development one for localhost, made when there is none that fits.
/// </summary>
internal static class ServerTls
{
    // Made for 800 days ahead; renewed while browsers and the application clock still have a month.
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(30);

    /// <returns>The CA of a certificate made here, for the trust file; null when the certificate was given.</returns>
    /// <exception cref="StartRefusedException">A given file cannot be used.</exception>
    public static AuthorityCertificate? Prepare(
        OpenInstallation installation, TransportCertificates certificates, TimeProvider? real = null)
    {
        real ??= TimeProvider.System;
        var settings = installation.Settings;
        var roots = new X509Certificate2Collection(installation.Authorities.Root.X509);
        var issuers = new X509Certificate2Collection(installation.Authorities.IssuingCertificates.Select(ca => ca.X509).ToArray());
        if (settings.ServerCertificate is { } given)
        {
            var (server, chain) = Load(given, "Endpoints:ServerCertificate");
            // Never a collection added to itself: that has no end.
            var (ownServer, ownChain) = settings.ServerCertificateForCertificateOrigin is { } other
                ? Load(other, "Endpoints:ServerCertificate:CertificateOrigin")
                : (server, []);
            certificates.Set(server, ownServer, [.. chain, .. ownChain], roots, issuers);
            return null;
        }

        var directory = Path.Combine(settings.DataDirectory, "tls");
        var (realNow, now) = (real.GetUtcNow(), installation.Clock.GetUtcNow());
        var identity = LoadLocal(directory, realNow, now, installation.Passphrase)
            ?? MakeLocal(directory, realNow, now, installation.Passphrase);
        certificates.Set(identity.Server, identity.Server, [identity.Authority.X509], roots, issuers);
        return identity.Authority;
    }

    internal static (X509Certificate2 Server, X509Certificate2Collection Chain) Load(ServerSettings.CertificateFile file, string section)
    {
        try
        {
            var all = X509CertificateLoader.LoadPkcs12CollectionFromFile(file.Path, file.Password);
            if (all.FirstOrDefault(c => c.HasPrivateKey) is { } server)
            {
                all.Remove(server);
                return (server, all);
            }

            throw new StartRefusedException([new(section + ":Path", $"「{file.Path}」に秘密鍵がありません。", $"{file.Path} holds no private key.")]);
        }
        catch (CryptographicException)
        {
            throw new StartRefusedException(
            [
                new(
                    section + ":Password", $"「{file.Path}」を開けません。PKCS#12 ファイルとそのパスワードを指定してください。",
                    $"does not open {file.Path}. Give a PKCS#12 file and its password."),
            ]);
        }
    }

    private static Local? LoadLocal(string directory, DateTimeOffset realNow, DateTimeOffset now, KeyPassphrase passphrase)
    {
        var (pfx, authority) = Files(directory);
        if (!File.Exists(pfx) || !File.Exists(authority))
        {
            return null;
        }

        try
        {
            var server = LocalTlsIdentity.Load(File.ReadAllBytes(pfx), passphrase);
            var (earlier, later) = now < realNow ? (now, realNow) : (realNow, now);
            if (server.NotBefore.ToUniversalTime() <= earlier.UtcDateTime
                && server.NotAfter.ToUniversalTime() >= (later + Ahead).UtcDateTime)
            {
                return new(server, new AuthorityCertificate(File.ReadAllBytes(authority)));
            }

            server.Dispose();
            return null;
        }
        catch (CryptographicException)
        {
            // Another passphrase sealed it, or it is torn: nothing but this machine trusts it, so a new one is as good.
            return null;
        }
    }

    private static Local MakeLocal(string directory, DateTimeOffset realNow, DateTimeOffset now, KeyPassphrase passphrase)
    {
        var made = LocalTlsCertificate.Create(realNow, now, passphrase);
        var (pfx, authority) = Files(directory);
        DurableFile.CreateDirectory(directory);
        DurableFile.Write(pfx, made.Pfx.Span);
        DurableFile.Write(authority, made.Authority.Der.Span);
        return new(LocalTlsIdentity.Load(made.Pfx.Span, passphrase), made.Authority);
    }

    private static (string Pfx, string Authority) Files(string directory) =>
        (Path.Combine(directory, "server.p12"), Path.Combine(directory, "authority.cer"));

    private sealed record Local(X509Certificate2 Server, AuthorityCertificate Authority);
}
