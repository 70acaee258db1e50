using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace DensaiAdmin.Tests.History;

public sealed class HistoryWatchTests : IDisposable
{
    private readonly TestBank _bank = TestBank.Open();
    private readonly HistoryWatch _watch;

    public HistoryWatchTests() => _watch = new HistoryWatch(_bank.Contexts, _bank.Anchor, _bank.Clock, NullLogger<HistoryWatch>.Instance);

    [Fact]
    public async Task Walk_OfAWholeChain_SaysWhenItEnded()
    {
        Assert.Null(_watch.Last);
        await AddAsync(3);

        Assert.Equal(new HistoryState(_bank.Now, IsIntact: true), await WalkAsync());
        Assert.Equal(_watch.Last, new HistoryState(_bank.Now, IsIntact: true));
    }

    [Fact]
    public async Task Walk_OfAnEmptyHistory_IsIntact()
    {
        Assert.True((await WalkAsync()).IsIntact);
        await AddAsync(2);
        Assert.True((await WalkAsync()).IsIntact);
    }

    [Fact]
    public async Task Walk_OverMoreThanABatch_ReachesTheEnd()
    {
        await AddAsync(2_500);
        _bank.Sql($"UPDATE HistoryRecords SET Value = 'x' WHERE Sequence = 2500");

        Assert.False((await WalkAsync()).IsIntact);
    }

    [Theory]
    [InlineData("UPDATE HistoryRecords SET LoginId = 'x' WHERE Sequence = 2")]
    [InlineData("UPDATE HistoryRecords SET PreviousHash = zeroblob(32) WHERE Sequence = 2")]
    [InlineData("DELETE FROM HistoryRecords WHERE Sequence = 1")]
    [InlineData("DELETE FROM HistoryRecords WHERE Sequence = 2")]
    [InlineData("DELETE FROM HistoryRecords WHERE Sequence = 3")]
    [InlineData("DELETE FROM HistoryRecords")]
    public async Task Chain_ThatWasChanged_IsFound(string change)
    {
        await AddAsync(3);
        Tamper(change);

        Assert.False((await WalkAsync()).IsIntact);
    }

    [Theory]
    [InlineData("DELETE FROM HistoryRecords WHERE Sequence = 3")]
    [InlineData("UPDATE HistoryRecords SET Hash = zeroblob(32) WHERE Sequence = 3")]
    public async Task End_ThatWasWalkedAndThenChanged_IsFoundByTheNextWalk(string change)
    {
        await AddAsync(3);
        Assert.True((await WalkAsync()).IsIntact);
        Tamper(change);

        Assert.False((await WalkAsync()).IsIntact);
    }

    [Fact]
    public async Task Middle_ThatWasWalkedAndThenChanged_IsFoundWithinADay()
    {
        await AddAsync(3);
        await WalkAsync();
        Tamper("UPDATE HistoryRecords SET LoginId = 'x' WHERE Sequence = 2");

        _bank.Clock.Advance(TimeSpan.FromDays(1));

        Assert.False((await WalkAsync()).IsIntact);
    }

    [Fact]
    public async Task Middle_ChangedAfterAClockThatWasAheadIsPutRight_IsFoundByTheNextWalk()
    {
        await AddAsync(3);
        _bank.Clock.Advance(TimeSpan.FromDays(365));
        await WalkAsync();
        Tamper("UPDATE HistoryRecords SET LoginId = 'x' WHERE Sequence = 2");

        _bank.Clock.AdjustTime(_bank.Now.AddDays(-365));

        Assert.False((await WalkAsync()).IsIntact);
    }

    [Fact]
    public async Task Chain_ForgedFromItsFirstRecordOn_DoesNotMeetTheAnchor()
    {
        await AddAsync(1);
        Tamper("UPDATE HistoryRecords SET LoginId = 'x' WHERE Sequence = 1");
        var forged = Convert.ToHexString(_bank.History()[0].ComputeHash());
        Tamper($"UPDATE HistoryRecords SET Hash = x'{forged}' WHERE Sequence = 1");

        Assert.False((await WalkAsync()).IsIntact);
    }

    [Fact]
    public async Task Finding_Stands_AndIsLoggedOnce()
    {
        await AddAsync(2);
        Tamper("UPDATE HistoryRecords SET LoginId = 'x' WHERE Sequence = 1");
        using var log = new Hosting.LogBook();
        using var factory = LoggerFactory.Create(logging => logging.AddProvider(log));
        using var watch = new HistoryWatch(_bank.Contexts, _bank.Anchor, _bank.Clock, factory.CreateLogger<HistoryWatch>());

        Assert.False((await watch.WalkAsync(TestContext.Current.CancellationToken)).IsIntact);
        Assert.False((await watch.WalkAsync(TestContext.Current.CancellationToken)).IsIntact);

        Assert.Single(log.Lines, line => line.Level == LogLevel.Critical);
    }

    [Fact]
    public async Task Watch_OfARunningServer_WalksAfterItsStartAndAgain()
    {
        await _watch.StartAsync(TestContext.Current.CancellationToken);
        await AddAsync(1);
        await Waiting.UntilAsync(() => _watch.Last is { IsIntact: true }, () => _bank.Clock.Advance(TimeSpan.FromSeconds(5)));
        Tamper("DELETE FROM HistoryRecords");

        await Waiting.UntilAsync(() => _watch.Last is { IsIntact: false }, () => _bank.Clock.Advance(TimeSpan.FromMinutes(10)));
        await _watch.StopAsync(TestContext.Current.CancellationToken);
    }

    public void Dispose()
    {
        _watch.Dispose();
        _bank.Dispose();
    }

    private Task<HistoryState> WalkAsync() => _watch.WalkAsync(TestContext.Current.CancellationToken);

    private void Tamper(string sql)
    {
        // Written by hand, as somebody with the file would.
        _bank.Sql(System.Runtime.CompilerServices.FormattableStringFactory.Create(sql));
    }

    private Task<bool> AddAsync(int count) => _bank.Act(work =>
    {
        for (var i = 0; i < count; i++)
        {
            work.Record(new HistoryEntry
            {
                Operation = HistoryOperation.Operation,
                Result = HistoryResult.Done,
                Source = "local",
                Detail = "demo",
            });
        }

        return true;
    });
}
