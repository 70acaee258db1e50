using System.Security.Cryptography;
using System.Text;
using DensaiAdmin.Core.Pki;

namespace DensaiAdmin.Tests.Pki;

public class Sha256HashTests
{
    // FIPS 180-4, of "abc".
    private const string OfAbc = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD";

    [Fact]
    public void Hash_OfAbc_IsTheOneOfTheStandard() => Assert.Equal(OfAbc, Sha256Hash.Of("abc"u8).ToString());

    [Fact]
    public void Hash_SpeltInEitherCase_IsTheSame()
    {
        Assert.Equal(Sha256Hash.Parse(OfAbc), Sha256Hash.Parse(OfAbc.ToLowerInvariant()));
        Assert.Equal(Sha256Hash.Of("abc"u8), Sha256Hash.Parse(OfAbc));
    }

    [Fact]
    public void Hash_TakenUpFromItsOctets_IsTheSame_AndDiffersInEachOctet()
    {
        var octets = SHA256.HashData(Encoding.UTF8.GetBytes("any"));
        Assert.Equal(octets, Sha256Hash.FromBytes(octets).ToByteArray());
        for (var i = 0; i < octets.Length; i++)
        {
            var other = octets.ToArray();
            other[i] ^= 1;
            Assert.NotEqual(Sha256Hash.FromBytes(octets), Sha256Hash.FromBytes(other));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("BA78")]
    [InlineData(OfAbc + "00")]
    [InlineData("ZA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD")]
    public void Hash_SpeltWrongly_IsRefused(string hex) => Assert.Throws<FormatException>(() => Sha256Hash.Parse(hex));
}
