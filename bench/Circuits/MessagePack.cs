using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace DensaiAdmin.Bench.Circuits;

/// <summary>As much of MessagePack as the circuits' protocol uses.</summary>
internal static class MessagePack
{
    public static void Write(ArrayBufferWriter<byte> to, object? value)
    {
        switch (value)
        {
            case null:
                to.Write((ReadOnlySpan<byte>)[0xC0]);
                break;
            case bool truth:
                to.Write((ReadOnlySpan<byte>)[truth ? (byte)0xC3 : (byte)0xC2]);
                break;
            case int or long:
                Span<byte> number = stackalloc byte[9];
                number[0] = 0xD3;
                BinaryPrimitives.WriteInt64BigEndian(
                    number[1..], Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture));
                to.Write((ReadOnlySpan<byte>)number);
                break;
            case string text:
                var octets = Encoding.UTF8.GetBytes(text);
                Span<byte> length = stackalloc byte[5];
                length[0] = 0xDB;
                BinaryPrimitives.WriteInt32BigEndian(length[1..], octets.Length);
                to.Write((ReadOnlySpan<byte>)length);
                to.Write(octets);
                break;
            case object?[] items when items.Length < 16:
                to.Write((ReadOnlySpan<byte>)[(byte)(0x90 | items.Length)]);
                foreach (var item in items)
                {
                    Write(to, item);
                }

                break;
            case IReadOnlyDictionary<string, string> { Count: 0 }:
                to.Write((ReadOnlySpan<byte>)[0x80]);
                break;
            default:
                throw new NotSupportedException(value.GetType().Name);
        }
    }

    public static object? Read(ref ReadOnlySpan<byte> from)
    {
        var kind = from[0];
        from = from[1..];
        switch (kind)
        {
            case <= 0x7F:
                return (long)kind;
            case <= 0x8F:
                return Map(ref from, kind & 0x0F);
            case <= 0x9F:
                return Items(ref from, kind & 0x0F);
            case <= 0xBF:
                return Text(ref from, kind & 0x1F);
            case 0xC0:
                return null;
            case 0xC2 or 0xC3:
                return kind == 0xC3;
            case 0xC4:
                return Take(ref from, (int)Number(ref from, 1)).ToArray();
            case 0xC5:
                return Take(ref from, (int)Number(ref from, 2)).ToArray();
            case 0xC6:
                return Take(ref from, (int)Number(ref from, 4)).ToArray();
            case 0xCA:
                return (double)BinaryPrimitives.ReadSingleBigEndian(Take(ref from, 4));
            case 0xCB:
                return BinaryPrimitives.ReadDoubleBigEndian(Take(ref from, 8));
            case 0xCC or 0xCD or 0xCE or 0xCF:
                return (long)Number(ref from, 1 << (kind - 0xCC));
            case 0xD0:
                return (long)(sbyte)Take(ref from, 1)[0];
            case 0xD1:
                return (long)BinaryPrimitives.ReadInt16BigEndian(Take(ref from, 2));
            case 0xD2:
                return (long)BinaryPrimitives.ReadInt32BigEndian(Take(ref from, 4));
            case 0xD3:
                return BinaryPrimitives.ReadInt64BigEndian(Take(ref from, 8));
            case 0xD9:
                return Text(ref from, (int)Number(ref from, 1));
            case 0xDA:
                return Text(ref from, (int)Number(ref from, 2));
            case 0xDB:
                return Text(ref from, (int)Number(ref from, 4));
            case 0xDC:
                return Items(ref from, (int)Number(ref from, 2));
            case 0xDE:
                return Map(ref from, (int)Number(ref from, 2));
            case >= 0xE0:
                return (long)(sbyte)kind;
            default:
                throw new NotSupportedException($"MessagePack {kind:X2}");
        }
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> from, int length)
    {
        var taken = from[..length];
        from = from[length..];
        return taken;
    }

    private static ulong Number(ref ReadOnlySpan<byte> from, int octets)
    {
        ulong number = 0;
        foreach (var octet in Take(ref from, octets))
        {
            number = (number << 8) | octet;
        }

        return number;
    }

    private static string Text(ref ReadOnlySpan<byte> from, int length) => Encoding.UTF8.GetString(Take(ref from, length));

    private static object?[] Items(ref ReadOnlySpan<byte> from, int count)
    {
        var items = new object?[count];
        for (var i = 0; i < count; i++)
        {
            items[i] = Read(ref from);
        }

        return items;
    }

    private static object?[] Map(ref ReadOnlySpan<byte> from, int count) => Items(ref from, count * 2);
}
