using System.Numerics;
using DensaiAdmin.Core.Pki;

namespace DensaiAdmin.Tests.Pki;

public sealed class SerialNumberTests
{
    const string Plain = "1A2B3C4D5E6F708192A3B4C5D6E7F809";

    [Fact]
    public void New_TenThousand_AreDistinctPositiveAndThirtyTwoDigits()
    {
        var serials = Enumerable.Range(0, 10_000).Select(_ => SerialNumber.New()).ToList();

        Assert.Equal(serials.Count, serials.Distinct().Count());
        Assert.All(serials, serial =>
        {
            Assert.Matches("^[0-7][0-9A-F]{31}$", serial.ToString());
            Assert.Equal(SerialNumber.Octets, serial.ToBytes().Length);
            Assert.True(new BigInteger(serial.ToBytes(), isUnsigned: false, isBigEndian: true) > 0);
        });
    }

    [Fact]
    public void New_TenThousand_EveryBitButTheSignIsRandom()
    {
        const int count = 10_000;
        var ones = new int[128];
        for (var i = 0; i < count; i++)
        {
            var octets = SerialNumber.New().ToBytes();
            for (var bit = 0; bit < ones.Length; bit++)
            {
                ones[bit] += (octets[bit / 8] >> (7 - (bit % 8))) & 1;
            }
        }

        // Half of them, within eight standard deviations of a fair coin.
        Assert.Equal(0, ones[0]);
        Assert.All(ones.Skip(1), set => Assert.InRange(set, (count / 2) - 400, (count / 2) + 450));
    }

    [Theory]
    [InlineData(Plain)]
    [InlineData("1a2b3c4d5e6f708192a3b4c5d6e7f809")]
    [InlineData("1a:2b:3c:4d:5e:6f:70:81:92:a3:b4:c5:d6:e7:f8:09")]
    [InlineData(" 1A2B 3C4D 5E6F 7081 92A3 B4C5 D6E7 F809 ")]
    [InlineData("001A2B3C4D5E6F708192A3B4C5D6E7F809")]
    public void Parse_HoweverItWasPasted_IsOneSpelling(string pasted)
    {
        var serial = SerialNumber.Parse(pasted);

        Assert.Equal(Plain, serial.ToString());
        Assert.Equal("1A2B 3C4D 5E6F 7081 92A3 B4C5 D6E7 F809", serial.Grouped());
        Assert.Equal(Convert.FromHexString(Plain), serial.ToBytes());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("0")]
    [InlineData("-1g")]
    [InlineData("8A2B3C4D5E6F708192A3B4C5D6E7F809")]
    [InlineData("1A2B3C4D5E6F708192A3B4C5D6E7F80911")]
    [InlineData("１Ａ")]
    public void TryParse_NoSerial_IsFalse(string? text) => Assert.False(SerialNumber.TryParse(text, out _));

    [Theory]
    [InlineData("7F", "7F")]
    [InlineData("0080", "0080")]
    [InlineData("04D2", "04D2")]
    public void TryFromBytes_ShortSerialOfAnotherCa_PrintsAsDotnetDoes(string octets, string printed)
    {
        Assert.True(SerialNumber.TryFromBytes(Convert.FromHexString(octets), out var serial));
        Assert.Equal(printed, serial.ToString());
        Assert.Equal(Convert.FromHexString(octets), serial.ToBytes());
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("80")]
    [InlineData("0102030405060708090A0B0C0D0E0F1011")]
    public void TryFromBytes_NegativeZeroOrTooLong_IsFalse(string octets) =>
        Assert.False(SerialNumber.TryFromBytes(Convert.FromHexString(octets), out _));

    [Fact]
    public void CompareTo_AsNumbers()
    {
        var small = SerialNumber.Parse("02");
        var large = SerialNumber.Parse(Plain);

        Assert.True(small < large && large > small && small <= large && large >= small);
        Assert.Equal(-1, small.CompareTo(large));
    }
}
