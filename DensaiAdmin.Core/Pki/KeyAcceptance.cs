using System.Collections.Frozen;
using System.Formats.Asn1;
using System.Numerics;
using Org.BouncyCastle.Asn1.Sec;
using Org.BouncyCastle.Asn1.X9;
using Org.BouncyCastle.Crypto.EC;

namespace DensaiAdmin.Core.Pki;

/// <summary>
/// Which public keys get a certificate: RSA of exactly 2048, 3072 or 4096 bits and ECDSA on P-256 or P-384, without the known
/// weaknesses. Cheap checks come first, so that a hostile key costs little.
/// </summary>
internal static class KeyAcceptance
{
    // Close primes: as many steps of Fermat's method as the public CAs agreed on (CA/Browser Forum Baseline Requirements 6.1.6).
    const int FermatSteps = 100;
    const int SmallPrimesUpTo = 10_000;
    const int LargestExponentBits = 256;

    static readonly byte[] RsaEncryption = Encode(writer =>
    {
        writer.WriteObjectIdentifier("1.2.840.113549.1.1.1");
        writer.WriteNull();
    });

    // Some programs leave the NULL out; the certificate gets it.
    static readonly byte[] RsaEncryptionWithoutParameters = Encode(writer => writer.WriteObjectIdentifier("1.2.840.113549.1.1.1"));

    static readonly Curve[] Curves =
    [
        new("ECDSA P-256", "1.2.840.10045.3.1.7", CustomNamedCurves.GetByOid(SecObjectIdentifiers.SecP256r1)),
        new("ECDSA P-384", "1.3.132.0.34", CustomNamedCurves.GetByOid(SecObjectIdentifiers.SecP384r1)),
    ];

    static readonly byte[] EllipticCurveKeyOid = [0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
    static readonly byte[] RsaEncryptionOid = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];

    static readonly uint[] SmallPrimes = PrimesUpTo(SmallPrimesUpTo);

    // A modulus of the defective library is, modulo each small prime, a power of 65537. Primes for which that says something:
    // the powers of 65537 are few there; all seventeen agree by chance once in some 2^27 sound moduli.
    static readonly (uint Prime, FrozenSet<uint> Powers)[] RocaFingerprint =
        [.. new uint[] { 11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157 }.Select(
            prime => (prime, PowersOf65537(prime)))];

    public static (AcceptedKey? Key, CertificationRequestRefusal Refusal) Evaluate(ReadOnlyMemory<byte> subjectPublicKeyInfo)
    {
        try
        {
            var outer = new AsnReader(subjectPublicKeyInfo, AsnEncodingRules.DER);
            var fields = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            var algorithm = fields.PeekEncodedValue();
            var oid = fields.ReadSequence().ReadEncodedValue();
            var key = fields.ReadBitString(out var unusedBits);
            fields.ThrowIfNotEmpty();
            if (unusedBits != 0)
            {
                return (null, CertificationRequestRefusal.Malformed);
            }

            // Encodings are compared, not object identifiers read: a text of a hostile identifier may take very long to make.
            if (oid.Span.SequenceEqual(RsaEncryptionOid))
            {
                return algorithm.Span.SequenceEqual(RsaEncryption) || algorithm.Span.SequenceEqual(RsaEncryptionWithoutParameters)
                    ? EvaluateRsa(key)
                    : (null, CertificationRequestRefusal.Malformed);
            }

            return oid.Span.SequenceEqual(EllipticCurveKeyOid)
                ? EvaluatePoint(algorithm.Span, key)
                : (null, CertificationRequestRefusal.KeyTypeNotAccepted);
        }
        catch (AsnContentException)
        {
            return (null, CertificationRequestRefusal.Malformed);
        }
    }

    static (AcceptedKey?, CertificationRequestRefusal) EvaluatePoint(ReadOnlySpan<byte> algorithm, byte[] point)
    {
        foreach (var curve in Curves)
        {
            if (algorithm.SequenceEqual(curve.AlgorithmIdentifier))
            {
                return curve.Decode(point) is { } uncompressed
                    ? (new AcceptedKey(SubjectPublicKeyInfo(curve.AlgorithmIdentifier, uncompressed), curve.Name), default)
                    : (null, CertificationRequestRefusal.PointNotOnCurve);
            }
        }

        return (null, CertificationRequestRefusal.CurveNotAccepted);
    }

    static (AcceptedKey?, CertificationRequestRefusal) EvaluateRsa(byte[] rsaPublicKey)
    {
        var outer = new AsnReader(rsaPublicKey, AsnEncodingRules.DER);
        var numbers = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        var modulusBytes = numbers.ReadIntegerBytes().Span;
        var exponentBytes = numbers.ReadIntegerBytes().Span;
        numbers.ThrowIfNotEmpty();

        // Sizes by length first: nothing is calculated with a number of 64,000 bits.
        if (modulusBytes[0] != 0 || modulusBytes.Length is not (257 or 385 or 513) || modulusBytes[1] < 0x80)
        {
            return (null, CertificationRequestRefusal.KeySizeNotAccepted);
        }

        if (exponentBytes.Length > (LargestExponentBits / 8) + 1)
        {
            return (null, CertificationRequestRefusal.ExponentNotAccepted);
        }

        var exponent = new BigInteger(exponentBytes, isBigEndian: true);
        if (exponent < 65537 || exponent.IsEven || exponent.GetBitLength() > LargestExponentBits)
        {
            return (null, CertificationRequestRefusal.ExponentNotAccepted);
        }

        var modulus = new BigInteger(modulusBytes, isBigEndian: true);
        if (HasSmallFactor(modulus))
        {
            return (null, CertificationRequestRefusal.ModulusHasSmallFactor);
        }

        if (HasRocaFingerprint(modulus))
        {
            return (null, CertificationRequestRefusal.ModulusHasRocaFingerprint);
        }

        if (HasClosePrimes(modulus))
        {
            return (null, CertificationRequestRefusal.ModulusHasClosePrimes);
        }

        return (new AcceptedKey(SubjectPublicKeyInfo(RsaEncryption, rsaPublicKey), $"RSA {modulus.GetBitLength()}"), default);
    }

    static bool HasSmallFactor(BigInteger modulus)
    {
        foreach (var prime in SmallPrimes)
        {
            if ((modulus % prime).IsZero)
            {
                return true;
            }
        }

        return false;
    }

    static bool HasRocaFingerprint(BigInteger modulus)
    {
        foreach (var (prime, powers) in RocaFingerprint)
        {
            if (!powers.Contains((uint)(modulus % prime)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Fermat: n = a² − b² with a just above √n when the primes are close.</summary>
    static bool HasClosePrimes(BigInteger modulus)
    {
        var a = CeilingOfSquareRoot(modulus);
        var remainder = (a * a) - modulus;
        for (var step = 0; step < FermatSteps; step++)
        {
            if (IsSquare(remainder))
            {
                return true;
            }

            remainder += (a << 1) + 1;
            a += 1;
        }

        return false;
    }

    static bool IsSquare(BigInteger number)
    {
        // Squares end in few bit patterns; this spares most of the roots.
        if ((int)(number & 15) is not (0 or 1 or 4 or 9))
        {
            return false;
        }

        var root = CeilingOfSquareRoot(number);
        return root * root == number;
    }

    static BigInteger CeilingOfSquareRoot(BigInteger number)
    {
        if (number.IsZero)
        {
            return BigInteger.Zero;
        }

        // Newton from above; stops at the floor of the root.
        var root = BigInteger.One << (int)((number.GetBitLength() + 1) / 2);
        while (true)
        {
            var next = (root + (number / root)) >> 1;
            if (next >= root)
            {
                break;
            }

            root = next;
        }

        return root * root == number ? root : root + 1;
    }

    static uint[] PrimesUpTo(int limit)
    {
        var composite = new bool[limit + 1];
        var primes = new List<uint>();
        for (var candidate = 2; candidate <= limit; candidate++)
        {
            if (composite[candidate])
            {
                continue;
            }

            primes.Add((uint)candidate);
            for (var multiple = candidate * candidate; multiple <= limit; multiple += candidate)
            {
                composite[multiple] = true;
            }
        }

        return [.. primes];
    }

    static FrozenSet<uint> PowersOf65537(uint prime)
    {
        var powers = new HashSet<uint>();
        for (uint power = 1; powers.Add(power); power = power * (65537 % prime) % prime)
        {
        }

        return powers.ToFrozenSet();
    }

    static byte[] SubjectPublicKeyInfo(byte[] algorithmIdentifier, byte[] key) => Encode(writer =>
    {
        writer.WriteEncodedValue(algorithmIdentifier);
        writer.WriteBitString(key);
    });

    static byte[] Encode(Action<AsnWriter> content)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            content(writer);
        }

        return writer.Encode();
    }

    sealed class Curve(string name, string oid, X9ECParameters parameters)
    {
        public string Name => name;

        public byte[] AlgorithmIdentifier { get; } = Encode(writer =>
        {
            writer.WriteObjectIdentifier("1.2.840.10045.2.1");
            writer.WriteObjectIdentifier(oid);
        });

        /// <summary>
        /// The point uncompressed, or null when these octets are no point of the curve (the hybrid form is not taken, RFC 5480 2.2).
        /// </summary>
        public byte[]? Decode(byte[] point)
        {
            var length = (parameters.Curve.FieldSize + 7) / 8;
            var wellFormed = point.Length > 0 && point[0] switch
            {
                0x02 or 0x03 => point.Length == 1 + length,
                0x04 => point.Length == 1 + (2 * length),
                _ => false,
            };
            if (!wellFormed)
            {
                return null;
            }

            try
            {
                return parameters.Curve.DecodePoint(point).GetEncoded(compressed: false);
            }
            catch (ArgumentException)
            {
                return null;
            }
        }
    }
}
