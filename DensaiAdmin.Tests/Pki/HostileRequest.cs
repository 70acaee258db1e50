using System.Formats.Asn1;
using System.Security.Cryptography;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Security;

namespace DensaiAdmin.Tests.Pki;

/// <summary>Certification requests that no honest program makes.</summary>
static class HostileRequest
{
    public const string P192 = "1.2.840.10045.3.1.1";
    public const string P256 = "1.2.840.10045.3.1.7";

    static readonly SecureRandom Random = new();
    static readonly Asn1Tag Attributes = new(TagClass.ContextSpecific, 0);

    /// <summary>A request whose every part can be chosen; signed as asked, or with octets that are no signature.</summary>
    public static byte[] Build(
        byte[] subjectPublicKeyInfo,
        Func<byte[], byte[]>? sign = null,
        string algorithm = "1.2.840.10045.4.3.2",
        bool nullParameters = false,
        Action<AsnWriter>? attributes = null,
        int version = 0)
    {
        var info = Sequence(writer =>
        {
            writer.WriteInteger(version);
            using (writer.PushSequence())
            {
            }

            writer.WriteEncodedValue(subjectPublicKeyInfo);
            using (writer.PushSetOf(Attributes))
            {
                attributes?.Invoke(writer);
            }
        });
        return Sequence(writer =>
        {
            writer.WriteEncodedValue(info);
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(algorithm);
                if (nullParameters)
                {
                    writer.WriteNull();
                }
            }

            writer.WriteBitString(sign?.Invoke(info) ?? [0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01]);
        });
    }

    /// <summary>A request on an RSA key, signed with it when the private exponent is known.</summary>
    public static byte[] Rsa(BigInteger modulus, BigInteger exponent, RSA? signer = null) => Build(
        RsaKey(modulus, exponent),
        info => signer?.SignData(info, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1) ?? new byte[(modulus.BitLength + 7) / 8],
        "1.2.840.113549.1.1.11",
        nullParameters: true);

    public static byte[] RsaKey(BigInteger modulus, BigInteger exponent) => Sequence(writer =>
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier("1.2.840.113549.1.1.1");
            writer.WriteNull();
        }

        writer.WriteBitString(Sequence(numbers =>
        {
            numbers.WriteInteger(modulus.ToByteArray());
            numbers.WriteInteger(exponent.ToByteArray());
        }));
    });

    /// <summary>A sound RSA key whose AlgorithmIdentifier lacks the NULL.</summary>
    public static byte[] WithoutParameters(RSA key) => Sequence(writer =>
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier("1.2.840.113549.1.1.1");
        }

        writer.WriteBitString(key.ExportRSAPublicKey());
    });

    public static byte[] EllipticKey(string curve, byte[] point) => Sequence(writer =>
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier("1.2.840.10045.2.1");
            writer.WriteObjectIdentifier(curve);
        }

        writer.WriteBitString(point);
    });

    /// <summary>A working RSA key from these primes, with e = 65537.</summary>
    public static RSA KeyOf(BigInteger p, BigInteger q)
    {
        var modulus = p.Multiply(q);
        var exponent = BigInteger.ValueOf(65537);
        var pMinusOne = p.Subtract(BigInteger.One);
        var qMinusOne = q.Subtract(BigInteger.One);
        var d = exponent.ModInverse(pMinusOne.Multiply(qMinusOne));
        var half = (modulus.BitLength + 15) / 16;
        return RSA.Create(new RSAParameters
        {
            Modulus = modulus.ToByteArrayUnsigned(),
            Exponent = exponent.ToByteArrayUnsigned(),
            D = Padded(d, 2 * half),
            P = Padded(p, half),
            Q = Padded(q, half),
            DP = Padded(d.Mod(pMinusOne), half),
            DQ = Padded(d.Mod(qMinusOne), half),
            InverseQ = Padded(q.ModInverse(p), half),
        });
    }

    /// <summary>
    /// The two primes that come next after three quarters of 2^(bits/2); their product has all of the bits. Looking for them takes
    /// seconds, so that they are told.
    /// </summary>
    public static (BigInteger P, BigInteger Q) ClosePrimes(int bits)
    {
        var (first, second) = bits switch
        {
            2048 => (1037, 1697),
            4096 => (439, 469),
            _ => throw new ArgumentOutOfRangeException(nameof(bits)),
        };
        var below = BigInteger.Three.ShiftLeft((bits / 2) - 2);
        return (below.Add(BigInteger.ValueOf(second)), below.Add(BigInteger.ValueOf(first)));
    }

    /// <summary>A prime as the defective smart card library made them: k·M + (65537^a mod M), M the product of the first primes.</summary>
    public static BigInteger RocaPrime()
    {
        var product = BigInteger.One;
        foreach (var prime in Enumerable.Range(2, 700).Where(
            number => Enumerable.Range(2, number - 2).All(divisor => number % divisor != 0)))
        {
            product = product.Multiply(BigInteger.ValueOf(prime));
        }

        var min = BigInteger.Three.ShiftLeft(1022).Divide(product);
        var span = BigInteger.One.ShiftLeft(1022).Divide(product);
        while (true)
        {
            var power = BigInteger.ValueOf(65537).ModPow(new BigInteger(60, Random), product);
            var multiple = min.Add(new BigInteger(span.BitLength, Random).Mod(span)).Add(BigInteger.One);
            var candidate = multiple.Multiply(product).Add(power);
            if (candidate.BitLength == 1024 && candidate.IsProbablePrime(40))
            {
                return candidate;
            }
        }
    }

    public static BigInteger OddNumber(int bits) => new BigInteger(bits, Random).SetBit(bits - 1).SetBit(0);

    public static byte[] Sequence(Action<AsnWriter> content)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            content(writer);
        }

        return writer.Encode();
    }

    static byte[] Padded(BigInteger number, int length)
    {
        var octets = number.ToByteArrayUnsigned();
        return [.. new byte[length - octets.Length], .. octets];
    }
}
