using System.Security.Cryptography;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Pki;

public sealed class EstBodiesTests : IDisposable
{
    readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    public async Task CertsOnly_CaCertificates_OpensslPrintsThem()
    {
        var message = CertsOnly.Encode(_authority.Keys.Certificates.Select(certificate => certificate.Der));

        var printed = await Tool.Run("openssl", ["pkcs7", "-inform", "DER", "-print_certs"], message);

        Assert.True(printed.ExitCode == 0, printed.All);
        Assert.Equal(2, printed.Output.Split("-----BEGIN CERTIFICATE-----").Length - 1);
        Assert.All(
            _authority.Keys.Certificates, certificate => Assert.Contains(certificate.ToPem(), printed.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task CertsOnly_OneCertificate_HoldsItAndNobodysSignature()
    {
        var issued = _authority.Issue();

        var message = CertsOnly.Encode([issued.Der]);
        var structure = await Tool.Run("openssl", ["asn1parse", "-inform", "DER"], message);
        var certificates = await Tool.Run("openssl", ["pkcs7", "-inform", "DER", "-print_certs"], message);
        var printed = await Tool.Run("openssl", ["cms", "-cmsout", "-print", "-inform", "DER"], message);

        Assert.Contains("pkcs7-signedData", structure.Output, StringComparison.Ordinal);
        Assert.Contains("eContent: <ABSENT>", printed.Output, StringComparison.Ordinal);
        Assert.Matches(@"signerInfos:\s+<EMPTY>", printed.Output);
        Assert.Contains(PemEncoding.WriteString("CERTIFICATE", issued.Der.Span), certificates.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CsrAttributes_AsAnswered_NameCurveAndSignature()
    {
        var structure = await Tool.Run("openssl", ["asn1parse", "-inform", "DER"], CsrAttributes.Encode());

        Assert.Equal(
            ["SEQUENCE", "SEQUENCE", "id-ecPublicKey", "SET", "prime256v1", "ecdsa-with-SHA256"],
            structure.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(':')[^1] is { Length: > 0 } value
                && line.Contains("OBJECT", StringComparison.Ordinal)
                ? value.Trim()
                : line.Split("cons:")[^1].Trim()));
    }
}
