using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace DensaiAdmin.Tests.History;

public sealed class RefusalCounterTests : IDisposable
{
    private readonly TestBank _bank = TestBank.Open();
    private readonly RefusalCounter _counter;

    public RefusalCounterTests() => _counter = new RefusalCounter(_bank.Writer, _bank.Clock, NullLogger<RefusalCounter>.Instance);

    [Fact]
    public async Task Refusals_OfOneSourceAndKind_AreOneRecordWithACount()
    {
        for (var i = 0; i < 1000; i++)
        {
            _counter.Count(Refusal("203.0.113.1", "bad-credentials"));
        }

        await FlushAsync();

        Assert.Equal(("203.0.113.1", "bad-credentials", 1000), Shown(Assert.Single(_bank.History())));
    }

    [Fact]
    public async Task Refusals_OfOtherSourcesKindsAndUsers_AreRecordsOfTheirOwn()
    {
        _counter.Count(Refusal("203.0.113.1", "bad-credentials"));
        _counter.Count(Refusal("203.0.113.2", "bad-credentials"));
        _counter.Count(Refusal("203.0.113.1", "key-reused"));
        _counter.Count(Refusal("203.0.113.1", "bad-credentials") with { Operation = HistoryOperation.Login });
        _counter.Count(Refusal("203.0.113.1", "bad-credentials") with { UserId = 7, CompanyId = 1 });

        await FlushAsync();

        Assert.Equal(5, _bank.History().Count);
        Assert.All(_bank.History(), r => Assert.Equal(1, r.Count));
    }

    [Fact]
    public async Task Refusals_OfTheNextMinute_AreANewRecord()
    {
        _counter.Count(Refusal("203.0.113.1", "bad-credentials"));
        await FlushAsync();
        _counter.Count(Refusal("203.0.113.1", "bad-credentials"));
        await FlushAsync();

        Assert.Equal(2, _bank.History().Count);
    }

    [Fact]
    public async Task Refusals_WithOneLoginId_NameIt()
    {
        _counter.Count(Refusal("203.0.113.1", "bad-credentials") with { LoginId = "0501D00601U" });
        _counter.Count(Refusal("203.0.113.1", "bad-credentials") with { LoginId = "0501D00601U" });
        await FlushAsync();

        Assert.Equal("0501D00601U", Assert.Single(_bank.History()).LoginId);
    }

    [Fact]
    public async Task Refusals_WithSeveralLoginIds_NameNone()
    {
        foreach (var id in new[] { "A", "B", "A", "A" })
        {
            _counter.Count(Refusal("203.0.113.1", "bad-credentials") with { LoginId = id });
        }

        await FlushAsync();

        Assert.Equal((null, 4), (Assert.Single(_bank.History()).LoginId, _bank.History()[0].Count));
    }

    public static TheoryData<string> FieldsOfARefusal =>
        [.. typeof(HistoryEntry).GetProperties().Where(p => p.CanWrite && p.Name != nameof(HistoryEntry.Count)).Select(p => p.Name)];

    [Theory]
    [MemberData(nameof(FieldsOfARefusal))]
    public async Task Refusals_ThatDifferInAField_NeverNameOneOfTheTwoForBoth(string name)
    {
        var field = typeof(HistoryEntry).GetProperty(name)!;
        foreach (var isFirst in new[] { true, false })
        {
            var refusal = Refusal("203.0.113.1", "bad-credentials");
            field.SetValue(refusal, ValueOf(field.PropertyType, isFirst));
            _counter.Count(refusal);
        }

        await FlushAsync();

        // Either each is a record of its own, or the one that stands for both is silent about what differs.
        var records = _bank.History();
        Assert.Equal(2, records.Sum(r => r.Count));
        Assert.True(
            records.Count == 2 || typeof(HistoryRecord).GetProperty(name)!.GetValue(records[0]) is null,
            $"One record for both names the {name} of the first.");
    }

    [Fact]
    public async Task Refusals_ThatCouldNotBeWritten_StillNameOnlyWhatTheyHaveInCommonWithLaterOnes()
    {
        Directory.CreateDirectory(_bank.AnchorFile);
        _counter.Count(Refusal("203.0.113.1", "login-id-taken") with { TargetLoginId = "T1", SerialNumber = "AB" });
        await FlushAsync();
        _counter.Count(Refusal("203.0.113.1", "login-id-taken") with { TargetLoginId = "T2", SerialNumber = "AB" });
        Directory.Delete(_bank.AnchorFile);
        await FlushAsync();

        var record = Assert.Single(_bank.History());
        Assert.Equal((null, "AB", 2), (record.TargetLoginId, record.SerialNumber, record.Count));
    }

    [Fact]
    public async Task Flood_FromInventedSources_IsSummedAndLosesNothing()
    {
        const int flood = 25_000;
        for (var i = 0; i < flood; i++)
        {
            _counter.Count(Refusal($"2001:db8::{i:x}", "bad-credentials") with { LoginId = $"{i}" });
        }

        await FlushAsync();

        var records = _bank.History();
        Assert.Equal(flood, records.Sum(r => r.Count));
        Assert.Equal(10_001, records.Count);
        Assert.Null(Assert.Single(records, r => r.Source == "*").LoginId);
    }

    [Fact]
    public async Task Nothing_Counted_WritesNothing()
    {
        await FlushAsync();

        Assert.Empty(_bank.History());
    }

    [Fact]
    public async Task Store_ThatCannotWrite_KeepsTheCountForTheNextMinute()
    {
        Directory.CreateDirectory(_bank.AnchorFile);
        _counter.Count(Refusal("203.0.113.1", "bad-credentials"));
        await FlushAsync();
        _counter.Count(Refusal("203.0.113.1", "bad-credentials"));
        Directory.Delete(_bank.AnchorFile);

        await FlushAsync();

        Assert.Equal(2, Assert.Single(_bank.History()).Count);
    }

    [Fact]
    public async Task Records_ThatStandThoughNobodyCouldSaySo_AreNotWrittenTwice()
    {
        await _bank.Act(work => work.Record(Refusal("203.0.113.9", "before")));
        _counter.Count(Refusal("203.0.113.1", "bad-credentials"));
        using (await FailingDisk.AttachAsync(_bank.Writer, "1+", _bank.AnchorFile))
        {
            await FlushAsync();
        }

        await FlushAsync();

        Assert.Equal(1, Assert.Single(_bank.History(), r => r.Detail == "bad-credentials").Count);
        Assert.NotNull(_counter.Fault);
    }

    [Fact]
    public async Task Flood_BesideAStoreThatCannotWrite_IsSummedToo()
    {
        const int max = 10_000;
        Flood(1);
        _bank.Writer.BeforeWaiting = () =>
        {
            Flood(2);
            throw new InvalidOperationException("not now");
        };
        await FlushAsync();
        _bank.Writer.BeforeWaiting = null;

        await FlushAsync();

        var records = _bank.History();
        Assert.Equal(2 * max, records.Sum(r => r.Count));
        Assert.Equal(max + 1, records.Count);
        void Flood(int net)
        {
            for (var i = 0; i < max; i++)
            {
                _counter.Count(Refusal($"2001:db8:{net}::{i:x}", "bad-credentials"));
            }
        }
    }

    [Fact]
    public async Task Flush_ThatIsCancelled_KeepsTheCountForTheStop()
    {
        _counter.Count(Refusal("203.0.113.1", "bad-credentials"));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _counter.FlushAsync(new CancellationToken(canceled: true)));

        await _counter.StopAsync(TestContext.Current.CancellationToken);

        Assert.Single(_bank.History());
    }

    [Fact]
    public async Task Minute_ThatPasses_WritesByItself()
    {
        await _counter.StartAsync(TestContext.Current.CancellationToken);
        _counter.Count(Refusal("203.0.113.1", "bad-credentials"));

        // The counter starts and writes on threads of its own; until then minutes pass and acts go by.
        await Waiting.UntilAsync(async () =>
        {
            await _bank.Act((UnitOfWork _) => { });
            return _bank.History().Count > 0;
        }, () => _bank.Clock.Advance(TimeSpan.FromMinutes(1)));

        await _counter.StopAsync(TestContext.Current.CancellationToken);
        Assert.Single(_bank.History());
    }

    public void Dispose()
    {
        _counter.Dispose();
        _bank.Dispose();
    }

    private static object ValueOf(Type type, bool isFirst) =>
        (Nullable.GetUnderlyingType(type) ?? type) is { IsEnum: true } choice ? Enum.GetValues(choice).GetValue(isFirst ? 0 : 1)!
        : type == typeof(string) ? (isFirst ? "first" : "second")
        : isFirst ? 1L : 2L;

    private static (string Source, string Detail, int Count) Shown(HistoryRecord record) => (record.Source, record.Detail, record.Count);

    private static HistoryEntry Refusal(string source, string detail) => new()
    {
        Operation = HistoryOperation.Issue,
        Result = HistoryResult.Refused,
        Source = source,
        Detail = detail,
    };

    private Task FlushAsync() => _counter.FlushAsync(TestContext.Current.CancellationToken);
}
