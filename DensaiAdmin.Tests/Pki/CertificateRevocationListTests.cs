using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Pki;

public sealed class CertificateRevocationListTests : IDisposable
{
    static readonly DateTimeOffset Now = TestAuthority.Now;

    readonly TestAuthority _authority = new();
    readonly TemporaryDirectory _files = new();

    public void Dispose()
    {
        _authority.Dispose();
        _files.Dispose();
    }

    [Fact]
    public async Task Build_EveryReason_OpensslReadsThemAll()
    {
        X509RevocationReason[] reasons =
        [
            X509RevocationReason.Unspecified, X509RevocationReason.KeyCompromise, X509RevocationReason.AffiliationChanged,
            X509RevocationReason.Superseded, X509RevocationReason.CessationOfOperation,
        ];
        var entries = reasons.Select(reason => new RevokedCertificate(SerialNumber.New(), Now.AddHours(-1).AddMilliseconds(999), reason))
            .ToList();

        var text = await Text(Build(42, entries));

        Assert.Contains("Version 2 (0x1)", text, StringComparison.Ordinal);
        Assert.Contains("Signature Algorithm: ecdsa-with-SHA256", text, StringComparison.Ordinal);
        Assert.Contains("Last Update: Aug 31 14:00:00 2026 GMT", text, StringComparison.Ordinal);
        Assert.Contains("Next Update: Sep  7 14:00:00 2026 GMT", text, StringComparison.Ordinal);
        Assert.Matches(@"X509v3 CRL Number: \s+42\n", text);
        Assert.Contains("X509v3 Authority Key Identifier", text, StringComparison.Ordinal);
        Assert.All(entries, entry => Assert.Contains(
            $"Serial Number: {entry.Serial}\n        Revocation Date: Aug 31 13:00:00 2026 GMT", text, StringComparison.Ordinal));
        foreach (var words in new[] { "Key Compromise", "Affiliation Changed", "Superseded", "Cessation Of Operation" })
        {
            Assert.Contains(words, text, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("Unspecified", text, StringComparison.Ordinal);
        Assert.Equal(4, text.Split("X509v3 CRL Reason Code").Length - 1);
    }

    [Fact]
    public async Task Build_NothingRevoked_HasNoListAtAll()
    {
        var list = Build(1, []);

        Assert.Contains("No Revoked Certificates", await Text(list), StringComparison.Ordinal);
        Assert.Empty(Assert.IsType<CertificateRevocationList>(Read(list)).Entries);
    }

    [Fact]
    public async Task Build_HundredThousand_IsValidForOpensslAndFindsOne()
    {
        var issued = _authority.Issue();
        var entries = Enumerable.Range(0, 99_999)
            .Select(_ => new RevokedCertificate(SerialNumber.New(), Now, X509RevocationReason.Superseded))
            .Append(new RevokedCertificate(issued.Serial, Now, X509RevocationReason.KeyCompromise))
            .ToList();

        var list = Build(7, entries);
        var read = Assert.IsType<CertificateRevocationList>(Read(list));
        var evaluation = await Tool.OpenSsl(
            "verify", "-x509_strict", "-crl_check", "-attime", Now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            "-CAfile", _files.Write("root.pem", _authority.Keys.Root.ToPem()),
            "-untrusted", _files.Write("issuing.pem", _authority.Keys.Current.IssuerCertificate.ToPem()),
            "-CRLfile", _files.Write("list.pem", Pem(list)),
            _files.Write("leaf.pem", PemEncoding.WriteString("CERTIFICATE", issued.Der.Span)));

        Assert.Equal(entries, read.Entries);
        Assert.Contains("certificate revoked", evaluation.All, StringComparison.Ordinal);
        Assert.Equal("verify OK", (await Verify(list)).Errors.Trim());
    }

    [Fact]
    public async Task Build_Dates_AreUtcTimeThrough2049AndGeneralizedTimeAfter()
    {
        var list = CertificateRevocationList.Build(
            _authority.Keys.Current,
            3,
            new DateTimeOffset(2049, 12, 31, 23, 59, 59, TimeSpan.Zero),
            new DateTimeOffset(2050, 1, 1, 0, 0, 0, TimeSpan.Zero),
            [
                new RevokedCertificate(
                    SerialNumber.New(), new DateTimeOffset(2049, 12, 31, 23, 59, 59, TimeSpan.Zero), X509RevocationReason.Unspecified),
                new RevokedCertificate(
                    SerialNumber.New(), new DateTimeOffset(2050, 1, 1, 9, 0, 0, TimeSpan.FromHours(9)), X509RevocationReason.Unspecified),
            ]);

        var structure = (await Tool.OpenSsl("asn1parse", "-inform", "DER", "-in", _files.Write("list.crl", list.Der.Span))).Output;

        Assert.Equal(2, structure.Split("UTCTIME           :491231235959Z").Length - 1);
        Assert.Equal(2, structure.Split("GENERALIZEDTIME   :20500101000000Z").Length - 1);
        Assert.Equal(list.Entries, Assert.IsType<CertificateRevocationList>(Read(list)).Entries);
    }

    [Fact]
    public void Build_ReasonThatNoCompleteListHas_IsABug() => Assert.Throws<ArgumentException>(
        () => Build(1, [new RevokedCertificate(SerialNumber.New(), Now, X509RevocationReason.RemoveFromCrl)]));

    [Fact]
    public void Read_WhatWasBuilt_IsTheSame()
    {
        var entries = new[]
        {
            new RevokedCertificate(SerialNumber.New(), Now, X509RevocationReason.KeyCompromise),
            new RevokedCertificate(SerialNumber.New(), Now.AddDays(-3), X509RevocationReason.Unspecified),
        };
        var list = Build(long.MaxValue, entries);

        var read = Assert.IsType<CertificateRevocationList>(Read(list));

        Assert.Equal(list.Der.ToArray(), read.Der.ToArray());
        Assert.Equal((long.MaxValue, Now, Now.AddDays(7)), (read.Number, read.ThisUpdate, read.NextUpdate));
        Assert.Equal(entries, read.Entries);
    }

    [Fact]
    public void Read_AnyOctetChanged_IsNull()
    {
        var list = Build(5, [new RevokedCertificate(SerialNumber.New(), Now, X509RevocationReason.KeyCompromise)]);
        for (var position = 0; position < list.Der.Length; position++)
        {
            var altered = list.Der.ToArray();
            altered[position] ^= 0x01;

            Assert.Null(CertificateRevocationList.Read(altered, _authority.Keys.Current.IssuerCertificate));
        }
    }

    [Fact]
    public void Read_TornOrOfAnotherCa_IsNull()
    {
        var list = Build(5, []);

        Assert.Null(CertificateRevocationList.Read(list.Der[..^1], _authority.Keys.Current.IssuerCertificate));
        Assert.Null(CertificateRevocationList.Read(ReadOnlyMemory<byte>.Empty, _authority.Keys.Current.IssuerCertificate));
        Assert.Null(CertificateRevocationList.Read(list.Der, _authority.Keys.Root));
    }

    [Fact]
    public async Task RootCrl_AsCreated_IsValidUntilTheIssuingCaEnds()
    {
        var list = _authority.Keys.RootCrl;
        var evaluation = await Tool.OpenSsl(
            "crl", "-inform", "DER", "-in", _files.Write("root.crl", list.Der.Span),
            "-CAfile", _files.Write("root.pem", _authority.Keys.Root.ToPem()), "-noout", "-text");

        Assert.Contains("verify OK", evaluation.All, StringComparison.Ordinal);
        Assert.Contains("No Revoked Certificates", evaluation.All, StringComparison.Ordinal);
        Assert.Equal((1, Now, _authority.Keys.Current.IssuerCertificate.NotAfter), (list.Number, list.ThisUpdate, list.NextUpdate));
    }

    CertificateRevocationList Build(long number, IReadOnlyCollection<RevokedCertificate> entries) =>
        CertificateRevocationList.Build(_authority.Keys.Current, number, Now, Now.AddDays(7), entries);

    CertificateRevocationList? Read(CertificateRevocationList list) =>
        CertificateRevocationList.Read(list.Der, _authority.Keys.Current.IssuerCertificate);

    Task<ToolAnswer> Verify(CertificateRevocationList list) => Tool.OpenSsl(
        "crl", "-inform", "DER", "-in", _files.Write("list.crl", list.Der.Span),
        "-CAfile", _files.Write("issuing.pem", _authority.Keys.Current.IssuerCertificate.ToPem()), "-noout");

    async Task<string> Text(CertificateRevocationList list)
    {
        Assert.Equal("verify OK", (await Verify(list)).Errors.Trim());
        return (await Tool.OpenSsl("crl", "-inform", "DER", "-in", _files.Write("list.crl", list.Der.Span), "-noout", "-text")).Output;
    }

    static string Pem(CertificateRevocationList list) => PemEncoding.WriteString("X509 CRL", list.Der.Span);
}
