using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace DensaiAdmin.Core.Pki;

/// <summary>
/// SHA-256 (FIPS 180-4) over something: a certificate's DER, a SubjectPublicKeyInfo, the token of a cookie. Equal by its octets; stored as
/// 32 of them, spelt as upper-case hex. The default value is 32 zeros, which nothing known hashes to.
/// </summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Sha256Hash
{
    /// <summary>Octets of every hash.</summary>
    public const int Octets = SHA256.HashSizeInBytes;

    readonly UInt128 _first;
    readonly UInt128 _last;

    Sha256Hash(UInt128 first, UInt128 last) => (_first, _last) = (first, last);

    /// <summary>Hashes data.</summary>
    public static Sha256Hash Of(ReadOnlySpan<byte> data)
    {
        Span<byte> octets = stackalloc byte[Octets];
        SHA256.HashData(data, octets);
        return FromBytes(octets);
    }

    /// <summary>Takes up a hash that was computed before.</summary>
    /// <exception cref="FormatException">Not 32 octets.</exception>
    public static Sha256Hash FromBytes(ReadOnlySpan<byte> octets) =>
        octets.Length == Octets
            ? new(BinaryPrimitives.ReadUInt128BigEndian(octets), BinaryPrimitives.ReadUInt128BigEndian(octets[16..]))
            : throw new FormatException("Not the octets of a SHA-256 hash.");

    /// <summary>Reads 64 hex digits of either case.</summary>
    /// <exception cref="FormatException">Anything else.</exception>
    public static Sha256Hash Parse(string hex) => FromBytes(Convert.FromHexString(hex));

    /// <summary>Its 32 octets.</summary>
    public byte[] ToByteArray()
    {
        var octets = new byte[Octets];
        BinaryPrimitives.WriteUInt128BigEndian(octets, _first);
        BinaryPrimitives.WriteUInt128BigEndian(octets.AsSpan(16), _last);
        return octets;
    }

    /// <summary>64 upper-case hex digits.</summary>
    public override string ToString() => Convert.ToHexString(ToByteArray());
}
