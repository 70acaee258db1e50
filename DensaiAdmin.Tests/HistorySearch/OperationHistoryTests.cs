using DensaiAdmin.Core.HistorySearch;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace DensaiAdmin.Tests.HistorySearch;

public sealed class OperationHistoryTests : IAsyncLifetime
{
    // The indexes of the searches, and how far SQLite reads along each.
    private const string All = "IX_HistoryRecords_CompanyId_At_Sequence_UserId_Operation_Result (CompanyId=? AND At>? AND At<?)";
    private const string OfOne =
        "IX_HistoryRecords_CompanyId_UserId_At_Sequence_Operation_Result (CompanyId=? AND UserId=? AND At>? AND At<?)";
    private const string NoLogins =
        "IX_HistoryRecords_CompanyId_Operation_At_Sequence_Result (CompanyId=? AND Operation=? AND At>? AND At<?)";
    private const string Refused = "IX_HistoryRecords_CompanyId_At_Sequence_Operation_Result (CompanyId=? AND At>? AND At<?)";

    private CustomerFixture _fixture = null!;
    private OperationHistory _history = null!;
    private Actor _master = null!;
    private Actor _user = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The company's master and user have logged in, and so has a stranger.</summary>
    public async ValueTask InitializeAsync()
    {
        _fixture = await CustomerFixture.OpenAsync();
        _history = _fixture.Records;
        await _fixture.SignIn(_fixture.StrangerCertificate);
        _user = await _fixture.SignIn(_fixture.UserCertificate);
        _fixture.Bank.Clock.Advance(TimeSpan.FromSeconds(1));
        _master = await _fixture.SignIn(_fixture.MasterCertificate);
    }

    [Fact]
    public async Task Master_SeesTheCompany_NumberedFromOne()
    {
        var page = await ListAsync(_master, new());

        Assert.Equal([(2, "0501D60001M"), (1, "0501D60001T")], page.Rows.Select(r => ((int)r.RecordNumber, r.LoginId)));
        Assert.All(page.Rows, row => Assert.True(row.IsIntact));
        Assert.Equal((0, 2, false), (page.Ahead, page.Total, page.HasMore));
    }

    [Fact]
    public async Task GeneralUser_SeesOwnActsOnly() =>
        Assert.Equal(["0501D60001T"], (await ListAsync(_user, new())).Rows.Select(r => r.LoginId));

    [Fact]
    public async Task GeneralUser_AskingForAnother_FindsNothing() =>
        Assert.Empty((await ListAsync(_user, new() { LoginId = "0501D60001M" })).Rows);

    [Fact]
    public async Task Master_WhoIsNoneAnyMore_SeesOwnActsOnly()
    {
        _fixture.Bank.Sql($"UPDATE Users SET Role = 'General' WHERE CanonicalLoginId = '0501D60001M'");

        Assert.Equal(["0501D60001M"], (await ListAsync(_master, new())).Rows.Select(r => r.LoginId));
    }

    [Fact]
    public async Task Session_ThatIsOver_SeesNothing()
    {
        await _fixture.LogOut.ByUserAsync(_master, Cancellation);

        Assert.Null(await _history.ListAsync(_master, new(), Cancellation));
        Assert.Null(await _history.FindAsync(_master, "1", Cancellation));
        Assert.Empty(await _history.PeopleAsync(_master, 100, Cancellation));
        Assert.Empty(await NumbersOfStreamAsync(_master, new()));
    }

    [Theory]
    [InlineData("0501D60001T", 1)]
    [InlineData(" ０５０１ｄ６０００１ｔ ", 1)]
    [InlineData("0501D47701T", 0)]
    [InlineData("nobody", 0)]
    [InlineData("\uD842", 0)]
    [InlineData("", 2)]
    public async Task FilterByUser_FindsTheCompanysPeopleInAnyWidthAndCase(string loginId, int rows) =>
        Assert.Equal(rows, (await ListAsync(_master, new() { LoginId = loginId })).Rows.Count);

    [Fact]
    public async Task Filters_HoldTogether()
    {
        await _fixture.TryLogIn(_fixture.UserCertificate, "wrong-password-1");

        Assert.Equal("password-wrong", Assert.Single((await ListAsync(_master, new() { Result = HistoryResult.Refused })).Rows).Detail);
        Assert.Single((await ListAsync(
            _master, new() { Result = HistoryResult.Refused, Operation = HistoryOperation.Login, LoginId = "0501D60001T" })).Rows);
        Assert.Empty((await ListAsync(_master, new() { Result = HistoryResult.Refused, Operation = HistoryOperation.Revocation })).Rows);
        Assert.Empty((await ListAsync(_master, new() { Result = HistoryResult.Refused, LoginId = "0501D60001M" })).Rows);
    }

    [Fact]
    public async Task Period_HoldsItsFirstInstantAndNotItsLast()
    {
        var at = (await ListAsync(_master, new())).Rows[0].At;

        Assert.Equal([2L], Numbers(await ListAsync(_master, new() { From = at })));
        Assert.Equal([1L], Numbers(await ListAsync(_master, new() { Until = at })));
        Assert.Empty((await ListAsync(_master, new() { From = at.AddMilliseconds(1) })).Rows);
    }

    [Fact]
    public async Task Pages_FollowEachOtherForwardsAndBackwards_AlsoWithinOneInstant()
    {
        await AddAsync(8);

        var first = await ListAsync(_master, new() { PageSize = 3 });
        var second = await ListAsync(_master, new() { PageSize = 3, After = first.Rows[^1].RecordNumber });
        var last = await ListAsync(_master, new() { PageSize = 3, After = 2 });
        var back = await ListAsync(_master, new() { PageSize = 3, Before = second.Rows[0].RecordNumber });

        Assert.Equal([10L, 9, 8], Numbers(first));
        Assert.Equal((0, 10, true), (first.Ahead, first.Total, first.HasMore));
        Assert.Equal([7L, 6, 5], Numbers(second));
        Assert.Equal((3, 10, true), (second.Ahead, second.Total, second.HasMore));
        Assert.Equal([1L], Numbers(last));
        Assert.Equal((9, 10, false), (last.Ahead, last.Total, last.HasMore));
        Assert.Equal([10L, 9, 8], Numbers(back));
        Assert.Equal((0, 10, true), (back.Ahead, back.Total, back.HasMore));
    }

    [Fact]
    public async Task Pages_OldestFirst_TurnRound()
    {
        await AddAsync(8);

        var second = await ListAsync(_master, new() { PageSize = 3, OldestFirst = true, After = 3 });
        Assert.Equal([4L, 5, 6], Numbers(second));
        Assert.Equal(3, second.Ahead);
        Assert.Equal([1L, 2, 3], Numbers(await ListAsync(_master, new() { PageSize = 3, OldestFirst = true, Before = 4 })));
    }

    [Theory]
    [InlineData(4711L, null)]
    [InlineData(null, -1L)]
    [InlineData(1L, null)]
    [InlineData(null, 2L)]
    public async Task Edge_ThatLeadsNowhere_ShowsTheFirstPage(long? after, long? before) =>
        Assert.Equal([2L, 1], Numbers(await ListAsync(_master, new() { After = after, Before = before })));

    [Fact]
    public async Task Stream_HasEveryRowOnceInOrder()
    {
        await AddAsync(2_100);

        var streamed = await NumbersOfStreamAsync(_master, new());
        Assert.Equal(Enumerable.Range(1, 2_102).Reverse().Select(n => (long)n), streamed);
        Assert.Equal(
            2_100, (await NumbersOfStreamAsync(_master, new() { Operation = HistoryOperation.Download, OldestFirst = true })).Count);
    }

    [Fact]
    public async Task Stream_ThatNobodyReadsAnyMore_AsksNoFurtherPage()
    {
        await AddAsync(1_100);
        using var abort = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);

        var read = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in _history.StreamAsync(_master, new(), abort.Token))
            {
                read++;
                await abort.CancelAsync();
            }
        });

        Assert.Equal(1_000, read);
    }

    [Fact]
    public async Task Count_OfMany_StopsWhereNobodyCountsOn()
    {
        await AddAsync(OperationHistory.MaxCounted + 5);

        var page = await ListAsync(_master, new() { Operation = HistoryOperation.Download });
        Assert.Equal(OperationHistory.MaxCounted + 1, page.Total);
    }

    [Fact]
    public async Task Record_ThatWasEdited_IsNotIntact()
    {
        _fixture.Bank.Sql($"UPDATE HistoryRecords SET Detail = 'idle' WHERE LoginId = '0501D60001T'");

        Assert.Equal([(2L, true), (1L, false)], (await ListAsync(_master, new())).Rows.Select(r => (r.RecordNumber, r.IsIntact)));
        Assert.False((await _history.FindAsync(_master, "1", Cancellation))!.Line.IsIntact);
    }

    [Fact]
    public async Task Detail_HasTheNamesOfTheCompanysPeople()
    {
        var found = await _history.FindAsync(_master, "1", Cancellation);

        Assert.Equal(("0501D60001T", "でんさい0501D60001T", null), (found!.Line.LoginId, found.Name, found.TargetName));
    }

    [Theory]
    [InlineData("2")]
    [InlineData("4711")]
    [InlineData("-1")]
    [InlineData("x")]
    [InlineData("99999999999999999999")]
    [InlineData(null)]
    public async Task Detail_NotOnesOwnOrInvented_IsNothing_AndRecorded(string? number)
    {
        Assert.Null(await _history.FindAsync(_user, number, Cancellation));

        var record = Assert.Single(_fixture.History(HistoryOperation.ForeignAccess));
        Assert.Equal(
            (HistoryResult.Refused, "0501D60001T", "not-found", number), (record.Result, record.LoginId, record.Detail, record.Value));
    }

    [Fact]
    public async Task People_AreTheCompanysForAMaster_AndNobodyForAUser()
    {
        Assert.Equal(["0501D60001K", "0501D60001M", "0501D60001T"], await _history.PeopleAsync(_master, 3, Cancellation));
        Assert.Empty(await _history.PeopleAsync(_master, 2, Cancellation));
        Assert.Empty(await _history.PeopleAsync(_user, 100, Cancellation));
    }

    [Theory]
    [InlineData(null, null, null, All)]
    [InlineData(null, HistoryOperation.Login, null, All)]
    [InlineData(null, HistoryOperation.Login, HistoryResult.Done, All)]
    [InlineData(null, null, HistoryResult.Done, All)]
    [InlineData(null, HistoryOperation.Revocation, null, NoLogins)]
    [InlineData(null, HistoryOperation.Revocation, HistoryResult.Done, NoLogins)]
    [InlineData(null, null, HistoryResult.Refused, Refused)]
    [InlineData(null, HistoryOperation.Revocation, HistoryResult.Refused, Refused)]
    [InlineData("0501D60001T", null, null, OfOne)]
    [InlineData("0501D60001T", HistoryOperation.Revocation, null, OfOne)]
    [InlineData("0501D60001T", null, HistoryResult.Refused, OfOne)]
    [InlineData("0501D60001T", HistoryOperation.Login, HistoryResult.Refused, OfOne)]
    public async Task Search_InOrder_IsAnsweredByTheNarrowestIndex(
        string? loginId, HistoryOperation? operation, HistoryResult? result, string index)
    {
        var query = new HistoryQuery
        {
            LoginId = loginId,
            Operation = operation,
            Result = result,
            From = DateTimeOffset.UnixEpoch,
            Until = _fixture.Bank.Now.AddDays(1),
            After = 2,
        };
        HistoryQuery[] variants = [query, query with { After = null, Before = 1 }, query with { OldestFirst = true, After = 1 }];
        foreach (var asked in variants)
        {
            var listening = new Listening();
            var options = new DbContextOptionsBuilder<DensaiAdmin.Core.Store.DensaiDbContext>();
            DataStore.ConfigureReading(options, _fixture.Bank.Store);
            var history = new OperationHistory(
                new Contexts(options.AddInterceptors(listening).Options), _fixture.Bank.Writer, _fixture.Sessions, _fixture.Bank.Clock);
            await history.ListAsync(_master, asked, Cancellation);
            await foreach (var row in history.StreamAsync(_master, asked, Cancellation))
            {
                Assert.NotNull(row);
            }

            var searches = listening.Plans.Where(p => p.Sql.Contains("HistoryRecords", StringComparison.Ordinal)).ToList();
            Assert.NotEmpty(searches);
            Assert.All(searches, search =>
            {
                Assert.Contains(
                    "USING INDEX IX_HistoryRecords", search.Plan.Replace("COVERING ", "", StringComparison.Ordinal),
                    StringComparison.Ordinal);
                Assert.DoesNotContain("TEMP B-TREE", search.Plan, StringComparison.Ordinal);
                Assert.DoesNotContain("MULTI-INDEX", search.Plan, StringComparison.Ordinal);
            });
            // Beyond the lookup of the edge, which goes by the record's number.
            Assert.All(searches.Where(search => !search.Sql.Contains("RecordNumber\" = ", StringComparison.Ordinal)), search =>
                Assert.Contains($" {index}", search.Plan, StringComparison.Ordinal));
        }
    }

    public ValueTask DisposeAsync()
    {
        _fixture.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<HistoryRows> ListAsync(Actor actor, HistoryQuery query) => (await _history.ListAsync(actor, query, Cancellation))!;

    private static IEnumerable<long> Numbers(HistoryRows page) => page.Rows.Select(r => r.RecordNumber);

    private async Task<List<long>> NumbersOfStreamAsync(Actor actor, HistoryQuery query)
    {
        var numbers = new List<long>();
        await foreach (var row in _history.StreamAsync(actor, query, Cancellation))
        {
            numbers.Add(row.RecordNumber);
        }

        return numbers;
    }

    /// <summary>Records of one instant.</summary>
    private Task<bool> AddAsync(int count) => _fixture.Bank.Act(work =>
    {
        for (var i = 0; i < count; i++)
        {
            work.Record(new HistoryEntry
            {
                Operation = HistoryOperation.Download,
                Result = HistoryResult.Done,
                CompanyId = _fixture.Company.Id,
                UserId = _fixture.Master.Id,
                LoginId = _fixture.Master.LoginId,
                Source = CustomerFixture.Source,
                Detail = "user-list",
            });
        }

        return true;
    });

    private sealed class Contexts(
        DbContextOptions<DensaiAdmin.Core.Store.DensaiDbContext> options) : IDbContextFactory<DensaiAdmin.Core.Store.DensaiDbContext>
    {
        public DensaiAdmin.Core.Store.DensaiDbContext CreateDbContext() => new(options);
    }

    /// <summary>Asks SQLite how it would answer each query that passes.</summary>
    private sealed class Listening : DbCommandInterceptor
    {
        public List<(string Sql, string Plan)> Plans { get; } = [];

        public override ValueTask<InterceptionResult<System.Data.Common.DbDataReader>> ReaderExecutingAsync(
            System.Data.Common.DbCommand command, CommandEventData eventData, InterceptionResult<System.Data.Common.DbDataReader> result,
            CancellationToken cancellationToken = default)
        {
            Plans.Add((command.CommandText, QueryPlan.Of(command.Connection!, command)));
            return ValueTask.FromResult(result);
        }
    }
}
