using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;

namespace DensaiAdmin.Core.Pki;

/// <summary>
/// A certificate's serial number (RFC 5280 4.1.2.2): positive, at most 16 octets. One spelling everywhere: upper-case hex,
/// as <c>X509Certificate2.SerialNumber</c> prints it.
/// </summary>
public readonly record struct SerialNumber : IComparable<SerialNumber>
{
    /// <summary>Octets of every serial that <see cref="New"/> makes.</summary>
    public const int Octets = 16;

    readonly UInt128 _value;

    SerialNumber(UInt128 value) => _value = value;

    /// <summary>
    /// A fresh serial: 16 octets from the system's random source, the first between 01 and 7F, so that it is positive and always
    /// 32 hex digits. That leaves more than 126 random bits, where 64 are asked for.
    /// </summary>
    public static SerialNumber New()
    {
        Span<byte> octets = stackalloc byte[Octets];
        do
        {
            RandomNumberGenerator.Fill(octets);
            octets[0] &= 0x7F;
        }
        while (octets[0] == 0);

        return new SerialNumber(BinaryPrimitives.ReadUInt128BigEndian(octets));
    }

    /// <summary>Reads hex as people paste it: either case, with colons, spaces or hyphens between.</summary>
    /// <exception cref="FormatException">Not a serial number; use <see cref="TryParse"/> for what a person typed.</exception>
    public static SerialNumber Parse(string text) =>
        TryParse(text, out var serial) ? serial : throw new FormatException("Not a certificate serial number.");

    /// <summary>Reads hex as people paste it. False for anything else, for zero and for more than 127 bits.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out SerialNumber serial)
    {
        serial = default;
        if (text is null || text.Length > 128)
        {
            return false;
        }

        Span<char> digits = stackalloc char[text.Length];
        var count = 0;
        foreach (var c in text)
        {
            if (char.IsAsciiHexDigit(c))
            {
                digits[count++] = c;
            }
            else if (c is not (':' or ' ' or '-' or '\t' or '\u3000'))
            {
                return false;
            }
        }

        ReadOnlySpan<char> significant = ((ReadOnlySpan<char>)digits[..count]).TrimStart('0');
        if (significant.Length is 0 or > 2 * Octets
            || !UInt128.TryParse(significant, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            || value > (UInt128)Int128.MaxValue)
        {
            return false;
        }

        serial = new SerialNumber(value);
        return true;
    }

    /// <summary>Reads the content octets of a DER INTEGER or <c>X509Certificate2.SerialNumberBytes</c>, big endian.</summary>
    public static bool TryFromBytes(ReadOnlySpan<byte> bigEndian, out SerialNumber serial)
    {
        serial = default;
        if (bigEndian.Length is 0 or > Octets || bigEndian[0] > 0x7F)
        {
            return false;
        }

        Span<byte> padded = stackalloc byte[Octets];
        padded.Clear();
        bigEndian.CopyTo(padded[(Octets - bigEndian.Length)..]);
        serial = new SerialNumber(BinaryPrimitives.ReadUInt128BigEndian(padded));
        return serial._value != UInt128.Zero;
    }

    /// <summary>Big endian, without needless leading zero octets: the content of the DER INTEGER.</summary>
    public byte[] ToBytes()
    {
        Span<byte> octets = stackalloc byte[Octets];
        return octets[^Write(octets)..].ToArray();
    }

    /// <summary>Upper-case hex, 32 digits for a serial of ours.</summary>
    public override string ToString()
    {
        Span<byte> octets = stackalloc byte[Octets];
        return Convert.ToHexString(octets[^Write(octets)..]);
    }

    /// <summary>The same digits in groups of four, for people who compare two of them.</summary>
    public string Grouped()
    {
        var plain = ToString();
        return string.Join(' ', plain.Chunk(4).Select(group => new string(group)));
    }

    public int CompareTo(SerialNumber other) => _value.CompareTo(other._value);

    public static bool operator <(SerialNumber left, SerialNumber right) => left._value < right._value;

    public static bool operator >(SerialNumber left, SerialNumber right) => left._value > right._value;

    public static bool operator <=(SerialNumber left, SerialNumber right) => left._value <= right._value;

    public static bool operator >=(SerialNumber left, SerialNumber right) => left._value >= right._value;

    /// <summary>Writes all 16 octets; returns how many of the last ones the DER INTEGER needs.</summary>
    int Write(Span<byte> octets)
    {
        BinaryPrimitives.WriteUInt128BigEndian(octets, _value);
        var first = 0;
        while (first < Octets - 1 && octets[first] == 0 && octets[first + 1] < 0x80)
        {
            first++;
        }

        return Octets - first;
    }
}
