using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Pki;

public sealed class CertificateIssuerTests : IDisposable
{
    readonly TestAuthority _authority = new();
    readonly TemporaryDirectory _files = new();

    static string EpochOfNow => TestAuthority.Now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    public void Dispose()
    {
        _authority.Dispose();
        _files.Dispose();
    }

    [Theory]
    [InlineData("P-256")]
    [InlineData("P-384")]
    [InlineData("RSA 2048")]
    [InlineData("RSA 3072")]
    [InlineData("RSA 4096")]
    public async Task Issue_EveryAcceptedKey_PassesStrictOpensslWithCrls(string kind)
    {
        using AsymmetricAlgorithm key = kind switch
        {
            "P-256" => ECDsa.Create(ECCurve.NamedCurves.nistP256),
            "P-384" => ECDsa.Create(ECCurve.NamedCurves.nistP384),
            _ => RSA.Create(int.Parse(kind[4..], CultureInfo.InvariantCulture)),
        };
        var issued = _authority.Issue(_authority.NewRequest(key: _authority.NewKey(key)));

        var evaluation = await VerifyWithOpenssl(issued);

        Assert.True(evaluation.ExitCode == 0, evaluation.All);
    }

    [Fact]
    public async Task Issue_AnyCertificate_PassesCerttool()
    {
        // certtool knows no other time than now.
        using var authority = new TestAuthority(TimeProvider.System.GetUtcNow());
        var issued = authority.Issue();
        var chain = _files.Write(
            "chain.pem", Pem(issued) + authority.Keys.Current.IssuerCertificate.ToPem() + "\n" + authority.Keys.Root.ToPem());
        var trust = _files.Write("root.pem", authority.Keys.Root.ToPem());

        var evaluation = await Tool.Run(
            "certtool", ["--verify", "--infile", chain, "--load-ca-certificate", trust, "--verify-purpose", "1.3.6.1.5.5.7.3.2"]);

        Assert.True(
            evaluation.ExitCode == 0 && evaluation.All.Contains("The certificate is trusted", StringComparison.Ordinal), evaluation.All);
    }

    [Fact]
    public async Task Issue_Revoked_OpensslSaysRevoked()
    {
        var issued = _authority.Issue();

        var evaluation = await VerifyWithOpenssl(
            issued, new RevokedCertificate(issued.Serial, TestAuthority.Now, X509RevocationReason.KeyCompromise));

        Assert.NotEqual(0, evaluation.ExitCode);
        Assert.Contains("certificate revoked", evaluation.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Issue_AnyCertificate_HasTheProfile()
    {
        var issued = _authority.Issue();
        var issuer = _authority.Keys.Current.IssuerCertificate;
        var leaf = _files.Write("leaf.pem", Pem(issued));

        var text = (await Tool.OpenSsl("x509", "-in", leaf, "-noout", "-text", "-nameopt", "RFC2253,utf8")).Output;
        var structure = (await Tool.OpenSsl("asn1parse", "-in", leaf)).Output;

        Assert.Contains("Version: 3 (0x2)", text, StringComparison.Ordinal);
        Assert.Contains(
            "Subject: CN=North Pacific Bank\\, LTD 0501D00601U,OU=North Pacific Bank\\, Ltd.,O=North Pacific Bank\\, Ltd.", text,
            StringComparison.Ordinal);
        Assert.Contains("Not Before: Aug 31 13:55:00 2026 GMT", text, StringComparison.Ordinal);
        Assert.Contains("Not After : Aug 31 23:59:59 2027 GMT", text, StringComparison.Ordinal);
        Assert.Matches(@"X509v3 Basic Constraints: critical\s+CA:FALSE\n", text);
        Assert.Matches(@"X509v3 Key Usage: critical\s+Digital Signature\n", text);
        Assert.Matches(@"X509v3 Extended Key Usage: \s+TLS Web Client Authentication\n", text);
        Assert.Matches($@"X509v3 Authority Key Identifier: \s+{Colons(issuer.SubjectKeyIdentifier)}\n", text);
        Assert.Matches(@"X509v3 Subject Key Identifier: \s+([0-9A-F]{2}:){19}[0-9A-F]{2}\n", text);
        Assert.Contains($"URI:http://localhost:7080/pki/crl/{issuer.SubjectKeyIdentifier}.crl\n", text, StringComparison.Ordinal);
        Assert.Contains("OCSP - URI:http://localhost:7080/pki/ocsp\n", text, StringComparison.Ordinal);
        Assert.Contains(
            $"CA Issuers - URI:http://localhost:7080/pki/ca/{issuer.SubjectKeyIdentifier}.cer\n", text, StringComparison.Ordinal);
        Assert.Equal(2, text.Split("Signature Algorithm: ecdsa-with-SHA256").Length - 1);
        Assert.Contains("UTF8STRING        :North Pacific Bank, LTD 0501D00601U", structure, StringComparison.Ordinal);
        Assert.Contains("UTCTIME           :270831235959Z", structure, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Issue_Answer_SaysWhatStandsInTheCertificate()
    {
        var request = _authority.NewRequest();

        var issued = _authority.Issue(request);

        using var certificate = X509CertificateLoader.LoadCertificate(issued.Der.Span);
        Assert.Equal(certificate.SerialNumber, issued.Serial.ToString());
        Assert.Equal(certificate.NotBefore.ToUniversalTime(), issued.NotBefore.UtcDateTime);
        Assert.Equal(certificate.NotAfter.ToUniversalTime(), issued.NotAfter.UtcDateTime);
        Assert.Equal(certificate.GetCertHashString(HashAlgorithmName.SHA256), issued.Sha256Fingerprint.ToString());
        Assert.Equal(request.Key.SubjectPublicKeySha256, issued.SubjectPublicKeySha256);
        Assert.Equal(
            SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()), issued.SubjectPublicKeySha256.ToByteArray());
        Assert.Equal(_authority.Keys.Current.IssuerCertificate.SubjectKeyIdentifier, issued.IssuerKeyIdentifier);
    }

    [Fact]
    public async Task Issue_TwoThousandOverAYear_AllPassStrictOpenssl()
    {
        var keys = Enumerable.Range(0, 20).Select(_ => _authority.NewKey()).ToList();
        var issued = Enumerable.Range(0, 2_000)
            .Select(number => _authority.Issue(_authority.NewRequest(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"0501D{number:D5}U"), keys[number % keys.Count], TestAuthority.Now.AddHours(-4 * number))))
            .ToList();
        var files = issued.Select((certificate, number) => _files.Write($"{number}.pem", Pem(certificate))).ToArray();

        var evaluation = await Tool.OpenSsl(
        [
            "verify", "-x509_strict", "-purpose", "sslclient", "-attime", EpochOfNow,
            "-CAfile", _files.Write("root.pem", _authority.Keys.Root.ToPem()),
            "-untrusted", _files.Write("issuing.pem", _authority.Keys.Current.IssuerCertificate.ToPem()), .. files,
        ]);

        Assert.True(evaluation.ExitCode == 0, evaluation.All);
        Assert.Equal(2_000, evaluation.Output.Split(": OK").Length - 1);
        Assert.Equal(2_000, issued.Select(certificate => certificate.Serial).Distinct().Count());
    }

    [Fact]
    public void Issue_WhereTheCaKeyIsRsa_IsSignedWithSha256AndOurs()
    {
        using var key = RSA.Create(3072);
        var ca = new CertificateRequest("CN=Imported CA", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        ca.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        ca.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(ca.PublicKey, critical: false));
        using var certificate = ca.CreateSelfSigned(TestAuthority.Now.AddYears(-1), TestAuthority.Now.AddYears(10));
        using var imported = new FileAuthority(new AuthorityCertificate(certificate.RawData), RSA.Create(key.ExportParameters(true)));

        var issued = Assert.IsType<IssueOutcome.Issued>(new CertificateIssuer(imported, TestAuthority.Profile)
            .Issue(_authority.NewRequest())).Certificate;

        using var leaf = X509CertificateLoader.LoadCertificate(issued.Der.Span);
        Assert.Equal("sha256RSA", leaf.SignatureAlgorithm.FriendlyName);
        Assert.Equal(
            ProfileEvaluation.Ours, CertificateProfileCheck.Evaluate(issued.Der, [imported.IssuerCertificate], _authority.Keys.Root));
    }

    static string Colons(string hex) => string.Join(':', hex.Chunk(2).Select(pair => new string(pair)));

    async Task<ToolAnswer> VerifyWithOpenssl(IssuedCertificate issued, params RevokedCertificate[] revoked)
    {
        var crl = CertificateRevocationList.Build(
            _authority.Keys.Current, 1, TestAuthority.Now.AddMinutes(-1), TestAuthority.Now.AddDays(7), revoked);
        var crls = _files.Write("crls.pem", PemEncoding.WriteString("X509 CRL", crl.Der.Span) + "\n" + PemEncoding.WriteString(
            "X509 CRL", _authority.Keys.RootCrl.Der.Span));
        return await Tool.OpenSsl(
            "verify", "-x509_strict", "-purpose", "sslclient", "-crl_check_all", "-attime", EpochOfNow,
            "-CAfile", _files.Write("root.pem", _authority.Keys.Root.ToPem()),
            "-untrusted", _files.Write("issuing.pem", _authority.Keys.Current.IssuerCertificate.ToPem()),
            "-CRLfile", crls,
            _files.Write("leaf.pem", Pem(issued)));
    }

    static string Pem(IssuedCertificate certificate) => PemEncoding.WriteString("CERTIFICATE", certificate.Der.Span) + "\n";
}
