using System.Security.Cryptography;
using System.Text;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;
using Microsoft.AspNetCore.Identity;

namespace DensaiAdmin.Tests.Passwords;

public class PasswordHashTests
{
    [Fact]
    public void Hash_OfAPassword_MatchesItAndNoOther()
    {
        var hash = PasswordHash.Of(new SuppliedPassword("Densai-Demo-2026"));

        Assert.True(hash.Matches(new SuppliedPassword("Densai-Demo-2026")));
        Assert.False(hash.Matches(new SuppliedPassword("densai-demo-2026")));
    }

    [Fact]
    public void Hash_IsIdentitysPbkdf2_WithSha512SaltAndTheIterationsOfToday()
    {
        var stored = Convert.FromBase64String(PasswordHash.Of(new SuppliedPassword("Densai-Demo-2026")).Stored);

        // Version 3: marker, PRF (2 = HMAC-SHA512), iterations, octets of salt; then the salt and 32 octets.
        Assert.Equal("01" + "00000002" + "00033450" + "00000010", Convert.ToHexString(stored[..13]));
        Assert.Equal(13 + 16 + 32, stored.Length);
    }

    [Fact]
    public void Hash_OfTheFormatOfEarlierReleases_StillVerifies_AndIsToBeHashedAnew()
    {
        var salt = RandomNumberGenerator.GetBytes(16);
        var derived = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes("デンサイ-Demo-2026"), salt, 210_000, HashAlgorithmName.SHA512, 32);
        var earlier = PasswordHash.FromStored($"pbkdf2-sha512$210000${Convert.ToBase64String(salt)}${Convert.ToBase64String(derived)}");

        Assert.Equal(
            PasswordVerificationResult.SuccessRehashNeeded,
            earlier.Verify(new SuppliedPassword("ﾃﾞﾝｻｲ-Demo-2026"), PasswordHash.Iterations));
        Assert.Equal(PasswordVerificationResult.Failed, earlier.Verify(new SuppliedPassword("ﾃﾞﾝｻｲ-demo-2026"), PasswordHash.Iterations));
    }

    [Theory]
    [InlineData(1000, 1000, PasswordVerificationResult.Success)]
    [InlineData(1000, 1001, PasswordVerificationResult.SuccessRehashNeeded)]
    public void Hash_OfALowerWorkFactor_IsToBeHashedAnew(int then, int today, PasswordVerificationResult expected) =>
        Assert.Equal(expected, PasswordHash.Of(new SuppliedPassword("same"), then).Verify(new SuppliedPassword("same"), today));

    [Fact]
    public void Password_ThatIsNoText_IsNobodys() =>
        Assert.False(PasswordHash.Of(new SuppliedPassword("half a \ufffd"), 1).Matches(new SuppliedPassword("half a character \ud83d")));

    [Fact]
    public void Hash_OfTheSamePasswordTwice_Differs() =>
        Assert.NotEqual(PasswordHash.Of(new SuppliedPassword("same")).Stored, PasswordHash.Of(new SuppliedPassword("same")).Stored);

    [Fact]
    public void Hash_OfOneWritingOfAPassword_MatchesTheOther() =>
        Assert.True(PasswordHash.Of(new SuppliedPassword("ﾃﾞﾝｻｲ\u0041\u030A")).Matches(new SuppliedPassword("デンサイÅ")));

    [Fact]
    public void Hash_OfNobody_CostsWhatAHashCosts()
    {
        var nobody = Convert.FromBase64String(PasswordHash.OfNobody().Stored);
        var somebody = Convert.FromBase64String(PasswordHash.Of(new SuppliedPassword("somebody")).Stored);

        Assert.Equal(somebody[..13], nobody[..13]);
        Assert.Equal(somebody.Length, nobody.Length);
    }

    [Fact]
    public async Task Hasher_WithoutAHash_IsNeverRight()
    {
        using var hasher = new PasswordHasher();

        Assert.False(
            await hasher.MatchesAsync(PasswordLane.Public, null, new SuppliedPassword("anything"), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(128, false)]
    [InlineData(129, true)]
    public void Password_ByItsCharacters_IsTooLong(int characters, bool tooLong)
    {
        Assert.Equal(tooLong, new SuppliedPassword(new string('x', characters)).IsTooLong);
        Assert.Equal(tooLong, new SuppliedPassword(string.Concat(Enumerable.Repeat("𠮷", characters))).IsTooLong);
    }

    [Fact]
    public void Secrets_Printed_AreRedacted()
    {
        const string secret = "Densai-Demo-2026";
        var supplied = new SuppliedPassword(secret);
        var hash = PasswordHash.Of(supplied);

        Assert.All(
            new object[] { supplied, hash, OneTimePassword.New(), new UnconfirmedOutcome.Wrong(3) }.Select(o => $"{o} {o.ToString()}"),
            printed =>
            {
                Assert.DoesNotContain(secret, printed, StringComparison.Ordinal);
                Assert.DoesNotContain(hash.Stored, printed, StringComparison.Ordinal);
            });
    }
}
