using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Passwords;

/// <summary>初期パスワード are handed over on paper: however one is typed, it is read as it was printed, on every way that evaluates it.</summary>
public class OneTimePasswordTests
{
    private static readonly Dictionary<string, Func<string, string>> Dresses = new(StringComparer.Ordinal)
    {
        ["as printed"] = printed => printed,
        ["lower case"] = printed => printed.ToLowerInvariant(),
        ["without hyphens"] = printed => printed.Replace("-", "", StringComparison.Ordinal),
        ["blanks for hyphens"] = printed => $" {printed.Replace('-', ' ')}　",
        ["long vowel marks for hyphens"] = printed => printed.Replace('-', 'ー'),
        ["full width"] = printed => string.Concat(printed.Select(c => c == '-' ? '－' : (char)(c + 0xFEE0))),
        ["full width and lower case without hyphens"] = printed =>
            string.Concat(printed.Replace("-", "", StringComparison.Ordinal).ToLowerInvariant().Select(c => (char)(c + 0xFEE0))),
    };

    public static TheoryData<string, PasswordPath> Ways() =>
        [.. Dresses.Keys.SelectMany(
            dress => Enum.GetValues<PasswordPath>().Where(path => path != PasswordPath.Confirmation).Select(path => (dress, path)))];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task InitialPassword_TypedFromPaper_IsRightOnEveryPath(string dress, PasswordPath path)
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var printed = OneTimePassword.New().Value;
        var user = await WithPasswordAsync(fixture, printed, isOneTime: true);

        Assert.Equal(PasswordResult.Right, await EvaluateAsync(fixture, user, path, Dresses[dress](printed)));
    }

    [Fact]
    public async Task OwnPassword_ThatLooksLikeOne_IsTakenAsTyped()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var own = OneTimePassword.New().Value;
        var user = await WithPasswordAsync(fixture, own, isOneTime: false);

        Assert.Equal(PasswordResult.Right, await EvaluateAsync(fixture, user, PasswordPath.Certificate, own));
        Assert.Equal(PasswordResult.Wrong, await EvaluateAsync(fixture, user, PasswordPath.Certificate, own.ToLowerInvariant()));
    }

    [Fact]
    public async Task InitialPassword_WithOneCharacterWrong_IsWrong()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var printed = OneTimePassword.New().Value;
        var user = await WithPasswordAsync(fixture, printed, isOneTime: true);

        Assert.Equal(
            PasswordResult.Wrong, await EvaluateAsync(fixture, user, PasswordPath.Open, (printed[0] == 'A' ? 'B' : 'A') + printed[1..]));
    }

    private static async Task<Core.Registry.User> WithPasswordAsync(CustomerFixture fixture, string password, bool isOneTime)
    {
        await fixture.Bank.Act(work =>
        {
            var stored = work.Db.Users.Single(u => u.Id == fixture.User.Id);
            if (isOneTime)
            {
                stored.SetOneTimePassword(TestBank.CheapHash(password), work.Now.AddDays(14));
            }
            else
            {
                stored.SetPassword(PasswordKind.Login, TestBank.CheapHash(password));
            }
        });
        return fixture.Bank.Read(db => db.Users.Single(u => u.Id == fixture.User.Id));
    }

    private static async Task<PasswordResult> EvaluateAsync(
        CustomerFixture fixture, Core.Registry.User user, PasswordPath path, string typed) => (await fixture.Passwords.EvaluateAsync(
        new(
            user.CanonicalLoginId, path, user, user.LoginPassword, new SuppliedPassword(typed),
            CustomerFixture.Source), TestContext.Current.CancellationToken)).Evaluation;
}
