using DensaiAdmin.Core.Pki;
using DensaiAdmin.Tests.Fakes;
using DensaiAdmin.Tests.Support;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Math;

namespace DensaiAdmin.Tests.Pki;

public sealed class CertificateLintTests : IDisposable
{
    readonly TestAuthority _authority = new();
    readonly CountingAuthority _counting;
    readonly CertificateIssuer _issuer;

    public CertificateLintTests()
    {
        _counting = new CountingAuthority(_authority.Keys.Current);
        _issuer = new CertificateIssuer(_counting, TestAuthority.Profile);
    }

    public void Dispose() => _authority.Dispose();

    [Fact]
    public void Issue_TheProfileAsItIs_IsSignedOnce()
    {
        Assert.IsType<IssueOutcome.Issued>(_issuer.Issue(_authority.NewRequest()));
        Assert.Equal(1, _counting.Signatures);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(366)]
    [InlineData(364)]
    [InlineData(-1)]
    public void Issue_AnotherNumberOfDays_IsNotSigned(int days)
    {
        var request = _authority.NewRequest();

        AssertStopped(LintRule.Validity, request with { NotAfter = request.NotAfter.AddDays(days - 365) });
    }

    [Fact]
    public void Issue_EndingAtAnotherHour_IsNotSigned()
    {
        var request = _authority.NewRequest();

        AssertStopped(LintRule.Validity, request with { NotAfter = request.NotAfter.AddSeconds(-1) });
        AssertStopped(LintRule.Validity, request with { NotAfter = request.NotAfter.AddHours(-9) });
    }

    [Theory]
    [InlineData("2026-08-31T14:59:59Z")]
    [InlineData("2026-08-31T15:00:00Z")]
    [InlineData("2026-08-31T15:04:59Z")]
    [InlineData("2026-08-31T15:05:00Z")]
    [InlineData("2028-02-28T15:00:00Z")]
    [InlineData("2028-02-29T15:00:00Z")]
    public void Issue_AroundMidnightInJapan_IsSigned(string issuedAt)
    {
        var at = DateTimeOffset.Parse(issuedAt, System.Globalization.CultureInfo.InvariantCulture);

        Assert.IsType<IssueOutcome.Issued>(_issuer.Issue(_authority.NewRequest(issuedAt: at)));
    }

    [Fact]
    public void Issue_SeveralYears_OnlyWhenThePolicySaysSo()
    {
        var request = _authority.NewRequest() with { NotAfter = ValidityPolicy.NotAfter(TestAuthority.Now, 3) };
        var threeYears = new CertificateIssuer(_counting, TestAuthority.Profile with { ValidityYears = 3 });

        AssertStopped(LintRule.Validity, request);
        Assert.IsType<IssueOutcome.Issued>(threeYears.Issue(request));
    }

    [Fact]
    public void Issue_ShortSerial_IsNotSigned() =>
        AssertStopped(LintRule.Serial, _authority.NewRequest() with { Serial = SerialNumber.Parse("04D2") });

    [Fact]
    public void Issue_OutsideTheIssuersValidity_IsNotSigned()
    {
        AssertStopped(LintRule.IssuerValidity, _authority.NewRequest(issuedAt: TestAuthority.Now.AddYears(15)));
        AssertStopped(LintRule.IssuerValidity, _authority.NewRequest(issuedAt: TestAuthority.Now.AddDays(-401)));
    }

    [Theory]
    [InlineData("U\nBcc: someone")]
    [InlineData("U\u202Egnp")]
    [InlineData("U\u2028")]
    [InlineData("U\0")]
    [InlineData("0501D00601U0501D00601U0501D00601U0501D00601U0501D00601U")]
    public void Issue_LoginIdThatASubjectCannotCarry_IsNotSigned(string loginId) =>
        AssertStopped(LintRule.Subject, _authority.NewRequest(loginId));

    [Theory]
    [InlineData("#0403020100")]
    [InlineData("a,b+c=d;e\"f\\g<h>")]
    [InlineData("利用者")]
    [InlineData("𠮷野家")]
    public void Issue_LoginIdWithAwkwardCharacters_StandsInTheSubjectAsGiven(string loginId)
    {
        var profile = TestAuthority.Profile with { Subject = TestAuthority.Profile.Subject with { CommonName = "{loginId}" } };
        var issued = Assert.IsType<IssueOutcome.Issued>(new CertificateIssuer(_counting, profile).Issue(_authority.NewRequest(loginId)))
            .Certificate;
        var subject = X509CertificateStructure.GetInstance(issued.Der.ToArray()).Subject;

        Assert.Equal(loginId, issued.Subject.CommonName);
        Assert.Equal(loginId, Assert.Single(subject.GetValueList(X509Name.CN)));
    }

    [Fact]
    public void Issue_EmptyInstitution_IsNotSigned()
    {
        var profile = TestAuthority.Profile with { Subject = TestAuthority.Profile.Subject with { OrganizationalUnit = "" } };

        AssertStopped(LintRule.Subject, _authority.NewRequest(), new CertificateIssuer(_counting, profile));
    }

    [Theory]
    [InlineData("https://localhost:7080")]
    [InlineData("localhost:7080")]
    [InlineData("http://local host")]
    [InlineData("")]
    public void Issue_AddressesThatNoOneCanFetch_IsNotSigned(string origin)
    {
        var issuer = new CertificateIssuer(_counting, TestAuthority.Profile with { Addresses = new PkiAddresses(origin) });

        AssertStopped(LintRule.CrlDistributionPoints, _authority.NewRequest(), issuer);
        AssertStopped(LintRule.AuthorityInformationAccess, _authority.NewRequest(), issuer);
    }

    [Theory]
    [InlineData("2.5.29.19", LintRule.BasicConstraints, "30030101FF")]
    [InlineData("2.5.29.15", LintRule.KeyUsage, "03020106")]
    [InlineData("2.5.29.15", LintRule.KeyUsage, null)]
    [InlineData("2.5.29.37", LintRule.ExtendedKeyUsage, "300A06082B06010505070301")]
    [InlineData("2.5.29.37", LintRule.ExtendedKeyUsage, "301406082B0601050507030206082B06010505070301")]
    [InlineData("2.5.29.37", LintRule.ExtendedKeyUsage, "30060604551D2500")]
    [InlineData("2.5.29.37", LintRule.ExtendedKeyUsage, "3000")]
    [InlineData("2.5.29.37", LintRule.ExtendedKeyUsage, null)]
    [InlineData("2.5.29.14", LintRule.SubjectKeyIdentifier, "04020102")]
    [InlineData("2.5.29.14", LintRule.SubjectKeyIdentifier, null)]
    [InlineData("2.5.29.35", LintRule.AuthorityKeyIdentifier, "300480020102")]
    [InlineData("2.5.29.35", LintRule.AuthorityKeyIdentifier, "FFFF")]
    [InlineData("2.5.29.35", LintRule.AuthorityKeyIdentifier, null)]
    [InlineData("2.5.29.31", LintRule.CrlDistributionPoints, "3000")]
    [InlineData("2.5.29.31", LintRule.CrlDistributionPoints, null)]
    [InlineData("1.3.6.1.5.5.7.1.1", LintRule.AuthorityInformationAccess, "3000")]
    [InlineData("1.3.6.1.5.5.7.1.1", LintRule.AuthorityInformationAccess, null)]
    [InlineData("2.5.29.17", LintRule.UnknownExtension, "3000")]
    public void Sign_ExtensionChangedOrLeftOut_IsNotSigned(string oid, LintRule rule, string? value)
    {
        var id = new DerObjectIdentifier(oid);

        AssertNotSigned(rule, (generator, original) =>
        {
            var extensions = All(original);
            if (value is null)
            {
                extensions.Remove(id);
            }
            else
            {
                extensions[id] = new X509Extension(
                    original.Extensions.GetExtension(id)?.IsCritical ?? false, new DerOctetString(Convert.FromHexString(value)));
            }

            generator.SetExtensions(new X509Extensions([.. extensions.Keys], extensions));
        });
    }

    [Theory]
    [InlineData("2.5.29.15", false, LintRule.KeyUsage)]
    [InlineData("2.5.29.14", true, LintRule.SubjectKeyIdentifier)]
    [InlineData("2.5.29.35", true, LintRule.AuthorityKeyIdentifier)]
    [InlineData("2.5.29.31", true, LintRule.CrlDistributionPoints)]
    [InlineData("1.3.6.1.5.5.7.1.1", true, LintRule.AuthorityInformationAccess)]
    public void Sign_CriticalBitTurned_IsNotSigned(string oid, bool critical, LintRule rule)
    {
        var id = new DerObjectIdentifier(oid);

        AssertNotSigned(rule, (generator, original) =>
        {
            var extensions = All(original);
            extensions[id] = new X509Extension(critical, extensions[id].Value);
            generator.SetExtensions(new X509Extensions([.. extensions.Keys], extensions));
        });
    }

    [Fact]
    public void Sign_SerialNotOfTheIntent_IsNotSigned() => AssertNotSigned(
        LintRule.Serial, (generator, _) => generator.SetSerialNumber(new DerInteger(new BigInteger(1, SerialNumber.New().ToBytes()))));

    [Fact]
    public void Sign_NegativeSerial_IsNotSigned() => AssertNotSigned(
        LintRule.Serial, (generator, _) => generator.SetSerialNumber(
            new DerInteger(new BigInteger(1, SerialNumber.New().ToBytes()).Negate())));

    [Fact]
    public void Sign_AnotherKey_IsNotSigned() => AssertNotSigned(
        LintRule.Key,
        (generator, _) => generator.SetSubjectPublicKeyInfo(
            SubjectPublicKeyInfo.GetInstance(_authority.NewKey().SubjectPublicKeyInfo.ToArray())));

    [Fact]
    public void Sign_AnotherSubject_IsNotSigned() => AssertNotSigned(
        LintRule.Subject, (generator, _) => generator.SetSubject(new X509Name("CN=0501D00601M")));

    [Fact]
    public void Sign_AnotherIssuer_IsNotSigned() => AssertNotSigned(
        LintRule.Issuer, (generator, _) => generator.SetIssuer(new X509Name("CN=North Pacific Bank Issuing CA")));

    [Fact]
    public void Sign_AnotherAlgorithm_IsNotSigned() => AssertNotSigned(
        LintRule.SignatureAlgorithm,
        (generator, _) => generator.SetSignature(new AlgorithmIdentifier(new DerObjectIdentifier("1.2.840.10045.4.1"))));

    [Fact]
    public void Sign_ExtensionTwice_IsNotSigned()
    {
        var request = _authority.NewRequest();
        var subject = TestAuthority.Profile.Subject.For(request.LoginId);
        var fields = (Asn1Sequence)Asn1Object.FromByteArray(_issuer.ToBeSigned(request, subject));
        var last = fields.Count - 1;
        var extensions = (Asn1Sequence)((Asn1TaggedObject)fields[last]).GetExplicitBaseObject().ToAsn1Object();
        var doubled = new DerTaggedObject(true, 3, new DerSequence(extensions.Append(extensions[1]).ToArray()));
        var toBeSigned = new DerSequence(fields.Take(last).Append(doubled).ToArray()).GetDerEncoded();

        var findings = Findings(_issuer.SignWhenClean(toBeSigned, request, subject));

        Assert.Contains(findings, finding => finding.Rule == LintRule.RepeatedExtension);
        Assert.Contains(findings, finding => finding.Rule == LintRule.KeyUsage);
        Assert.Equal(0, _counting.Signatures);
    }

    [Fact]
    public void Sign_Version1_IsNotSigned()
    {
        var request = _authority.NewRequest();
        var subject = TestAuthority.Profile.Subject.For(request.LoginId);
        var fields = (Asn1Sequence)Asn1Object.FromByteArray(_issuer.ToBeSigned(request, subject));

        var findings = Findings(_issuer.SignWhenClean(new DerSequence(fields.Skip(1).ToArray()).GetDerEncoded(), request, subject));

        Assert.Contains(findings, finding => finding.Rule == LintRule.Version);
        Assert.Equal(0, _counting.Signatures);
    }

    [Theory]
    [InlineData("")]
    [InlineData("3000")]
    [InlineData("0000")]
    [InlineData("30847FFFFFFF")]
    public void Sign_NoCertificate_IsNotSigned(string hex)
    {
        var request = _authority.NewRequest();

        var findings = Findings(
            _issuer.SignWhenClean(Convert.FromHexString(hex), request, TestAuthority.Profile.Subject.For(request.LoginId)));

        Assert.Equal(LintRule.Encoding, Assert.Single(findings).Rule);
        Assert.Equal(0, _counting.Signatures);
    }

    [Fact]
    public void Sign_SeveralDefects_ReportsThemAll()
    {
        var request = _authority.NewRequest() with { Serial = SerialNumber.Parse("04D2") };

        var findings = Findings(_issuer.Issue(request with { NotAfter = request.NotAfter.AddDays(35) }));

        Assert.Equal([LintRule.Serial, LintRule.Validity], findings.Select(finding => finding.Rule).Order());
        Assert.All(findings, finding => Assert.NotEmpty(finding.Detail));
    }

    void AssertStopped(LintRule rule, IssueRequest request, CertificateIssuer? issuer = null)
    {
        var before = _counting.Signatures;

        Assert.Contains(Findings((issuer ?? _issuer).Issue(request)), finding => finding.Rule == rule);
        Assert.Equal(before, _counting.Signatures);
    }

    void AssertNotSigned(LintRule rule, Action<V3TbsCertificateGenerator, TbsCertificateStructure> change)
    {
        var request = _authority.NewRequest();
        var subject = TestAuthority.Profile.Subject.For(request.LoginId);
        var original = TbsCertificateStructure.GetInstance(Asn1Object.FromByteArray(_issuer.ToBeSigned(request, subject)));
        var generator = new V3TbsCertificateGenerator();
        generator.SetSerialNumber(original.SerialNumber);
        generator.SetSignature(original.Signature);
        generator.SetIssuer(original.Issuer);
        generator.SetStartDate(original.StartDate);
        generator.SetEndDate(original.EndDate);
        generator.SetSubject(original.Subject);
        generator.SetSubjectPublicKeyInfo(original.SubjectPublicKeyInfo);
        generator.SetExtensions(original.Extensions);
        change(generator, original);

        var findings = Findings(_issuer.SignWhenClean(generator.GenerateTbsCertificate().GetDerEncoded(), request, subject));

        Assert.All(findings, finding => Assert.Equal(rule, finding.Rule));
        Assert.NotEmpty(findings);
        Assert.Equal(0, _counting.Signatures);
    }

    static IReadOnlyList<LintFinding> Findings(IssueOutcome outcome) => Assert.IsType<IssueOutcome.Refused>(outcome).Findings;

    static Dictionary<DerObjectIdentifier, X509Extension> All(TbsCertificateStructure certificate) =>
        certificate.Extensions.GetExtensionOids().ToDictionary(oid => oid, certificate.Extensions.GetExtension);
}
