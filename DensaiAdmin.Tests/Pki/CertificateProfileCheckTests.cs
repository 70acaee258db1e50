using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Pki;

public sealed class CertificateProfileCheckTests : IDisposable
{
    const string ClientAuth = "1.3.6.1.5.5.7.3.2";
    const string ServerAuth = "1.3.6.1.5.5.7.3.1";
    const string OcspSigning = "1.3.6.1.5.5.7.3.9";
    const string AnyPurpose = "2.5.29.37.0";

    readonly TestAuthority _authority = new();

    IEnumerable<AuthorityCertificate> Issuers => _authority.Keys.Issuing.Select(ca => ca.IssuerCertificate);

    public void Dispose() => _authority.Dispose();

    [Fact]
    public void Evaluate_Issued_IsOurs()
    {
        Assert.Equal(ProfileEvaluation.Ours, Evaluate(_authority.Issue().Der));
    }

    [Fact]
    public void Evaluate_IssuedByARetiredCaOfOurs_IsOurs()
    {
        using var newer = new TestAuthority();

        Assert.Equal(
            ProfileEvaluation.Ours,
            CertificateProfileCheck.Evaluate(_authority.Issue().Der, [newer.Keys.Current.IssuerCertificate, .. Issuers], newer.Keys.Root));
    }

    [Fact]
    public void Evaluate_TheCasThemselves_AreProfileWrong()
    {
        Assert.Equal(ProfileEvaluation.ProfileWrong, Evaluate(_authority.Keys.Root.Der));
        Assert.Equal(ProfileEvaluation.ProfileWrong, Evaluate(_authority.Keys.Current.IssuerCertificate.Der));
    }

    [Fact]
    public void Evaluate_ForeignCaWithOurNamesAndKeyIdentifier_IsNotOurs()
    {
        using var forgedKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        Assert.Equal(ProfileEvaluation.NotOurs, Evaluate(Leaf(forgedKey)));
        Assert.Equal(ProfileEvaluation.Ours, Evaluate(Leaf()));
    }

    [Theory]
    [InlineData(ServerAuth)]
    [InlineData(ClientAuth, ServerAuth)]
    [InlineData(ServerAuth, ClientAuth)]
    [InlineData(ClientAuth, AnyPurpose)]
    [InlineData(AnyPurpose)]
    [InlineData(OcspSigning)]
    public void Evaluate_OtherPurposes_AreProfileWrong(params string[] purposes) =>
        Assert.Equal(ProfileEvaluation.ProfileWrong, Evaluate(Leaf(purposes: purposes)));

    [Fact]
    public void Evaluate_NoPurposeAtAll_IsProfileWrong() =>
        Assert.Equal(ProfileEvaluation.ProfileWrong, Evaluate(Leaf(purposes: [])));

    [Fact]
    public void Evaluate_ACasCertificate_IsProfileWrong() =>
        Assert.Equal(ProfileEvaluation.ProfileWrong, Evaluate(Leaf(isCa: true)));

    [Theory]
    [InlineData(X509KeyUsageFlags.None)]
    [InlineData(X509KeyUsageFlags.KeyAgreement)]
    [InlineData(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign)]
    public void Evaluate_OtherKeyUsage_IsProfileWrong(X509KeyUsageFlags usage) =>
        Assert.Equal(ProfileEvaluation.ProfileWrong, Evaluate(Leaf(usage: usage)));

    [Fact]
    public void Evaluate_UnknownCriticalExtension_IsProfileWrong() => Assert.Equal(
        ProfileEvaluation.ProfileWrong,
        Evaluate(Leaf(extra: new X509Extension("1.2.3.4", [0x05, 0x00], critical: true))));

    [Fact]
    public void Evaluate_AnyOctetChanged_IsNotOurs()
    {
        var der = _authority.Issue().Der;
        for (var position = 0; position < der.Length; position++)
        {
            var altered = der.ToArray();
            altered[position] ^= 0x01;

            Assert.Equal(ProfileEvaluation.NotOurs, Evaluate(altered));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("30")]
    [InlineData("3000")]
    [InlineData("30847FFFFFFF")]
    public void Evaluate_NoCertificate_IsNotOurs(string hex) =>
        Assert.Equal(ProfileEvaluation.NotOurs, Evaluate(Convert.FromHexString(hex)));

    ProfileEvaluation Evaluate(ReadOnlyMemory<byte> certificate) =>
        CertificateProfileCheck.Evaluate(certificate, Issuers, _authority.Keys.Root);

    /// <summary>A certificate of our issuing CA's name, signed with its key unless another is given.</summary>
    byte[] Leaf(
        ECDsa? signer = null,
        string[]? purposes = null,
        bool isCa = false,
        X509KeyUsageFlags usage = X509KeyUsageFlags.DigitalSignature,
        X509Extension? extra = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=someone", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isCa, false, 0, critical: true));
        if (usage != X509KeyUsageFlags.None)
        {
            request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, critical: true));
        }

        var oids = new OidCollection();
        foreach (var purpose in purposes ?? [ClientAuth])
        {
            oids.Add(new Oid(purpose));
        }

        if (oids.Count > 0)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(oids, critical: false));
        }

        if (extra is not null)
        {
            request.CertificateExtensions.Add(extra);
        }

        var issuer = _authority.Keys.Current.IssuerCertificate;
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(issuer.SubjectKeyIdentifierBytes));
        var keyFile = Directory.GetFiles(_authority.CaDirectory, "issuing-*.key.pem").Single();
        using var ours = Assert.IsType<SealedKey.Opened>(SealedKeyFile.Open(keyFile, TestAuthority.Passphrase)).Key;
        using var certificate = request.Create(
            issuer.X509.SubjectName,
            X509SignatureGenerator.CreateForECDsa(signer ?? (ECDsa)ours),
            TestAuthority.Now.AddDays(-1),
            TestAuthority.Now.AddDays(364),
            SerialNumber.New().ToBytes());
        return certificate.RawData;
    }
}
