using DensaiAdmin.Core.Passwords;
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
        [.. Dresses.Keys.SelectMany(dress => Enum.GetValues<PasswordPath>().Where(path => path != PasswordPath.Confirmation).Select(path => (dress, path)))];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task InitialPassword_TypedFromPaper_IsRightOnEveryPath(string dress, PasswordPath path)
    {
        using var desk = await CustomerDesk.OpenAsync();
        var printed = OneTimePassword.New().Value;
        var user = await WithPasswordAsync(desk, printed, isOneTime: true);

        Assert.Equal(PasswordVerdict.Right, await JudgeAsync(desk, user, path, Dresses[dress](printed)));
    }

    [Fact]
    public async Task OwnPassword_ThatLooksLikeOne_IsTakenAsTyped()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var own = OneTimePassword.New().Value;
        var user = await WithPasswordAsync(desk, own, isOneTime: false);

        Assert.Equal(PasswordVerdict.Right, await JudgeAsync(desk, user, PasswordPath.Certificate, own));
        Assert.Equal(PasswordVerdict.Wrong, await JudgeAsync(desk, user, PasswordPath.Certificate, own.ToLowerInvariant()));
    }

    [Fact]
    public async Task InitialPassword_WithOneCharacterWrong_IsWrong()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var printed = OneTimePassword.New().Value;
        var user = await WithPasswordAsync(desk, printed, isOneTime: true);

        Assert.Equal(PasswordVerdict.Wrong, await JudgeAsync(desk, user, PasswordPath.Open, (printed[0] == 'A' ? 'B' : 'A') + printed[1..]));
    }

    private static async Task<Core.Users.User> WithPasswordAsync(CustomerDesk desk, string password, bool isOneTime)
    {
        await desk.Bank.Act(act =>
        {
            var stored = act.Db.Users.Single(u => u.Id == desk.User.Id);
            if (isOneTime)
            {
                stored.SetOneTimePassword(TestBank.CheapHash(password), act.Now.AddDays(14));
            }
            else
            {
                stored.SetPassword(PasswordKind.Login, TestBank.CheapHash(password));
            }
        });
        return desk.Bank.Read(db => db.Users.Single(u => u.Id == desk.User.Id));
    }

    private static async Task<PasswordVerdict> JudgeAsync(CustomerDesk desk, Core.Users.User user, PasswordPath path, string typed) => (await desk.Passwords.JudgeAsync(
        new(user.CanonicalLoginId, path, user, user.LoginPassword, new SuppliedPassword(typed), CustomerDesk.Source), TestContext.Current.CancellationToken)).Verdict;
}
