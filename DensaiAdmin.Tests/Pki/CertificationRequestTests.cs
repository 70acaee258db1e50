using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Tests.Support;
using FsCheck.Xunit;
using Org.BouncyCastle.Math;

namespace DensaiAdmin.Tests.Pki;

public sealed class CertificationRequestTests
{
    static readonly byte[] Honest = HonestRequest();

    [Theory]
    [InlineData(256, "ECDSA P-256")]
    [InlineData(384, "ECDSA P-384")]
    public void Parse_NamedCurve_IsAcceptedInOneSpelling(int bits, string name)
    {
        using var key = ECDsa.Create(bits == 256 ? ECCurve.NamedCurves.nistP256 : ECCurve.NamedCurves.nistP384);

        var accepted = Accepted(TestAuthority.Request(key));

        Assert.Equal(name, accepted.Algorithm);
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), accepted.SubjectPublicKeyInfo.ToArray());
        Assert.Equal(SHA256.HashData(key.ExportSubjectPublicKeyInfo()), accepted.SubjectPublicKeySha256.ToByteArray());
    }

    [Theory]
    [InlineData(2048)]
    [InlineData(3072)]
    [InlineData(4096)]
    public void Parse_RsaOfAnAcceptedSize_IsAccepted(int bits)
    {
        using var key = RSA.Create(bits);

        var accepted = Accepted(TestAuthority.Request(key));

        Assert.Equal($"RSA {bits}", accepted.Algorithm);
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), accepted.SubjectPublicKeyInfo.ToArray());
    }

    [Fact]
    public void Parse_CompressedPoint_IsTheSameKeyAsUncompressed()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var q = key.ExportParameters(includePrivateParameters: false).Q;
        byte[] compressed = [(byte)(2 + (q.Y![^1] & 1)), .. q.X!];

        var accepted = Accepted(HostileRequest.Build(HostileRequest.EllipticKey(HostileRequest.P256, compressed), Signer(key)));

        Assert.Equal(key.ExportSubjectPublicKeyInfo(), accepted.SubjectPublicKeyInfo.ToArray());
    }

    [Theory]
    [InlineData("ec", "ec_paramgen_curve:prime256v1", "sha384")]
    [InlineData("ec", "ec_paramgen_curve:secp384r1", "sha512")]
    [InlineData("rsa", "rsa_keygen_bits:3072", "sha384")]
    public async Task Parse_MadeByOpenssl_IsAccepted(string type, string option, string digest) =>
        Accepted(await OpensslRequest(type, digest, option));

    [Fact]
    public async Task Parse_WithoutAttributes_IsAccepted()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var info = HostileRequest.Sequence(writer =>
        {
            writer.WriteInteger(0);
            using (writer.PushSequence())
            {
            }

            writer.WriteEncodedValue(key.ExportSubjectPublicKeyInfo());
        });
        var request = HostileRequest.Sequence(writer =>
        {
            writer.WriteEncodedValue(info);
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier("1.2.840.10045.4.3.2");
            }

            writer.WriteBitString(Signer(key)(info));
        });

        Accepted(request);
        Assert.Equal(0, (await Tool.Run("openssl", ["req", "-inform", "DER", "-verify", "-noout"], request)).ExitCode);
    }

    [Theory]
    [InlineData("rsa", CertificationRequestRefusal.KeySizeNotAccepted, "rsa_keygen_bits:1024")]
    [InlineData("rsa", CertificationRequestRefusal.KeySizeNotAccepted, "rsa_keygen_bits:2047")]
    [InlineData("rsa", CertificationRequestRefusal.KeySizeNotAccepted, "rsa_keygen_bits:2056")]
    [InlineData("rsa", CertificationRequestRefusal.ExponentNotAccepted, "rsa_keygen_bits:2048", "rsa_keygen_pubexp:3")]
    [InlineData("ec", CertificationRequestRefusal.CurveNotAccepted, "ec_paramgen_curve:prime192v1")]
    [InlineData("ec", CertificationRequestRefusal.CurveNotAccepted, "ec_paramgen_curve:secp521r1")]
    [InlineData("ec", CertificationRequestRefusal.CurveNotAccepted, "ec_paramgen_curve:secp256k1")]
    [InlineData("ec", CertificationRequestRefusal.CurveNotAccepted, "ec_paramgen_curve:sect283r1")]
    [InlineData("ec", CertificationRequestRefusal.CurveNotAccepted, "ec_paramgen_curve:prime256v1", "ec_param_enc:explicit")]
    [InlineData("rsa-pss", CertificationRequestRefusal.KeyTypeNotAccepted, "rsa_keygen_bits:2048")]
    [InlineData("ed25519", CertificationRequestRefusal.KeyTypeNotAccepted)]
    public async Task Parse_KeyNotAccepted_IsRefused(string type, CertificationRequestRefusal reason, params string[] options) =>
        AssertRefused(reason, await OpensslRequest(type, "sha256", options));

    [Fact]
    public void Parse_RsaExponents_OnlyOddOnesInBounds()
    {
        using var key = RSA.Create(2048);
        var modulus = new BigInteger(1, key.ExportParameters(false).Modulus);

        AssertRefused(CertificationRequestRefusal.ExponentNotAccepted, HostileRequest.Rsa(modulus, BigInteger.One));
        AssertRefused(CertificationRequestRefusal.ExponentNotAccepted, HostileRequest.Rsa(modulus, BigInteger.ValueOf(65536)));
        AssertRefused(CertificationRequestRefusal.ExponentNotAccepted, HostileRequest.Rsa(modulus, BigInteger.ValueOf(65538)));
        AssertRefused(CertificationRequestRefusal.ExponentNotAccepted, HostileRequest.Rsa(modulus, BigInteger.ValueOf(-65537)));
        AssertRefused(CertificationRequestRefusal.ExponentNotAccepted, HostileRequest.Rsa(modulus, HostileRequest.OddNumber(257)));
        AssertRefused(CertificationRequestRefusal.ExponentNotAccepted, HostileRequest.Rsa(modulus, HostileRequest.OddNumber(2048)));
        AssertRefused(CertificationRequestRefusal.SignatureWrong, HostileRequest.Rsa(modulus, HostileRequest.OddNumber(256)));
    }

    [Fact]
    public void Parse_NegativeModulus_IsRefused() => AssertRefused(
        CertificationRequestRefusal.KeySizeNotAccepted, HostileRequest.Rsa(
            HostileRequest.OddNumber(2048).Negate(), BigInteger.ValueOf(65537)));

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(9973)]
    public void Parse_ModulusWithSmallFactor_IsRefused(int factor)
    {
        var small = BigInteger.ValueOf(factor);
        var modulus = HostileRequest.OddNumber(2048);

        AssertRefused(
            CertificationRequestRefusal.ModulusHasSmallFactor,
            HostileRequest.Rsa(modulus.Subtract(modulus.Mod(small)), BigInteger.ValueOf(65537)));
    }

    [Theory]
    [InlineData(2048)]
    [InlineData(4096)]
    public void Parse_ClosePrimesProperlySigned_IsRefused(int bits)
    {
        var (p, q) = HostileRequest.ClosePrimes(bits);
        using var key = HostileRequest.KeyOf(p, q);

        AssertRefused(CertificationRequestRefusal.ModulusHasClosePrimes, HostileRequest.Rsa(p.Multiply(q), BigInteger.ValueOf(65537), key));
    }

    [Fact]
    public void Parse_SquareModulus_IsRefused()
    {
        var (p, _) = HostileRequest.ClosePrimes(2048);

        AssertRefused(CertificationRequestRefusal.ModulusHasClosePrimes, HostileRequest.Rsa(p.Multiply(p), BigInteger.ValueOf(65537)));
    }

    [Fact]
    public void Parse_RocaKeyProperlySigned_IsRefused()
    {
        var (p, q) = (HostileRequest.RocaPrime(), HostileRequest.RocaPrime());
        using var key = HostileRequest.KeyOf(p, q);

        AssertRefused(
            CertificationRequestRefusal.ModulusHasRocaFingerprint, HostileRequest.Rsa(p.Multiply(q), BigInteger.ValueOf(65537), key));
    }

    [Fact]
    public void Parse_HugeRsaKey_IsRefusedAtOnce() => AssertRefused(
        CertificationRequestRefusal.KeySizeNotAccepted, HostileRequest.Rsa(HostileRequest.OddNumber(65_536), BigInteger.ValueOf(65537)));

    [Fact]
    public void Parse_PointNotOnItsCurve_IsRefused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var q = key.ExportParameters(includePrivateParameters: false).Q;
        var wrongY = (byte[])q.Y!.Clone();
        wrongY[^1] ^= 1;
        byte[][] points =
        [
            [0x04, .. q.X!, .. wrongY],
            [0x04, .. Enumerable.Repeat((byte)0xFF, 64)],
            [0x04, .. new byte[64]],
            [0x06, .. q.X!, .. q.Y!],
            [0x04, .. q.X!],
            [0x04, .. q.X!, .. q.Y!, 0x00],
            [0x00],
            [],
        ];

        Assert.All(points, point => AssertRefused(
            CertificationRequestRefusal.PointNotOnCurve,
            HostileRequest.Build(HostileRequest.EllipticKey(HostileRequest.P256, point), Signer(key))));
    }

    [Fact]
    public void Parse_CompressedXWithoutPoint_IsRefused()
    {
        // Of all x about half belong to no point; among sixteen some do not.
        var refused = Enumerable.Range(1, 16).Count(x => Refusal(HostileRequest.Build(
            HostileRequest.EllipticKey(
                HostileRequest.P256, [0x02, .. new byte[31], (byte)x]))) == CertificationRequestRefusal.PointNotOnCurve);

        Assert.InRange(refused, 1, 15);
    }

    [Fact]
    public void Parse_SignedWithAnotherKey_IsRefused()
    {
        using var shown = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        AssertRefused(
            CertificationRequestRefusal.SignatureWrong, HostileRequest.Build(shown.ExportSubjectPublicKeyInfo(), Signer(other)));
    }

    [Theory]
    [InlineData("1.2.840.10045.4.1", false, CertificationRequestRefusal.DigestNotAccepted)]
    [InlineData("1.2.840.113549.1.1.5", true, CertificationRequestRefusal.DigestNotAccepted)]
    [InlineData("1.2.840.113549.1.1.5", false, CertificationRequestRefusal.DigestNotAccepted)]
    [InlineData("1.2.840.113549.1.1.4", true, CertificationRequestRefusal.DigestNotAccepted)]
    [InlineData("1.2.840.113549.1.1.10", false, CertificationRequestRefusal.PaddingNotAccepted)]
    [InlineData("1.2.840.10045.4.3.2", true, CertificationRequestRefusal.SignatureAlgorithmNotAccepted)]
    [InlineData("1.2.3.4", false, CertificationRequestRefusal.SignatureAlgorithmNotAccepted)]
    public void Parse_SignatureAlgorithmNotAccepted_IsRefusedByItsCause(
        string algorithm, bool nullParameters, CertificationRequestRefusal cause)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        AssertRefused(
            cause,
            HostileRequest.Build(key.ExportSubjectPublicKeyInfo(), Signer(key), algorithm, nullParameters));
    }

    [Theory]
    [InlineData("1.2.840.113549.1.1.11", "SHA256", true, true)]
    [InlineData("1.2.840.113549.1.1.11", "SHA256", false, true)]
    [InlineData("1.2.840.113549.1.1.11", "SHA256", true, false)]
    [InlineData("1.2.840.113549.1.1.12", "SHA384", false, true)]
    [InlineData("1.2.840.113549.1.1.13", "SHA512", false, false)]
    public void Parse_RsaWithOrWithoutItsNull_IsAcceptedAndNamedAlike(string algorithm, string hash, bool nullInSignature, bool nullInKey)
    {
        using var key = RSA.Create(2048);
        var spelled = nullInKey ? key.ExportSubjectPublicKeyInfo() : HostileRequest.WithoutParameters(key);

        var request = HostileRequest.Build(
            spelled, info => key.SignData(info, new HashAlgorithmName(hash), RSASignaturePadding.Pkcs1), algorithm, nullInSignature);

        var accepted = Assert.IsType<CertificationRequestOutcome.Accepted>(CertificationRequest.Parse(request, []));
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), accepted.Key.SubjectPublicKeyInfo.ToArray());
    }

    [Fact]
    public void Parse_AlgorithmOfTheOtherKind_IsRefused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        AssertRefused(
            CertificationRequestRefusal.SignatureWrong,
            HostileRequest.Build(key.ExportSubjectPublicKeyInfo(), Signer(key), "1.2.840.113549.1.1.11", nullParameters: true));
    }

    [Fact]
    public void Parse_KeyOfAnAuthority_IsRefused()
    {
        using var authority = new TestAuthority();
        foreach (var certificate in authority.Keys.Certificates)
        {
            var request = HostileRequest.Build(certificate.SubjectPublicKeyInfo.ToArray());

            var outcome = Assert.IsType<CertificationRequestOutcome.Refused>(
                CertificationRequest.Parse(request, authority.Keys.Certificates));

            Assert.Equal(CertificationRequestRefusal.KeyOfAuthority, outcome.Reason);
        }
    }

    [Fact]
    public void Parse_OverTheLimit_IsRefusedUnread() =>
        AssertRefused(CertificationRequestRefusal.TooLarge, new byte[CertificationRequest.MaximumOctets + 1]);

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("30")]
    [InlineData("3080")]
    [InlineData("30847FFFFFFF")]
    [InlineData("308480000000")]
    [InlineData("3088FFFFFFFFFFFFFFFF")]
    [InlineData("30FF")]
    [InlineData("3000")]
    [InlineData("0500")]
    [InlineData("30030201")]
    [InlineData("1F8181818181818181810130")]
    public void Parse_NotARequest_IsMalformed(string hex) =>
        AssertRefused(CertificationRequestRefusal.Malformed, Convert.FromHexString(hex));

    [Fact]
    public void Parse_TagsNestedWithoutEnd_IsRefused()
    {
        AssertRefused(CertificationRequestRefusal.TooLarge, Repeat([0x30, 0x80], 60_000));
        AssertRefused(CertificationRequestRefusal.Malformed, Repeat([0x30, 0x80], 32_000));
        AssertRefused(CertificationRequestRefusal.Malformed, Repeat([0xA0, 0x80], 32_000));
    }

    [Fact]
    public void Parse_DeepNestingWhereNothingIsRead_CostsNothing()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var deep = new byte[] { 0x05, 0x00 };
        for (var level = 0; level < 60; level++)
        {
            deep = HostileRequest.Sequence(writer => writer.WriteEncodedValue(deep));
        }

        var deeper = Nested(12_000);

        Accepted(HostileRequest.Build(key.ExportSubjectPublicKeyInfo(), Signer(key), attributes: writer => writer.WriteEncodedValue(deep)));
        Accepted(
            HostileRequest.Build(key.ExportSubjectPublicKeyInfo(), Signer(key), attributes: writer => writer.WriteEncodedValue(deeper)));
    }

    [Fact]
    public void Parse_EndlessObjectIdentifier_IsRefusedAtOnce()
    {
        byte[] oid = [0x06, 0x82, 0xEA, 0x60, .. Enumerable.Repeat((byte)0xFF, 59_999), 0x7F];
        var key = HostileRequest.Sequence(writer =>
        {
            writer.WriteEncodedValue(Wrap(0x30, oid));
            writer.WriteBitString([0x00]);
        });

        AssertRefused(CertificationRequestRefusal.KeyTypeNotAccepted, HostileRequest.Build(key));
    }

    [Fact]
    public void Parse_TrailingOctetsOrOtherVersion_IsRefusedByItsCause()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        AssertRefused(CertificationRequestRefusal.Malformed, [.. Honest, 0x00]);
        AssertRefused(
            CertificationRequestRefusal.VersionNotAccepted,
            HostileRequest.Build(key.ExportSubjectPublicKeyInfo(), Signer(key), version: 1));
    }

    [Property(MaxTest = 500)]
    public bool Parse_AnyOctets_NeverThrows(byte[] octets) => Refusal(octets) is not null;

    [Property(MaxTest = 1_000)]
    public bool Parse_AHonestRequestWithOneOctetChanged_IsRefused(ushort where, byte change)
    {
        var altered = (byte[])Honest.Clone();
        altered[where % altered.Length] ^= (byte)(change | 1);
        return Refusal(altered) is not null;
    }

    [Property(MaxTest = 300)]
    public bool Parse_AHonestRequestCutShort_IsRefused(ushort length) => Refusal(Honest[..(length % Honest.Length)]) is not null;

    static byte[] HonestRequest()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=someone, O=somewhere", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        return request.CreateSigningRequest();
    }

    static async Task<byte[]> OpensslRequest(string type, string digest, params string[] options)
    {
        using var files = new TemporaryDirectory();
        var key = files.At("key.pem");
        var made = await Tool.OpenSsl(
            ["genpkey", "-algorithm", type, "-out", key, .. options.SelectMany(option => new[] { "-pkeyopt", option })]);
        Assert.True(made.ExitCode == 0, made.All);
        var request = await Tool.OpenSsl("req", "-new", "-key", key, $"-{digest}", "-subj", "/CN=someone", "-outform", "DER");
        Assert.True(request.ExitCode == 0, request.All);
        return request.Raw;
    }

    static Func<byte[], byte[]> Signer(ECDsa key) =>
        data => key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    static AcceptedKey Accepted(byte[] request) =>
        Assert.IsType<CertificationRequestOutcome.Accepted>(CertificationRequest.Parse(request, [])).Key;

    static CertificationRequestRefusal? Refusal(byte[] request) =>
        CertificationRequest.Parse(request, []).Match<CertificationRequestRefusal?>(_ => null, reason => reason);

    /// <summary>Refused for that reason, and in under 100 ms: of three tries the quickest counts, as the machine is shared.</summary>
    static void AssertRefused(CertificationRequestRefusal reason, byte[] request)
    {
        var quickest = TimeSpan.MaxValue;
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var started = Stopwatch.GetTimestamp();
            Assert.Equal(reason, Refusal(request));
            var took = Stopwatch.GetElapsedTime(started);
            quickest = took < quickest ? took : quickest;
        }

        Assert.True(quickest < TimeSpan.FromMilliseconds(100), $"Refusing took {quickest.TotalMilliseconds} ms.");
    }

    static byte[] Repeat(byte[] part, int times) => [.. Enumerable.Repeat(part, times).SelectMany(octets => octets)];

    /// <summary>SEQUENCE in SEQUENCE, written from the inside out without recursion.</summary>
    static byte[] Nested(int levels)
    {
        var reversed = new List<byte>();
        for (var level = 0; level < levels; level++)
        {
            var length = reversed.Count;
            if (length < 0x80)
            {
                reversed.Add((byte)length);
            }
            else if (length < 0x100)
            {
                reversed.AddRange([(byte)length, 0x81]);
            }
            else
            {
                reversed.AddRange([(byte)length, (byte)(length >> 8), 0x82]);
            }

            reversed.Add(0x30);
        }

        reversed.Reverse();
        return [.. reversed];
    }

    static byte[] Wrap(byte tag, byte[] content) => [tag, 0x82, (byte)(content.Length >> 8), (byte)content.Length, .. content];
}
