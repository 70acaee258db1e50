using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Store;

namespace DensaiAdmin.Tests.Support;

/// <summary>A real root and issuing CA in a directory of their own, with the manual's names.</summary>
internal sealed class TestAuthority : IDisposable
{
    public static readonly KeyPassphrase Passphrase = new("a passphrase for tests only");

    /// <summary>An hour before midnight in Japan on purpose: UTC and JST dates agree, but not for long.</summary>
    public static readonly DateTimeOffset Now = new(2026, 8, 31, 14, 0, 0, TimeSpan.Zero);

    readonly TemporaryDirectory _directory = new();

    readonly DateTimeOffset _now;

    /// <param name="now">When the CA is made and issues; given only where a program of others judges by the real clock.</param>
    public TestAuthority(DateTimeOffset? now = null)
    {
        _now = now ?? Now;
        Keys = AuthorityKeys.Create(CaDirectory, Plan(_now), Passphrase);
        Issuer = new CertificateIssuer(Keys.Current, Profile);
    }

    public static PkiAddresses Addresses { get; } = new("http://localhost:7080");

    public static EndEntityProfile Profile { get; } = new(
        new SubjectTemplate("North Pacific Bank, Ltd.", "North Pacific Bank, Ltd.", "North Pacific Bank, LTD {loginId}"), Addresses, 1);

    public AuthorityKeys Keys { get; }

    public CertificateIssuer Issuer { get; }

    public string CaDirectory => _directory.At("ca");

    public static AuthorityPlan Plan(DateTimeOffset now) => new()
    {
        Organization = "North Pacific Bank, Ltd.",
        RootCommonName = "North Pacific Bank Root CA",
        IssuingCommonName = "North Pacific Bank Issuing CA",
        Addresses = Addresses,
        NotBefore = now.AddDays(-400),
        RootNotAfter = now.AddYears(20),
        IssuingNotAfter = now.AddYears(15),
        CreatedAt = now,
        SealingRounds = 1_000,
    };

    /// <summary>A key that a customer might have, accepted.</summary>
    public AcceptedKey NewKey(AsymmetricAlgorithm? key = null)
    {
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Assert.IsType<CertificationRequestOutcome.Accepted>(CertificationRequest.Parse(Request(key ?? own), Keys.Certificates)).Key;
    }

    public static byte[] Request(AsymmetricAlgorithm key) => key switch
    {
        ECDsa ecdsa => new CertificateRequest("CN=whatever", ecdsa, HashAlgorithmName.SHA256).CreateSigningRequest(),
        RSA rsa => new CertificateRequest("CN=whatever", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequest(),
        _ => throw new ArgumentException("ECDSA or RSA", nameof(key)),
    };

    public IssueRequest NewRequest(string loginId = "0501D00601U", AcceptedKey? key = null, DateTimeOffset? issuedAt = null)
    {
        var at = issuedAt ?? _now;
        return new IssueRequest(loginId, SerialNumber.New(), key ?? NewKey(), ValidityPolicy.NotBefore(at), ValidityPolicy.NotAfter(at, 1));
    }

    public IssuedCertificate Issue(IssueRequest? request = null) =>
        Assert.IsType<IssueOutcome.Issued>(Issuer.Issue(request ?? NewRequest())).Certificate;

    public void Dispose()
    {
        Keys.Dispose();
        _directory.Dispose();
    }
}
