using DensaiAdmin.Core.Passwords;

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
    public void Hash_IsPbkdf2WithSaltAndTheRoundsOfToday()
    {
        var stored = PasswordHash.Of(new SuppliedPassword("Densai-Demo-2026")).Stored.Split('$');

        Assert.Equal(["pbkdf2-sha512", "210000"], stored[..2]);
        Assert.Equal((16, 32), (Convert.FromBase64String(stored[2]).Length, Convert.FromBase64String(stored[3]).Length));
    }

    [Fact]
    public void Hash_OfTheSamePasswordTwice_Differs() =>
        Assert.NotEqual(PasswordHash.Of(new SuppliedPassword("same")).Stored, PasswordHash.Of(new SuppliedPassword("same")).Stored);

    [Fact]
    public void Hash_OfOneWritingOfAPassword_MatchesTheOther() =>
        Assert.True(PasswordHash.Of(new SuppliedPassword("ﾃﾞﾝｻｲ\u0041\u030A")).Matches(new SuppliedPassword("デンサイÅ")));

    [Fact]
    public void Hash_OfNobody_CostsWhatAHashCosts()
    {
        var nobody = PasswordHash.OfNobody().Stored.Split('$');
        var somebody = PasswordHash.Of(new SuppliedPassword("somebody")).Stored.Split('$');

        Assert.Equal(somebody.Select((part, i) => i < 2 ? part : $"{part.Length}"), nobody.Select((part, i) => i < 2 ? part : $"{part.Length}"));
    }

    [Fact]
    public async Task Hasher_WithoutAHash_IsNeverRight()
    {
        using var hasher = new PasswordHasher();

        Assert.False(await hasher.MatchesAsync(null, new SuppliedPassword("anything"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Hasher_WithMoreThanAHundredWaiting_IsBusy()
    {
        using var hasher = new PasswordHasher();
        var slow = PasswordHash.Of(new SuppliedPassword("slow"));
        using var enough = new CancellationTokenSource();

        // One costs a tenth of a second: however slowly this machine starts them, two hundred are not through before the last comes.
        var waiting = Enumerable.Range(0, 300).Select(_ => hasher.MatchesAsync(slow, new SuppliedPassword("slow"), enough.Token)).ToList();
        var last = await waiting[^1];
        await enough.CancelAsync();
        await Task.WhenAll(waiting).ContinueWith(_ => { }, TestContext.Current.CancellationToken, TaskContinuationOptions.None, TaskScheduler.Default);

        Assert.Null(last);
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
            new object[] { supplied, hash, OneTimePassword.New(), new ConfirmationOutcome.Wrong(3) }.Select(o => $"{o} {o.ToString()}"),
            printed =>
            {
                Assert.DoesNotContain(secret, printed, StringComparison.Ordinal);
                Assert.DoesNotContain("pbkdf2", printed, StringComparison.Ordinal);
            });
    }
}
