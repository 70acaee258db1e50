using DensaiAdmin.Web.Shared;
using FsCheck;
using FsCheck.Xunit;

namespace DensaiAdmin.Tests.Shared;

/// <summary>
/// What a spreadsheet would take for a formula, a number, a date or a truth value stays text; what it would not stays as it is.
/// </summary>
public sealed class SpreadsheetTextTests
{
    [Theory]
    [InlineData("=1+1")]
    [InlineData("＝1+1")]
    [InlineData("+81-3-0000-0000")]
    [InlineData("＋1")]
    [InlineData("-1")]
    [InlineData("－1")]
    [InlineData("−1")]
    [InlineData("-")]
    [InlineData("@SUM(A1)")]
    [InlineData("＠x")]
    [InlineData(" =1+1")]
    [InlineData("\u3000＝1+1")]
    [InlineData("\tx")]
    [InlineData("\rx")]
    [InlineData("\n=1")]
    [InlineData("#N/A")]
    [InlineData("'x")]
    [InlineData("00012345")]
    [InlineData("０００１２３４５")]
    [InlineData("0501E00012")]
    [InlineData("0501e00012")]
    [InlineData("0501D00601")]
    [InlineData("1E-5")]
    [InlineData("1.5E+3")]
    [InlineData("123456789012345678")]
    [InlineData("1,234")]
    [InlineData("1.5")]
    [InlineData(".5")]
    [InlineData("(5)")]
    [InlineData("5%")]
    [InlineData("¥100")]
    [InlineData("$1.50")]
    [InlineData("100円")]
    [InlineData("1 1/2")]
    [InlineData("1234 5678")]
    [InlineData("2026-11-27")]
    [InlineData("2026/11/27")]
    [InlineData("27.11.2026")]
    [InlineData("11/27")]
    [InlineData("11-27")]
    [InlineData("2026-11-27T09:00:00Z")]
    [InlineData("2026-11-27 9:00")]
    [InlineData("2026年11月27日")]
    [InlineData("11月27日")]
    [InlineData("令和8年11月27日")]
    [InlineData("令和元年")]
    [InlineData("R8.11.27")]
    [InlineData("H30/1/1")]
    [InlineData("9:00")]
    [InlineData("9:00:00")]
    [InlineData("9時30分")]
    [InlineData("午後3時")]
    [InlineData("9 AM")]
    [InlineData("9pm")]
    [InlineData("1-Jan")]
    [InlineData("MAR1")]
    [InlineData("SEPT2")]
    [InlineData("2-DEC-2026")]
    [InlineData("Jan 5, 2026")]
    [InlineData("Fri, 27 Nov 2026")]
    [InlineData("TRUE")]
    [InlineData("true")]
    [InlineData("ＦＡＬＳＥ")]
    public void Value_ThatASpreadsheetReads_IsMarked(string value) => Assert.Equal("'" + value, SpreadsheetText.Guard(value));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("0501D00601M")]
    [InlineData("0501D00601U")]
    [InlineData("0501d60001k")]
    [InlineData("counter1")]
    [InlineData("でんさい00601マスタ")]
    [InlineData("北洋 太郎")]
    [InlineData("taro@example.jp")]
    [InlineData("192.0.2.1")]
    [InlineData("S-20261127-AB12-CD34")]
    [InlineData("5B07 E4D1 93AC 2F68 0D7E B1C5 48F2 9A36")]
    [InlineData("証明書とパスワード")]
    [InlineData("TRUEMAN")]
    [InlineData("Mary")]
    [InlineData("June")]
    [InlineData("Augustin 2nd")]
    [InlineData("E00012")]
    [InlineData("0501E00012X")]
    [InlineData("―")]
    public void Value_ThatIsTextAnyway_StaysAsItIs(string value) => Assert.Equal(value, SpreadsheetText.Guard(value));

    [Property(MaxTest = 2000)]
    public void Value_WhateverItIs_IsHadBackByTakingOneMarkAway(NonNull<string> given)
    {
        var written = SpreadsheetText.Guard(given.Get);

        Assert.Equal(given.Get, written.StartsWith('\'') ? written[1..] : written);
    }

    [Fact]
    public void Value_OfManyCharacters_IsReadInNoTime()
    {
        foreach (var value in new[] { new string('1', 100_000), string.Concat(Enumerable.Repeat("1-", 190)), string.Concat(
            Enumerable.Repeat("1 ,.", 100)) + "x" })
        {
            var since = TimeProvider.System.GetTimestamp();
            SpreadsheetText.Guard(value);
            Assert.InRange(TimeProvider.System.GetElapsedTime(since), TimeSpan.Zero, TimeSpan.FromSeconds(2));
        }
    }
}
