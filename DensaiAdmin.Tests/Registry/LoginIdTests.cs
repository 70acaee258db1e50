using DensaiAdmin.Core.Registry;
using DensaiAdmin.Tests.Support;
using FsCheck.Xunit;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Tests.Registry;

/// <summary>Fault D6: no two users whose IDs look equal to the server, no ID that only looks like another.</summary>
public class LoginIdTests
{
    [Theory]
    [InlineData("0501D00601M", "0501D00601M")]
    [InlineData("0501d00601m", "0501D00601M")]
    [InlineData("０５０１Ｄ００６０１ｍ", "0501D00601M")]
    [InlineData("0501D00601M ", "0501D00601M")]
    [InlineData("\u30000501D00601M\t", "0501D00601M")]
    [InlineData("ﾃﾞﾝｻｲ", "デンサイ")]
    [InlineData("e\u0301", "É")]
    [InlineData("\u00E9", "É")]
    [InlineData("ﬁ", "FI")]
    [InlineData("①", "1")]
    [InlineData("i\u0307", "\u0130")]
    [InlineData("\u0130", "\u0130")]
    [InlineData("ß", "ß")]
    [InlineData("ſ", "S")]
    [InlineData("𠮷野", "𠮷野")]
    [InlineData("=cmd", "=CMD")]
    public void Id_InAnyWriting_HasOneCanonicalForm(string given, string canonical) =>
        Assert.Equal(canonical, LoginId.Canonical(given));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("\u3000")]
    [InlineData("a b")]
    [InlineData("a\u3000b")]
    [InlineData("a\u00A0b")]
    [InlineData("a\nb")]
    [InlineData("a\0b")]
    [InlineData("a\u200Bb")]
    [InlineData("a\u200Db")]
    [InlineData("a\u00ADb")]
    [InlineData("\uFEFFa")]
    [InlineData("\u202Ea")]
    [InlineData("a\u2028b")]
    [InlineData("a\u034Fb")]
    [InlineData("a\uFE0F")]
    [InlineData("a\U000E0100")]
    [InlineData("a\U000E0061")]
    [InlineData("a\u3164")]
    [InlineData("a\uFFA0")]
    [InlineData("a\u115F")]
    [InlineData("a\u180B")]
    [InlineData("a\u2800")]
    [InlineData("a\uE000")]
    [InlineData("a\uFFFF")]
    [InlineData("a\U0001FFFE")]
    public void Text_WithWhatNobodySees_IsNoId(string? given) => Assert.Null(LoginId.Canonical(given));

    [Fact]
    public void Text_WithAnUnpairedSurrogate_IsNoId()
    {
        Assert.Null(LoginId.Canonical("a\uD842"));
        Assert.Null(LoginId.Canonical("\uDFB7a"));
        Assert.Null(LoginId.Canonical("a\uD842b"));
    }

    [Fact]
    public void Turkish_LettersI_StayApartAsTheInvariantCultureHasThem()
    {
        Assert.Equal(LoginId.Canonical("I"), LoginId.Canonical("i"));
        Assert.NotEqual(LoginId.Canonical("I"), LoginId.Canonical("ı"));
        Assert.NotEqual(LoginId.Canonical("I"), LoginId.Canonical("İ"));
    }

    [Theory]
    [InlineData("tr-TR")]
    [InlineData("ja-JP")]
    [InlineData("az-Latn-AZ")]
    public void Id_UnderAnyCulture_HasTheSameForm(string culture)
    {
        var before = System.Globalization.CultureInfo.CurrentCulture;
        try
        {
            System.Globalization.CultureInfo.CurrentCulture = new System.Globalization.CultureInfo(culture);
            Assert.Equal("I-0501D", LoginId.Canonical("i-0501d"));
        }
        finally
        {
            System.Globalization.CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void Id_ByItsLength_IsOne(int characters, bool isOne) =>
        Assert.Equal(isOne, LoginId.Canonical(new string('x', characters)) is not null);

    [Fact]
    public void Text_ThatGrowsWhenNormalized_IsMeasuredAfterwards() =>
        // One character that NFKC writes as eighteen.
        Assert.Null(LoginId.Canonical(string.Concat(Enumerable.Repeat("\uFDFA", 10))));

    [Property(MaxTest = 2000)]
    public void Canonical_OfACanonicalId_IsItself(string? given)
    {
        if (LoginId.Canonical(given) is { } once)
        {
            Assert.Equal(once, LoginId.Canonical(once));
        }
    }

    [Fact]
    public void Canonical_OfEveryCharacterAloneAndBeforeMarks_IsAtRest()
    {
        var restless = new List<string>();
        string[] marks = ["", "\u0301", "\u0307", "\u0345", "\u3099", "\u0328"];
        for (var value = 0x21; value <= 0x2FFFF; value++)
        {
            if (!System.Text.Rune.IsValid(value))
            {
                continue;
            }

            foreach (var mark in value < 0x3100 ? marks : marks[..1])
            {
                var given = new System.Text.Rune(value) + mark;
                if (LoginId.Canonical(given) is { } once && LoginId.Canonical(once) != once)
                {
                    restless.Add($"U+{value:X4}+{(mark.Length == 0 ? "" : $"U+{(int)mark[0]:X4}")}");
                }
            }
        }

        Assert.Empty(restless);
    }

    [Fact]
    public async Task Users_WhoseIdsAreTheSame_AreRefusedByTheStore()
    {
        using var bank = TestBank.Open();
        var company = await bank.AddCompany();
        await bank.AddUser("0501D00601U", company);

        await Assert.ThrowsAsync<DbUpdateException>(() => bank.AddUser("０５０１ｄ００６０１ｕ", company));
    }

    [Fact]
    public async Task Id_OfADeletedUser_IsNeverGivenAgain()
    {
        using var bank = TestBank.Open();
        var company = await bank.AddCompany();
        await bank.AddUser("0501D00601U", company);
        bank.Sql($"UPDATE Users SET DeletedAt = 1");

        await Assert.ThrowsAsync<DbUpdateException>(() => bank.AddUser("0501d00601u", company));
    }
}
