using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Certificates;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Authority;

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

        var verdict = await VerifyWithOpenssl(issued);

        Assert.True(verdict.ExitCode == 0, verdict.All);
    }

    [Fact]
    public async Task Issue_AnyCertificate_PassesCerttool()
    {
        // certtool knows no other time than now.
        using var authority = new TestAuthority(TimeProvider.System.GetUtcNow());
        var issued = authority.Issue();
        var chain = _files.Write("chain.pem", Pem(issued) + authority.Keys.Current.IssuerCertificate.ToPem() + "\n" + authority.Keys.Root.ToPem());
        var trust = _files.Write("root.pem", authority.Keys.Root.ToPem());

        var verdict = await Tool.Run(
            "certtool", ["--verify", "--infile", chain, "--load-ca-certificate", trust, "--verify-purpose", "1.3.6.1.5.5.7.3.2"]);

        Assert.True(verdict.ExitCode == 0 && verdict.All.Contains("The certificate is trusted", StringComparison.Ordinal), verdict.All);
    }

    [Fact]
    public async Task Issue_Revoked_OpensslSaysRevoked()
    {
        var issued = _authority.Issue();

        var verdict = await VerifyWithOpenssl(issued, new RevokedCertificate(issued.Serial, TestAuthority.Now, X509RevocationReason.KeyCompromise));

        Assert.NotEqual(0, verdict.ExitCode);
        Assert.Contains("certificate revoked", verdict.All, StringComparison.Ordinal);
    }

    async Task<ToolAnswer> VerifyWithOpenssl(IssuedCertificate issued, params RevokedCertificate[] revoked)
    {
        var crl = CertificateRevocationList.Build(
            _authority.Keys.Current, 1, TestAuthority.Now.AddMinutes(-1), TestAuthority.Now.AddDays(7), revoked);
        var crls = _files.Write("crls.pem", PemEncoding.WriteString("X509 CRL", crl.Der.Span) + "\n" + PemEncoding.WriteString("X509 CRL", _authority.Keys.RootCrl.Der.Span));
        return await Tool.OpenSsl(
            "verify", "-x509_strict", "-purpose", "sslclient", "-crl_check_all", "-attime", EpochOfNow,
            "-CAfile", _files.Write("root.pem", _authority.Keys.Root.ToPem()),
            "-untrusted", _files.Write("issuing.pem", _authority.Keys.Current.IssuerCertificate.ToPem()),
            "-CRLfile", crls,
            _files.Write("leaf.pem", Pem(issued)));
    }

    static string Pem(IssuedCertificate certificate) => PemEncoding.WriteString("CERTIFICATE", certificate.Der.Span) + "\n";
}
