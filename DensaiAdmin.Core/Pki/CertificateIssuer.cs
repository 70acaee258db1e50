using System.Formats.Asn1;
using System.Security.Cryptography;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Math;

namespace DensaiAdmin.Core.Pki;

/// <summary>
/// What a certificate is asked for. The serial comes from outside: it stands in the intent row before anything is signed.
/// </summary>
/// <param name="LoginId">As stored; written into the subject's CN.</param>
/// <param name="Serial">From <see cref="SerialNumber.New"/>.</param>
/// <param name="Key">From <see cref="CertificationRequest.Parse"/>.</param>
/// <param name="NotBefore">First valid second, UTC (<see cref="ValidityPolicy.NotBefore"/>).</param>
/// <param name="NotAfter">Last valid second, UTC (<see cref="ValidityPolicy.NotAfter"/>).</param>
public sealed record IssueRequest(string LoginId, SerialNumber Serial, AcceptedKey Key, DateTimeOffset NotBefore, DateTimeOffset NotAfter);

/// <summary>A signed certificate. It is shown to nobody before it is stored.</summary>
/// <param name="Der">The certificate.</param>
/// <param name="Serial">As asked.</param>
/// <param name="Subject">As the CA wrote it (R18).</param>
/// <param name="NotBefore">First valid second, UTC.</param>
/// <param name="NotAfter">Last valid second, UTC.</param>
/// <param name="SubjectPublicKeySha256">Over its SubjectPublicKeyInfo.</param>
/// <param name="IssuerKeyIdentifier">Upper-case hex of the issuing CA's key identifier.</param>
public sealed record IssuedCertificate(
    ReadOnlyMemory<byte> Der,
    SerialNumber Serial,
    SubjectName Subject,
    DateTimeOffset NotBefore,
    DateTimeOffset NotAfter,
    Sha256Hash SubjectPublicKeySha256,
    string IssuerKeyIdentifier)
{
    /// <summary>SHA-256 over the whole certificate.</summary>
    public Sha256Hash Sha256Fingerprint { get; } = Sha256Hash.Of(Der.Span);
}

/// <summary>What came of asking for a certificate.</summary>
public abstract record IssueOutcome
{
    private IssueOutcome()
    {
    }

    public sealed record Issued(IssuedCertificate Certificate) : IssueOutcome;

    /// <summary>The profile as asked does not pass the lint; nothing was signed.</summary>
    public sealed record Refused(IReadOnlyList<LintFinding> Findings) : IssueOutcome;

    public T Match<T>(Func<IssuedCertificate, T> issued, Func<IReadOnlyList<LintFinding>, T> refused) => this switch
    {
        Issued outcome => issued(outcome.Certificate),
        Refused outcome => refused(outcome.Findings),
        _ => throw new InvalidOperationException("The outcomes are closed."),
    };
}

/// <summary>
/// Builds, lints and signs client certificates of the one profile (RFC 5280 4). Safe to use from several threads at once.
/// </summary>
public sealed class CertificateIssuer
{
    static readonly DerObjectIdentifier[] Order =
    [
        X509Extensions.BasicConstraints,
        X509Extensions.KeyUsage,
        X509Extensions.ExtendedKeyUsage,
        X509Extensions.SubjectKeyIdentifier,
        X509Extensions.AuthorityKeyIdentifier,
        X509Extensions.CrlDistributionPoints,
        X509Extensions.AuthorityInfoAccess,
    ];

    readonly ICertificateAuthority _authority;
    readonly EndEntityProfile _profile;
    readonly X509Name _issuer;
    readonly AlgorithmIdentifier _algorithm;
    readonly Dictionary<DerObjectIdentifier, X509Extension> _extensions;
    readonly LintExpectation _expectation;

    public CertificateIssuer(ICertificateAuthority authority, EndEntityProfile profile)
    {
        _authority = authority;
        _profile = profile;
        var ca = authority.IssuerCertificate;
        _issuer = X509Name.GetInstance(Asn1Object.FromByteArray(ca.Subject.ToArray()));
        _algorithm = AlgorithmIdentifier.GetInstance(authority.SignatureAlgorithm.Identifier.ToArray());
        _extensions = Extensions(ca, profile.Addresses);
        _expectation = new LintExpectation(ca, authority.SignatureAlgorithm, profile.Addresses, profile.ValidityYears);
    }

    /// <summary>The CA that signs.</summary>
    public ICertificateAuthority Authority => _authority;

    public EndEntityProfile Profile => _profile;

    /// <summary>Signs a certificate, unless what would be signed does not pass <see cref="CertificateLint"/>.</summary>
    public IssueOutcome Issue(IssueRequest request)
    {
        var subject = _profile.Subject.For(request.LoginId);
        return SignWhenClean(ToBeSigned(request, subject), request, subject);
    }

    /// <summary>The only way to a signature on a certificate: the very octets that passed the lint are signed and handed out.</summary>
    internal IssueOutcome SignWhenClean(byte[] toBeSigned, IssueRequest request, SubjectName subject)
    {
        var findings = CertificateLint.Check(toBeSigned, _expectation, request, subject);
        if (findings.Count > 0)
        {
            return new IssueOutcome.Refused(findings);
        }

        var signature = _authority.Sign(toBeSigned);
        var writer = new AsnWriter(AsnEncodingRules.DER, toBeSigned.Length + signature.Length + 64);
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(toBeSigned);
            writer.WriteEncodedValue(_authority.SignatureAlgorithm.Identifier);
            writer.WriteBitString(signature);
        }

        return new IssueOutcome.Issued(new IssuedCertificate(
            writer.Encode(),
            request.Serial,
            subject,
            request.NotBefore,
            request.NotAfter,
            request.Key.SubjectPublicKeySha256,
            _authority.IssuerCertificate.SubjectKeyIdentifier));
    }

    /// <summary>DER of the TBSCertificate as this issuer would have it signed.</summary>
    internal byte[] ToBeSigned(IssueRequest request, SubjectName subject)
    {
        var key = SubjectPublicKeyInfo.GetInstance(Asn1Object.FromByteArray(request.Key.SubjectPublicKeyInfo.ToArray()));
        var extensions = new Dictionary<DerObjectIdentifier, X509Extension>(_extensions)
        {
            [X509Extensions.SubjectKeyIdentifier] =
                new(critical: false, Wrap(new SubjectKeyIdentifier(KeyIdentifier.Of(key.PublicKey.GetBytes())))),
        };

        var generator = new V3TbsCertificateGenerator();
        generator.SetSerialNumber(new DerInteger(new BigInteger(1, request.Serial.ToBytes())));
        generator.SetSignature(_algorithm);
        generator.SetIssuer(_issuer);
        generator.SetStartDate(new Time(request.NotBefore.UtcDateTime));
        generator.SetEndDate(new Time(request.NotAfter.UtcDateTime));
        generator.SetSubject(Name(subject));
        generator.SetSubjectPublicKeyInfo(key);
        generator.SetExtensions(new X509Extensions([.. Order.Where(extensions.ContainsKey)], extensions));
        return generator.GenerateTbsCertificate().GetDerEncoded();
    }

    /// <summary>
    /// Basic constraints stand although they may be left out for end entities (RFC 5280 4.2.1.9 allows both): critical and CA:FALSE is a
    /// statement that no reader can take for silence. Extended key usage is exactly clientAuth, so that the certificate is good for
    /// nothing else.
    /// </summary>
    static Dictionary<DerObjectIdentifier, X509Extension> Extensions(AuthorityCertificate ca, PkiAddresses addresses) => new()
    {
        [X509Extensions.BasicConstraints] = new(critical: true, Wrap(new BasicConstraints(cA: false))),
        [X509Extensions.KeyUsage] = new(critical: true, Wrap(new KeyUsage(KeyUsage.DigitalSignature))),
        [X509Extensions.ExtendedKeyUsage] = new(critical: false, Wrap(new ExtendedKeyUsage(KeyPurposeID.id_kp_clientAuth))),
        [X509Extensions.AuthorityKeyIdentifier] = new(
            critical: false, Wrap(new AuthorityKeyIdentifier(ca.SubjectKeyIdentifierBytes.ToArray()))),
        [X509Extensions.CrlDistributionPoints] = new(critical: false, Wrap(new CrlDistPoint(
            [new DistributionPoint(new DistributionPointName(new GeneralNames(Uri(addresses.Crl(ca)))), null, null)]))),
        [X509Extensions.AuthorityInfoAccess] = new(critical: false, Wrap(new AuthorityInformationAccess(
        [
            new AccessDescription(AccessDescription.IdADOcsp, Uri(addresses.Ocsp)),
            new AccessDescription(AccessDescription.IdADCAIssuers, Uri(addresses.Certificate(ca))),
        ]))),
    };

    static X509Name Name(SubjectName subject)
    {
        var parts = new Asn1EncodableVector(3);
        Add(parts, X509Name.O, subject.Organization);
        Add(parts, X509Name.OU, subject.OrganizationalUnit);
        Add(parts, X509Name.CN, subject.CommonName);
        return X509Name.GetInstance(new DerSequence(parts));
    }

    // Built by hand because X509Name's own converter takes a value that begins with # for hex.
    static void Add(Asn1EncodableVector parts, DerObjectIdentifier type, string value) =>
        parts.Add(new DerSet(new DerSequence(type, new DerUtf8String(value))));

    static GeneralName Uri(string address) => new(GeneralName.UniformResourceIdentifier, address);

    static DerOctetString Wrap(Asn1Encodable value) => new(value.GetDerEncoded());
}
