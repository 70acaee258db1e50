using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Store;

namespace DensaiAdmin.Core.Authority;

/// <param name="Authority">
/// The certificate of the CA that signed the server's; to be trusted by browsers and scripts. Its key is gone.
/// </param>
/// <param name="Pfx">Server certificate with its key and the CA's certificate (PKCS#12), sealed with the given password.</param>
/// <param name="NotAfter">Last valid second of the server's certificate, UTC.</param>
public sealed record LocalTlsIdentity(AuthorityCertificate Authority, ReadOnlyMemory<byte> Pfx, DateTimeOffset NotAfter)
{
    /// <summary>The server's certificate with its key, as a listener wants it. The caller disposes it.</summary>
    public static X509Certificate2 Load(ReadOnlySpan<byte> pfx, KeyPassphrase password) =>
        X509CertificateLoader.LoadPkcs12(pfx, password.Reveal());
}

/// <summary>
/// TLS for this machine, in Development: a CA of its own, which may vouch for localhost only (name constraints) and whose key is thrown
/// away after its one signature, so that trusting it risks nothing.
/// </summary>
public static class LocalTlsCertificate
{
    const string ServerAuth = "1.3.6.1.5.5.7.3.1";
    const string NameConstraints = "2.5.29.30";
    const string Host = "localhost";

    static readonly TimeSpan Before = TimeSpan.FromDays(400);
    static readonly TimeSpan After = TimeSpan.FromDays(800);

    /// <summary>Valid from 400 days before the earlier to 800 days after the later of the two instants.</summary>
    /// <param name="realNow">The machine's time: browsers judge by it.</param>
    /// <param name="applicationNow">The application's time, which may be set.</param>
    /// <param name="password">Seals the PKCS#12.</param>
    public static LocalTlsIdentity Create(DateTimeOffset realNow, DateTimeOffset applicationNow, KeyPassphrase password)
    {
        var notBefore = (realNow < applicationNow ? realNow : applicationNow) - Before;
        var notAfter = (realNow > applicationNow ? realNow : applicationNow) + After;

        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authority = new CertificateRequest(Name("DensaiAdmin localhost CA"), authorityKey, HashAlgorithmName.SHA256);
        authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(
            certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        authority.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        authority.CertificateExtensions.Add(OnlyThisMachine());
        authority.CertificateExtensions.Add(AuthorityCertificates.OwnKeyIdentifier(authorityKey));
        using var authorityCertificate = authority.CreateSelfSigned(notBefore, notAfter);

        using var serverKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var server = new CertificateRequest(Name(Host), serverKey, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(Host);
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        server.CertificateExtensions.Add(names.Build());
        server.CertificateExtensions.Add(new X509BasicConstraintsExtension(
            certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        server.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        server.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuth)], critical: false));
        server.CertificateExtensions.Add(AuthorityCertificates.OwnKeyIdentifier(serverKey));
        server.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(
            authorityCertificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single()));
        using var signed = server.Create(authorityCertificate, notBefore, notAfter, AuthorityCertificates.SerialNumberOctets());
        using var serverCertificate = signed.CopyWithPrivateKey(serverKey);

        using var publicAuthority = X509CertificateLoader.LoadCertificate(authorityCertificate.RawData);
        var bundle = new X509Certificate2Collection { serverCertificate, publicAuthority };
        var pfx = bundle.ExportPkcs12(
            new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 100_000), password.Reveal().ToString());
        return new LocalTlsIdentity(
            new AuthorityCertificate(authorityCertificate.RawData), pfx, new DateTimeOffset(serverCertificate.NotAfter.ToUniversalTime()));
    }

    static X500DistinguishedName Name(string commonName)
    {
        var builder = new X500DistinguishedNameBuilder();
        builder.AddCommonName(commonName);
        return builder.Build();
    }

    /// <summary>RFC 5280 4.2.1.10: permitted are the name localhost and the two loopback addresses, each with a full mask.</summary>
    static X509Extension OnlyThisMachine()
    {
        var dns = new Asn1Tag(TagClass.ContextSpecific, 2);
        var address = new Asn1Tag(TagClass.ContextSpecific, 7);
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
        {
            using (writer.PushSequence())
            {
                writer.WriteCharacterString(UniversalTagNumber.IA5String, Host, dns);
            }

            foreach (var loopback in new[] { IPAddress.Loopback, IPAddress.IPv6Loopback })
            {
                var octets = loopback.GetAddressBytes();
                using (writer.PushSequence())
                {
                    writer.WriteOctetString([.. octets, .. Enumerable.Repeat((byte)0xFF, octets.Length)], address);
                }
            }
        }

        return new X509Extension(NameConstraints, writer.Encode(), critical: true);
    }
}
