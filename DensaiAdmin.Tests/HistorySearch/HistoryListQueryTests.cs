using DensaiAdmin.Core.Registry;
using DensaiAdmin.Web.HistorySearch;

namespace DensaiAdmin.Tests.HistorySearch;

[Web]
public sealed class HistoryListQueryTests
{
    private static readonly DateOnly Today = new(2022, 11, 7);

    [Fact]
    public void Address_WithNothingSaid_IsTheLastThirtyDays()
    {
        var query = Read();

        Assert.Equal((new DateOnly(2022, 10, 9), Today), (query.From, query.To));
        Assert.Equal("/management/history", query.Href);
        Assert.Equal("/management/history.csv", query.CsvHref);
    }

    [Fact]
    public void Address_AndQuery_AreTheSame()
    {
        var query = HistoryListQuery.Default(Today) with
        {
            From = new(2022, 11, 1),
            To = new(2022, 11, 6),
            User = "0501D00601&x=y",
            Operation = HistoryOperation.Revocation,
            Result = HistoryResult.Refused,
            OldestFirst = true,
            After = 12,
        };

        Assert.Equal(
            "/management/history?from=2022-11-01&to=2022-11-06&user=0501D00601%26x%3Dy&op=revocation&result=refused&order=oldest&after=12",
            query.Href);
        Assert.Equal(
            query, HistoryListQuery.Read(Today, "2022-11-01", "2022-11-06", "0501D00601&x=y", "revocation", "refused", "oldest", 12, null));
    }

    [Fact]
    public void Period_MayBeOpen()
    {
        var query = Read("", "");

        Assert.Equal((null, null), (query.From, query.To));
        Assert.Equal("/management/history?from=&to=", query.Href);
        Assert.Equal((null, null), (query.ToCore(50).From, query.ToCore(50).Until));
    }

    [Theory]
    [InlineData("2022-02-30")]
    [InlineData("2022/11/01")]
    [InlineData("0001-01-01")]
    [InlineData("9999-12-31")]
    [InlineData("x")]
    public void Day_ThatIsNone_CountsAsNotSaid(string day) => Assert.Equal(HistoryListQuery.Default(Today), Read(day, day));

    [Theory]
    [InlineData("crlpublication")]
    [InlineData("operation")]
    [InlineData("0")]
    [InlineData("Login")]
    [InlineData("x")]
    public void Operation_ThatIsNotOffered_CountsAsNotSaid(string operation) =>
        Assert.Null(HistoryListQuery.Read(Today, null, null, null, operation, null, null, null, null).Operation);

    [Fact]
    public void Days_BecomeTheJapaneseOnes()
    {
        var core = Read("2022-11-01", "2022-11-01").ToCore(50);

        Assert.Equal(new DateTimeOffset(2022, 10, 31, 15, 0, 0, TimeSpan.Zero), core.From);
        Assert.Equal(new DateTimeOffset(2022, 11, 1, 15, 0, 0, TimeSpan.Zero), core.Until);
    }

    [Theory]
    [InlineData("2022年11月01日", "2022年11月01日")]
    [InlineData("2022年11月1日", "2022年11月01日")]
    [InlineData(" 2022/11/1 ", "2022年11月01日")]
    [InlineData("２０２２．１１．０１", "2022年11月01日")]
    [InlineData("20221101", "2022年11月01日")]
    [InlineData("2022-2-28", "2022年02月28日")]
    [InlineData("", "")]
    [InlineData("\u3000", "")]
    [InlineData("2022-2-29", null)]
    [InlineData("11/01/2022", null)]
    [InlineData("1999/12/31", null)]
    [InlineData("2022", null)]
    [InlineData("\uD842", null)]
    public void Day_AsPeopleTypeIt_IsRead(string typed, string? written) =>
        Assert.Equal(written, HistoryListQuery.TryReadTyped(typed, out var day) ? HistoryListQuery.Written(day) : null);

    [Theory]
    [InlineData("2022-11-02", "2022-11-01", false)]
    [InlineData("2022-11-01", "2022-11-01", true)]
    [InlineData("", "2022-11-01", true)]
    [InlineData("2022-11-02", "", true)]
    public void Period_ThatRunsBackwards_IsNone(string from, string to, bool isPeriod) => Assert.Equal(isPeriod, Read(from, to).IsPeriod);

    private static HistoryListQuery Read(string? from = null, string? to = null) =>
        HistoryListQuery.Read(Today, from, to, null, null, null, null, null, null);
}
