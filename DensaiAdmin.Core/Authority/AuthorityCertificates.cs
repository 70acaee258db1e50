using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Pki;

namespace DensaiAdmin.Core.Authority;

/// <summary>The CAs' own certificates (RFC 5280 4.2: what a conforming CA must carry).</summary>
internal static class AuthorityCertificates
{
    const string ClientAuth = "1.3.6.1.5.5.7.3.2";
    const string OcspSigning = "1.3.6.1.5.5.7.3.9";

    public static byte[] Root(AuthorityPlan plan, ECDsa key)
    {
        var request = Request(Name(plan.Organization, plan.RootCommonName), key, HashAlgorithmName.SHA384, pathLength: 1);
        request.CertificateExtensions.Add(OwnKeyIdentifier(key));
        using var certificate = request.Create(
            request.SubjectName, new Signer(key), plan.NotBefore, plan.RootNotAfter, SerialNumberOctets());
        return certificate.RawData;
    }

    /// <summary>
    /// Its certificate allows what its leaves are for and nothing else (client authentication, and the OCSP answers about them): with the
    /// issuing key nobody can make a server that those who trust the root would believe.
    /// </summary>
    public static byte[] Issuing(AuthorityPlan plan, FileAuthority root, ECDsa key)
    {
        var rootCertificate = root.IssuerCertificate;
        var request = Request(Name(plan.Organization, plan.IssuingCommonName), key, HashAlgorithmName.SHA384, pathLength: 0);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ClientAuth), new Oid(OcspSigning)], critical: false));
        request.CertificateExtensions.Add(OwnKeyIdentifier(key));
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(rootCertificate.SubjectKeyIdentifierBytes));
        request.CertificateExtensions.Add(
            CertificateRevocationListBuilder.BuildCrlDistributionPointExtension([plan.Addresses.Crl(rootCertificate)]));
        request.CertificateExtensions.Add(
            new X509AuthorityInformationAccessExtension(ocspUris: null, caIssuersUris: [plan.Addresses.Certificate(rootCertificate)]));
        using var certificate = request.Create(
            rootCertificate.X509.SubjectName, new Signer(root), plan.NotBefore, plan.IssuingNotAfter, SerialNumberOctets());
        return certificate.RawData;
    }

    internal static X500DistinguishedName Name(string organization, string commonName)
    {
        // The builder encodes what was added last first.
        var builder = new X500DistinguishedNameBuilder();
        builder.AddCommonName(commonName);
        builder.AddOrganizationName(organization);
        return builder.Build();
    }

    internal static X509SubjectKeyIdentifierExtension OwnKeyIdentifier(AsymmetricAlgorithm key) =>
        new(
            KeyIdentifier.Of(PublicKey.CreateFromSubjectPublicKeyInfo(key.ExportSubjectPublicKeyInfo(), out _).EncodedKeyValue.RawData),
            critical: false);

    internal static byte[] SerialNumberOctets() => Pki.SerialNumber.New().ToBytes();

    internal static CertificateRequest Request(X500DistinguishedName name, ECDsa key, HashAlgorithmName hash, int pathLength)
    {
        var request = new CertificateRequest(name, key, hash);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(
            certificateAuthority: true, hasPathLengthConstraint: true, pathLength, critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        return request;
    }

    /// <summary>Lets the platform's certificate builder sign with a CA of ours.</summary>
    sealed class Signer : X509SignatureGenerator
    {
        readonly SignatureAlgorithm _algorithm;
        readonly Func<byte[], byte[]> _sign;
        readonly byte[] _subjectPublicKeyInfo;

        public Signer(ECDsa key)
        {
            _algorithm = key.KeySize > 256 ? SignatureAlgorithm.EcdsaSha384 : SignatureAlgorithm.EcdsaSha256;
            _sign = data => key.SignData(data, _algorithm.Hash, DSASignatureFormat.Rfc3279DerSequence);
            _subjectPublicKeyInfo = key.ExportSubjectPublicKeyInfo();
        }

        public Signer(ICertificateAuthority authority)
        {
            _algorithm = authority.SignatureAlgorithm;
            _sign = data => authority.Sign(data);
            _subjectPublicKeyInfo = authority.IssuerCertificate.SubjectPublicKeyInfo.ToArray();
        }

        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm) => _algorithm.Identifier.ToArray();

        public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) => _sign(data);

        protected override PublicKey BuildPublicKey() => PublicKey.CreateFromSubjectPublicKeyInfo(_subjectPublicKeyInfo, out _);
    }
}
