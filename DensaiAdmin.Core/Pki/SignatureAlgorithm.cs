using System.Formats.Asn1;
using System.Security.Cryptography;

namespace DensaiAdmin.Core.Pki;

/// <summary>
/// The signature algorithms that occur here, each with its one DER spelling (RFC 5758 3.2 for ECDSA: parameters absent; RFC 4055 5
/// for RSA: parameters NULL). SHA-1 and MD5 are not among them.
/// </summary>
public sealed class SignatureAlgorithm
{
    public static readonly SignatureAlgorithm EcdsaSha256 = new(
        "ecdsa-with-SHA256", "1.2.840.10045.4.3.2", HashAlgorithmName.SHA256, elliptic: true);
    public static readonly SignatureAlgorithm EcdsaSha384 = new(
        "ecdsa-with-SHA384", "1.2.840.10045.4.3.3", HashAlgorithmName.SHA384, elliptic: true);
    public static readonly SignatureAlgorithm EcdsaSha512 = new(
        "ecdsa-with-SHA512", "1.2.840.10045.4.3.4", HashAlgorithmName.SHA512, elliptic: true);
    public static readonly SignatureAlgorithm RsaSha256 = new(
        "sha256WithRSAEncryption", "1.2.840.113549.1.1.11", HashAlgorithmName.SHA256, elliptic: false);
    public static readonly SignatureAlgorithm RsaSha384 = new(
        "sha384WithRSAEncryption", "1.2.840.113549.1.1.12", HashAlgorithmName.SHA384, elliptic: false);
    public static readonly SignatureAlgorithm RsaSha512 = new(
        "sha512WithRSAEncryption", "1.2.840.113549.1.1.13", HashAlgorithmName.SHA512, elliptic: false);

    static readonly SignatureAlgorithm[] All = [EcdsaSha256, EcdsaSha384, EcdsaSha512, RsaSha256, RsaSha384, RsaSha512];

    // What programs sign with by an old default, or by a newer one than ours.
    static readonly byte[][] OldDigests =
    [
        .. new[]
        {
            "1.2.840.113549.1.1.5", "1.2.840.113549.1.1.4", "1.2.840.113549.1.1.2",
            "1.3.14.3.2.29", "1.2.840.10045.4.1",
        }.Select(EncodeOid),
    ];

    static readonly byte[] RsaPss = EncodeOid("1.2.840.113549.1.1.10");

    readonly byte[] _identifier;
    readonly byte[] _withoutParameters;

    SignatureAlgorithm(string name, string oid, HashAlgorithmName hash, bool elliptic)
    {
        (Name, Oid, Hash, IsElliptic) = (name, oid, hash, elliptic);
        _withoutParameters = Encode(oid, withNull: false);
        _identifier = elliptic ? _withoutParameters : Encode(oid, withNull: true);
    }

    /// <summary>The name in the RFC, as OpenSSL prints it.</summary>
    public string Name { get; }

    public string Oid { get; }

    /// <summary>DER of the AlgorithmIdentifier.</summary>
    public ReadOnlySpan<byte> Identifier => _identifier;

    internal HashAlgorithmName Hash { get; }

    internal bool IsElliptic { get; }

    public override string ToString() => Name;

    /// <summary>The algorithm with exactly this AlgorithmIdentifier, or null when it is none of ours.</summary>
    internal static SignatureAlgorithm? Find(ReadOnlySpan<byte> identifier)
    {
        foreach (var algorithm in All)
        {
            if (identifier.SequenceEqual(algorithm._identifier))
            {
                return algorithm;
            }
        }

        return null;
    }

    /// <summary>
    /// As <see cref="Find"/>, for what strangers write: RFC 4055 5 has absent parameters of RSA accepted as well as NULL.
    /// </summary>
    internal static SignatureAlgorithm? FindInEitherSpelling(ReadOnlySpan<byte> identifier)
    {
        foreach (var algorithm in All)
        {
            if (identifier.SequenceEqual(algorithm._withoutParameters))
            {
                return algorithm;
            }
        }

        return Find(identifier);
    }

    /// <summary>Why a request with this AlgorithmIdentifier, which is none of ours, is refused.</summary>
    internal static CertificationRequestRefusal Weakness(ReadOnlySpan<byte> identifier)
    {
        try
        {
            // Encodings are compared, not object identifiers read: a text of a hostile identifier may take very long to make.
            AsnDecoder.ReadSequence(identifier, AsnEncodingRules.DER, out var start, out var length, out _);
            var fields = identifier.Slice(start, length);
            AsnDecoder.ReadEncodedValue(fields, AsnEncodingRules.DER, out _, out _, out var whole);
            var oid = fields[..whole];
            foreach (var old in OldDigests)
            {
                if (oid.SequenceEqual(old))
                {
                    return CertificationRequestRefusal.DigestNotAccepted;
                }
            }

            return oid.SequenceEqual(RsaPss)
                ? CertificationRequestRefusal.PaddingNotAccepted
                : CertificationRequestRefusal.SignatureAlgorithmNotAccepted;
        }
        catch (AsnContentException)
        {
            return CertificationRequestRefusal.SignatureAlgorithmNotAccepted;
        }
    }

    /// <summary>
    /// True when the signature over the data is that key's. Any defect of key or signature is false, never an exception: what comes here
    /// was sent by strangers.
    /// </summary>
    internal bool Verify(ReadOnlySpan<byte> subjectPublicKeyInfo, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        try
        {
            if (IsElliptic)
            {
                using var ecdsa = ECDsa.Create();
                ecdsa.ImportSubjectPublicKeyInfo(subjectPublicKeyInfo, out var read);
                return read == subjectPublicKeyInfo.Length && Verify(ecdsa, data, signature);
            }

            using var rsa = RSA.Create();
            rsa.ImportSubjectPublicKeyInfo(subjectPublicKeyInfo, out var used);
            return used == subjectPublicKeyInfo.Length && Verify(rsa, data, signature);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>The same with a key that is already at hand; false when it is of the other kind.</summary>
    internal bool Verify(AsymmetricAlgorithm key, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        try
        {
            return key switch
            {
                ECDsa ecdsa when IsElliptic => PlainNumbers(signature, (ecdsa.KeySize + 7) / 8) is { } plain
                    && ecdsa.VerifyData(data, plain, Hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
                RSA rsa when !IsElliptic => rsa.VerifyData(data, signature, Hash, RSASignaturePadding.Pkcs1),
                _ => false,
            };
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>
    /// r and s side by side, or null when the signature is not exactly DER (RFC 3279 2.2.3). The platform reads a negative number as if
    /// its sign were a forgotten zero octet, and so takes two encodings for one signature.
    /// </summary>
    static byte[]? PlainNumbers(ReadOnlySpan<byte> signature, int length)
    {
        try
        {
            AsnDecoder.ReadSequence(signature, AsnEncodingRules.DER, out var start, out var size, out var whole);
            var numbers = signature.Slice(start, size);
            var r = AsnDecoder.ReadIntegerBytes(numbers, AsnEncodingRules.DER, out var afterR);
            var s = AsnDecoder.ReadIntegerBytes(numbers[afterR..], AsnEncodingRules.DER, out var afterS);
            var plain = new byte[2 * length];
            return whole == signature.Length
                && afterR + afterS == size
                && Place(r, plain.AsSpan(0, length))
                && Place(s, plain.AsSpan(length))
                ? plain
                : null;
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    static byte[] Encode(string oid, bool withNull)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(oid);
            if (withNull)
            {
                writer.WriteNull();
            }
        }

        return writer.Encode();
    }

    static byte[] EncodeOid(string oid)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        writer.WriteObjectIdentifier(oid);
        return writer.Encode();
    }

    static bool Place(ReadOnlySpan<byte> integer, Span<byte> field)
    {
        if (integer[0] >= 0x80)
        {
            return false;
        }

        var octets = integer[0] == 0 ? integer[1..] : integer;
        if (octets.Length > field.Length)
        {
            return false;
        }

        octets.CopyTo(field[^octets.Length..]);
        return true;
    }
}
