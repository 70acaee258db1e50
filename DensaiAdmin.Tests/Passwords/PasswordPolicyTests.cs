using System.Text;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Tests.Support;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Tests.Passwords;

public class PasswordPolicyTests
{
    private const string Name = "北洋 花子";

    private static readonly PasswordPolicy Policy = new(Options.Create(new PasswordOptions()), Options.Create(new InstitutionOptions()));

    [Theory]
    [InlineData(TestBank.LoginPassword, PasswordPolicyOutcome.Accepted)]
    [InlineData("fourteen chars", PasswordPolicyOutcome.TooShort)]
    [InlineData("fifteen  chars.", PasswordPolicyOutcome.Accepted)]
    [InlineData("               ", PasswordPolicyOutcome.Accepted)]
    [InlineData("雪の降る札幌の朝は静かである。", PasswordPolicyOutcome.Accepted)]
    [InlineData("雪の降る札幌の朝は静かです", PasswordPolicyOutcome.TooShort)]
    [InlineData("🐻🦊🐟🦀🌽🥔🧅🍈🍦🐄🐎🚜⛄🎿🏂", PasswordPolicyOutcome.Accepted)]
    [InlineData("🐻🦊🐟🦀🌽🥔🧅🍈🍦🐄🐎🚜⛄🎿", PasswordPolicyOutcome.TooShort)]
    [InlineData("ﷺ", PasswordPolicyOutcome.TooShort)]
    [InlineData("correct horse battery staple", PasswordPolicyOutcome.TooCommon)]
    [InlineData("Correct Horse Battery Staple", PasswordPolicyOutcome.TooCommon)]
    [InlineData("ＣｏｒｒｅｃｔＨｏｒｓｅＢａｔｔｅｒｙＳｔａｐｌｅ", PasswordPolicyOutcome.TooCommon)]
    [InlineData("correct horse battery staples", PasswordPolicyOutcome.Accepted)]
    [InlineData("１２３４５６７８９０１２３４５", PasswordPolicyOutcome.TooCommon)]
    [InlineData("ﾊﾟｽﾜｰﾄﾞﾊﾟｽﾜｰﾄﾞ", PasswordPolicyOutcome.TooShort)]
    [InlineData("line\nbreak\tand\u0000nul", PasswordPolicyOutcome.Accepted)]
    public void LoginPassword_IsEvaluated(string password, PasswordPolicyOutcome expected) =>
        Assert.Equal(expected, Policy.Evaluate(PasswordKind.Login, "0501D00601U", Name, new SuppliedPassword(password)));

    [Theory]
    [InlineData(TestBank.ConfirmationPassword, PasswordPolicyOutcome.Accepted)]
    [InlineData("7 chars", PasswordPolicyOutcome.TooShort)]
    [InlineData("8 chars.", PasswordPolicyOutcome.Accepted)]
    [InlineData("0501D00601U", PasswordPolicyOutcome.TooPersonal)]
    [InlineData("0501d00601u", PasswordPolicyOutcome.TooPersonal)]
    [InlineData("０５０１Ｄ００６０１Ｕ", PasswordPolicyOutcome.TooPersonal)]
    [InlineData("0501D00601T", PasswordPolicyOutcome.Accepted)]
    [InlineData("北洋でんさいサービス", PasswordPolicyOutcome.TooPersonal)]
    [InlineData("北洋でんさいサービス!", PasswordPolicyOutcome.TooPersonal)]
    [InlineData("PASSWORD", PasswordPolicyOutcome.TooCommon)]
    [InlineData("ｐａｓｓｗｏｒｄ１２３", PasswordPolicyOutcome.TooCommon)]
    [InlineData("ﾊﾟｽﾜｰﾄﾞﾊﾟｽﾜｰﾄﾞ", PasswordPolicyOutcome.TooCommon)]
    [InlineData("sapporo123", PasswordPolicyOutcome.TooCommon)]
    public void ConfirmationPassword_IsEvaluated(string password, PasswordPolicyOutcome expected) =>
        Assert.Equal(expected, Policy.Evaluate(PasswordKind.Confirmation, "0501D00601U", Name, new SuppliedPassword(password)));

    [Theory]
    [InlineData("0501d00601u0501d00601u", PasswordPolicyOutcome.TooPersonal)]
    [InlineData("0501D00601U-0501D00601U", PasswordPolicyOutcome.TooPersonal)]
    [InlineData("０５０１ｄ００６０１ｕ1234567", PasswordPolicyOutcome.TooPersonal)]
    [InlineData("0501d00601u12345678", PasswordPolicyOutcome.Accepted)]
    [InlineData("05010501d00601ud00601u1234567", PasswordPolicyOutcome.TooPersonal)]
    [InlineData("北洋花子北洋花子北洋花子北洋花子", PasswordPolicyOutcome.TooPersonal)]
    [InlineData("北洋　花子、北洋 花子、北洋花子、", PasswordPolicyOutcome.TooPersonal)]
    [InlineData("北洋銀行北洋でんさいサービス花の色", PasswordPolicyOutcome.TooPersonal)]
    [InlineData("北洋でんさいサービス2026年10月", PasswordPolicyOutcome.Accepted)]
    [InlineData("花子と雪の降る札幌の朝を歩いた。", PasswordPolicyOutcome.Accepted)]
    public void Password_WithoutWhatAnybodyKnows_MustStillBeOne(string password, PasswordPolicyOutcome expected) =>
        Assert.Equal(expected, Policy.Evaluate(PasswordKind.Login, "0501D00601U", Name, new SuppliedPassword(password)));

    [Theory]
    [InlineData("")]
    [InlineData("A")]
    public void Name_OfNoMoreThanALetter_TakesNothingOut(string name) =>
        Assert.Equal(
            PasswordPolicyOutcome.Accepted,
            Policy.Evaluate(PasswordKind.Login, "0501D00601U", name, new SuppliedPassword("bananarama kayak")));

    [Theory]
    [InlineData(128, PasswordPolicyOutcome.Accepted)]
    [InlineData(129, PasswordPolicyOutcome.TooLong)]
    public void Password_MayHave128Characters(int characters, PasswordPolicyOutcome expected)
    {
        var password = string.Concat(Enumerable.Repeat("雪", characters));
        Assert.Equal(expected, Policy.Evaluate(PasswordKind.Login, "id", Name, new SuppliedPassword(password)));
        Assert.Equal(expected, Policy.Evaluate(PasswordKind.Confirmation, "id", Name, new SuppliedPassword(password)));
    }

    [Fact]
    public void Password_WithHalfACharacter_IsRefused() =>
        Assert.Equal(
            PasswordPolicyOutcome.NotText,
            Policy.Evaluate(PasswordKind.Login, "id", Name, new SuppliedPassword("fifteen chars and \ud83d")));

    [Theory]
    [InlineData("Densai-Demo-2026", PasswordPolicyOutcome.SameAsOther)]
    [InlineData("Ｄｅｎｓａｉ-Demo-2026", PasswordPolicyOutcome.SameAsOther)]
    [InlineData("densai-demo-2026", PasswordPolicyOutcome.Accepted)]
    public void Confirmation_MustDifferFromTheLoginPassword(string confirmation, PasswordPolicyOutcome expected) =>
        Assert.Equal(expected, Policy.Evaluate(
            PasswordKind.Confirmation, "id", Name, new SuppliedPassword(confirmation), new SuppliedPassword(TestBank.LoginPassword)));

    [Fact]
    public void Minima_AreSettings()
    {
        var policy = new PasswordPolicy(
            Options.Create(new PasswordOptions { MinLoginCharacters = 20, MinConfirmationCharacters = 12 }),
            Options.Create(new InstitutionOptions()));
        Assert.Equal(
            PasswordPolicyOutcome.TooShort, policy.Evaluate(PasswordKind.Login, "id", Name, new SuppliedPassword(TestBank.LoginPassword)));
        Assert.Equal(
            PasswordPolicyOutcome.TooShort, policy.Evaluate(PasswordKind.Confirmation, "id", Name, new SuppliedPassword("11 letters.")));
    }

    [Fact]
    public void Maximum_IsASetting()
    {
        var policy = new PasswordPolicy(
            Options.Create(new PasswordOptions { MaxCharacters = 64 }), Options.Create(new InstitutionOptions()));
        Assert.Equal(64, policy.MaxCharacters);
        Assert.Equal(
            PasswordPolicyOutcome.Accepted, policy.Evaluate(PasswordKind.Login, "id", Name, new SuppliedPassword(new string('雪', 64))));
        Assert.Equal(
            PasswordPolicyOutcome.TooLong, policy.Evaluate(PasswordKind.Login, "id", Name, new SuppliedPassword(new string('雪', 65))));
    }

    [Property]
    public Property Evaluation_NeverThrows_AndWhatIsAcceptedCanBeHashedAndMatched(string? typed)
    {
        var password = new SuppliedPassword(typed);
        var accepted = Policy.Evaluate(PasswordKind.Confirmation, "0501D00601U", Name, password) == PasswordPolicyOutcome.Accepted;
        return (!accepted || (!password.IsTooLong && !password.IsEmpty)).ToProperty();
    }

    [Property]
    public Property Characters_OfAnyKind_AreWelcome(NonEmptyString seed)
    {
        // Noncharacters aside, whatever a keyboard gives is repeated to a length that must be enough.
        var runes = seed.Get.EnumerateRunes().Where(r => r != Rune.ReplacementChar).ToList();
        var text = string.Concat(runes);
        var normalized = text.Normalize(NormalizationForm.FormKC);
        if (normalized.EnumerateRunes().Count() is 0 or > 60 || runes.Count > 60)
        {
            return true.ToProperty();
        }

        var password = "雪と" + string.Concat(Enumerable.Repeat(text, 1 + (15 / Math.Min(runes.Count, normalized.EnumerateRunes().Count()))));
        var outcome = Policy.Evaluate(PasswordKind.Login, "0501D00601U", Name, new SuppliedPassword(password));
        return (outcome is PasswordPolicyOutcome.Accepted or PasswordPolicyOutcome.TooShort).Label(outcome.ToString());
    }

    [Property]
    public Property SamePassword_InAnyNormalForm_IsTheSame(NonEmptyString seed)
    {
        var text = "雪と氷のまつり" + string.Concat(seed.Get.EnumerateRunes().Where(r => r != Rune.ReplacementChar).Take(50));
        var login = new SuppliedPassword(text.Normalize(NormalizationForm.FormKD));
        var confirmation = new SuppliedPassword(text.Normalize(NormalizationForm.FormC));
        var outcome = Policy.Evaluate(PasswordKind.Confirmation, "0501D00601U", Name, confirmation, login);
        return (outcome is PasswordPolicyOutcome.SameAsOther or PasswordPolicyOutcome.TooShort).Label(outcome.ToString());
    }
}
