using DensaiAdmin.Core;
using DensaiAdmin.Core.Users;

namespace DensaiAdmin.Tests.Users;

public class UserDataTests
{
    private static readonly InstitutionOptions Institution = new();
    private static readonly UserData Good = new("Hokuyo-Taro", "北洋 太郎", "taro@example.jp");

    [Fact]
    public void Typed_InFullWidth_IsTidied() =>
        Assert.Equal(
            new UserData("new001", "北洋 花子", "hanako@example.jp"), new UserData(" ｎｅｗ００１ ", " 北洋 花子\t", " ｈａｎａｋｏ＠example.jp ").Tidy());

    [Fact]
    public void Faults_AreNamedInTheOrderOfTheForm()
    {
        Assert.Equal(
            [UserDataFault.LoginIdEmpty, UserDataFault.NameEmpty, UserDataFault.MailAddressEmpty],
            new UserData("", " ", "\t").Tidy().Faults(Institution));
        Assert.Equal(
            [UserDataFault.LoginIdNotUsable, UserDataFault.NameNotUsable, UserDataFault.MailAddressNotUsable],
            new UserData("a:b", "北洋\u202e花子", "a@b, c@d").Tidy().Faults(Institution));
    }

    [Theory]
    [InlineData("", UserDataFault.LoginIdEmpty)]
    [InlineData("  ", UserDataFault.LoginIdEmpty)]
    [InlineData("a b", UserDataFault.LoginIdNotUsable)]
    [InlineData("a：b", UserDataFault.LoginIdNotUsable)]
    [InlineData("a\u200bb", UserDataFault.LoginIdNotUsable)]
    [InlineData("12345678901234567890123456789012345678901", UserDataFault.LoginIdTooLong)]
    public void LoginId_ThatCannotBe_IsAFault(string loginId, UserDataFault fault) =>
        Assert.Equal([fault], (Good with { LoginId = loginId }).Tidy().Faults(Institution));

    [Fact]
    public void HalfACharacter_IsKept_AndRefused() =>
        Assert.Equal(
            [UserDataFault.LoginIdNotUsable, UserDataFault.NameNotUsable, UserDataFault.MailAddressNotUsable],
            new UserData("a\ud800", "a\ud800", "a\ud800").Tidy().Faults(Institution));

    [Theory]
    [InlineData("  北洋太郎  ", "北洋太郎")]
    [InlineData("1234567890123456789012345678901234567890", "1234567890123456789012345678901234567890")]
    public void LoginId_Chosen_MayBeJapanese_AndFortyCharacters(string typed, string stored)
    {
        var tidy = (Good with { LoginId = typed }).Tidy();
        Assert.Empty(tidy.Faults(Institution));
        Assert.Equal(stored, tidy.LoginId);
    }

    [Theory]
    [InlineData("taro")]
    [InlineData("taro@example.jp,jiro@example.jp")]
    [InlineData("Taro <taro@example.jp>")]
    [InlineData("taro@example.jp\nBcc: x@example.jp")]
    public void MailAddress_MustBeOne(string typed) =>
        Assert.Equal([UserDataFault.MailAddressNotUsable], (Good with { MailAddress = typed }).Tidy().FaultsOfChange());

    // 𠮷 takes two units of the store, か and its mark one character on the screen.
    [Theory]
    [InlineData("名", 100, false)]
    [InlineData("名", 101, true)]
    [InlineData("𠮷", 100, false)]
    [InlineData("𠮷", 101, true)]
    [InlineData("か\u309a", 100, false)]
    [InlineData("か\u309a\u309a", 100, true)]
    public void Name_IsCountedAsAPersonDoes_AndFitsTheStore(string character, int times, bool tooLong) =>
        Assert.Equal(
            tooLong ? [UserDataFault.NameTooLong] : [],
            (Good with { Name = string.Concat(Enumerable.Repeat(character, times)) }).Tidy().FaultsOfChange());

    [Fact]
    public void Flood_IsRefused_NotFolded()
    {
        var flood = new string('ﷺ', 100_000);

        Assert.Equal(
            [UserDataFault.LoginIdTooLong, UserDataFault.NameTooLong, UserDataFault.MailAddressNotUsable],
            new UserData(flood, flood, flood).Tidy().Faults(Institution));
    }
}
