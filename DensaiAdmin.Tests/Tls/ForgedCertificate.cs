using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Hosting;
using DensaiAdmin.Tests.Support;
using DensaiAdmin.Web.Installation;
using DensaiAdmin.Web.Settings;
using Microsoft.Extensions.DependencyInjection;

namespace DensaiAdmin.Tests.Tls;

/// <summary>Certificates that the bank never issued, with their keys.</summary>
internal static class ForgedCertificate
{
    public const string ClientAuth = "1.3.6.1.5.5.7.3.2";

    /// <summary>Made as someone with the CA's key would, and not through the program that lints what it signs.</summary>
    public static X509Certificate2 Mint(
        RunningServer server, string loginId, string? serialOf =
            null, string? keyOf = null, bool isCa = false, bool byRoot = false, params string[] purposes)
    {
        var authorities = server.Services.GetRequiredService<Authorities>();
        using var rootKey = byRoot ? RootKey(server) : null;
        using var key = keyOf is null ? ECDsa.Create(ECCurve.NamedCurves.nistP256) : server.DemoCertificate(keyOf).GetECDsaPrivateKey()!;
        var request = new CertificateRequest(
            $"CN=\"North Pacific Bank, LTD {loginId}\"", key, byRoot ? HashAlgorithmName.SHA384 : HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isCa, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        OidCollection uses = [];
        foreach (var purpose in purposes is [] ? [ClientAuth] : purposes)
        {
            uses.Add(new Oid(purpose));
        }

        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(uses, critical: false));
        var serial = serialOf is null ? SerialNumber.New().ToBytes() : server.DemoCertificate(serialOf).SerialNumberBytes.ToArray();
        var now = DateTimeOffset.UtcNow;
        using var signed = request.Create(
            (byRoot ? authorities.Root : authorities.Current).X509.SubjectName,
            rootKey is null ? new StolenKey(authorities.Keys.Current) : X509SignatureGenerator.CreateForECDsa(rootKey),
            now.AddMinutes(-5), now.AddYears(1), serial);
        return signed.CopyWithPrivateKey(key);
    }

    /// <summary>Of a CA with the names of ours.</summary>
    public static X509Certificate2 OfAnotherAuthority(string loginId)
    {
        using var other = new TestAuthority(DateTimeOffset.UtcNow);
        return Of(other, loginId);
    }

    /// <summary>Of a CA that is not the server's.</summary>
    public static X509Certificate2 Of(TestAuthority other, string loginId)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var signed = X509CertificateLoader.LoadCertificate(other.Issue(other.NewRequest(loginId, other.NewKey(key))).Der.Span);
        return signed.CopyWithPrivateKey(key);
    }

    private static ECDsa RootKey(RunningServer server)
    {
        var passphrase = new KeyPassphrase(OpenInstallation.PassphraseOf(server.Services.GetRequiredService<ServerSettings>()));
        var file = server.DataFile(Path.Combine("ca", "root.key.pem"));
        return (ECDsa)Assert.IsType<SealedKey.Opened>(SealedKeyFile.Open(file, passphrase)).Key;
    }

    private sealed class StolenKey(ICertificateAuthority authority) : X509SignatureGenerator
    {
        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm) =>
            authority.SignatureAlgorithm.Identifier.ToArray();

        public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) => authority.Sign(data);

        protected override PublicKey BuildPublicKey() => authority.IssuerCertificate.X509.PublicKey;
    }
}
