using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using DensaiAdmin.Core.Pki;

namespace DensaiAdmin.Tests.Pki;

public sealed class SignatureAlgorithmTests
{
    static readonly byte[] Data = "to be signed"u8.ToArray();
    static readonly BigInteger Order = BigInteger.Parse(
        "0FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", System.Globalization.NumberStyles.HexNumber,
        System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public void Verify_EcdsaSignatures_OnlyTheRealOne()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var good = key.SignData(Data, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        var numbers = new AsnReader(good, AsnEncodingRules.DER).ReadSequence();
        var (r, s) = (numbers.ReadInteger(), numbers.ReadInteger());

        Assert.True(Verify(key, good));
        Assert.True(Verify(key, Pair(r, Order - s)));
        Assert.All(
            new (string What, byte[] Signature)[]
            {
                ("empty", []),
                ("zeros", Pair(0, 0)),
                ("r is zero", Pair(0, s)),
                ("s is zero", Pair(r, 0)),
                ("ones", Pair(1, 1)),
                ("r is the order", Pair(Order, s)),
                ("s is the order", Pair(r, Order)),
                ("r over the order", Pair(r + Order, s)),
                ("s over the order", Pair(r, s + Order)),
                ("r negative", Pair(-r, s)),
                ("s negative", Pair(r, -s)),
                ("r below zero by the order", Pair(r - Order, s)),
                ("swapped", Pair(s, r)),
                ("r far too long", Pair(r << 20_000, s)),
                ("octets after", [.. good, 0x00]),
                ("octets inside, after", [0x30, (byte)(good[1] + 2), .. good[2..], 0x05, 0x00]),
                ("length in long form", [0x30, 0x81, .. good[1..]]),
                ("indefinite length", [0x30, 0x80, .. good[2..], 0x00, 0x00]),
                ("leading zero", [0x30, (byte)(good[1] + 1), 0x02, (byte)(good[3] + 1), 0x00, .. good[4..]]),
                ("plain r and s", key.SignData(Data, HashAlgorithmName.SHA256)),
                ("cut short", good[..^1]),
                ("one number", HostileRequest.Sequence(writer => writer.WriteInteger(r))),
                ("three numbers", HostileRequest.Sequence(writer =>
                {
                    writer.WriteInteger(r);
                    writer.WriteInteger(s);
                    writer.WriteInteger(1);
                })),
                ("another tag", [0x31, .. good[1..]]),
            },
            bad => Assert.False(Verify(key, bad.Signature), bad.What));
    }

    [Fact]
    public void Verify_EcdsaNumberWithoutItsLeadingZero_IsFalse()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var half = BigInteger.One << 255;
        BigInteger r, s;
        do
        {
            var numbers = new AsnReader(
                key.SignData(Data, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence), AsnEncodingRules.DER).ReadSequence();
            (r, s) = (numbers.ReadInteger(), numbers.ReadInteger());
        }
        while (r < half || s < half);

        Assert.True(Verify(key, Pair(r, s)));
        Assert.False(Verify(key, Pair(r - (half << 1), s)));
        Assert.False(Verify(key, Pair(r, s - (half << 1))));
    }

    [Fact]
    public void Verify_RsaSignatures_OnlyTheRealOne()
    {
        using var key = RSA.Create(2048);
        var parameters = key.ExportParameters(includePrivateParameters: true);
        var good = key.SignData(Data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var modulus = Number(parameters.Modulus!);
        var hash = SHA256.HashData(Data);
        byte[] digestInfo =
            [0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20, .. hash];
        byte[] withoutNull =
            [0x30, 0x2F, 0x30, 0x0B, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x04, 0x20, .. hash];

        Assert.True(Verify(key, good));
        Assert.True(Verify(key, Raw(Block(0x01, 0xFF, digestInfo))));
        Assert.All(
            new (string What, byte[] Signature)[]
            {
                ("empty", []),
                ("zeros", new byte[256]),
                ("cut short", good[..^1]),
                ("leading zero", [0x00, .. good]),
                ("over the modulus", Octets(Number(good) + modulus, 257)),
                ("with SHA-384", key.SignData(Data, HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1)),
                ("with SHA-1", key.SignData(Data, HashAlgorithmName.SHA1, RSASignaturePadding.Pkcs1)),
                ("PSS", key.SignData(Data, HashAlgorithmName.SHA256, RSASignaturePadding.Pss)),
                ("block type 2", Raw(Block(0x02, 0xFF, digestInfo))),
                ("padding of zeros", Raw(Block(0x01, 0x00, digestInfo))),
                ("digest without its name", Raw(Block(0x01, 0xFF, hash))),
                ("parameters left out", Raw(Block(0x01, 0xFF, withoutNull))),
                ("short padding, rubbish after", Raw(
                    [0x00, 0x01, .. Enumerable.Repeat((byte)0xFF, 8), 0x00, .. digestInfo, .. new byte[256 - 11 - digestInfo.Length]])),
                ("one", Octets(BigInteger.One, 256)),
                ("modulus less one", Octets(modulus - 1, 256)),
            },
            bad => Assert.False(Verify(key, bad.Signature), bad.What));

        byte[] Raw(byte[] block) => Octets(BigInteger.ModPow(Number(block), Number(parameters.D!), modulus), 256);
    }

    [Fact]
    public void Verify_NoKey_IsFalse()
    {
        Assert.False(SignatureAlgorithm.EcdsaSha256.Verify([], Data, [0x30, 0x00]));
        Assert.False(SignatureAlgorithm.RsaSha256.Verify([0x30, 0x00], Data, new byte[256]));
    }

    static bool Verify(ECDsa key, byte[] signature) =>
        SignatureAlgorithm.EcdsaSha256.Verify(key.ExportSubjectPublicKeyInfo(), Data, signature);

    static bool Verify(RSA key, byte[] signature) => SignatureAlgorithm.RsaSha256.Verify(key.ExportSubjectPublicKeyInfo(), Data, signature);

    static byte[] Pair(BigInteger r, BigInteger s) => HostileRequest.Sequence(writer =>
    {
        writer.WriteInteger(r);
        writer.WriteInteger(s);
    });

    static byte[] Block(byte type, byte padding, byte[] content) =>
        [0x00, type, .. Enumerable.Repeat(padding, 256 - 3 - content.Length), 0x00, .. content];

    static BigInteger Number(byte[] octets) => new(octets, isUnsigned: true, isBigEndian: true);

    static byte[] Octets(BigInteger number, int length)
    {
        var octets = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[length - octets.Length], .. octets];
    }
}
