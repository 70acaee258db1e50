using System.Data.Common;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Core.UserManagement;
using DensaiAdmin.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace DensaiAdmin.Tests.Passwords;

/// <summary>
/// What a company's lists read of locked passwords: its own, however many somebody outside locks for IDs of others or of nobody.
/// </summary>
public sealed class AttemptListTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task List_OfACompany_ReadsNothingThatIsLockedElsewhere()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        await LockAsync(fixture, fixture.User.CanonicalLoginId, fixture.User);
        var before = await ReadAsync(fixture, d => d.LockedAsync(fixture.Company.Id, Cancellation));
        Assert.Equal([fixture.User.Id], before.Result);

        for (var i = 0; i < 100; i++)
        {
            await LockAsync(fixture, $"INVENTED{i}", null);
        }

        await LockAsync(fixture, fixture.Stranger.CanonicalLoginId, fixture.Stranger);

        var after = await ReadAsync(fixture, d => d.LockedAsync(fixture.Company.Id, Cancellation));
        Assert.Equal([fixture.User.Id], after.Result);
        Assert.Equal(before.Rows, after.Rows);
        // No scan: each of the queries seeks by an index in which only what is locked of the company stands, or by key.
        Assert.All(after.Plans, plan => Assert.DoesNotContain("SCAN", plan, StringComparison.Ordinal));
        Assert.Contains(after.Plans, plan => plan.Contains("IX_PasswordAttempts_CompanyId", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Standing_OfAPageOfUsers_ReadsTheirRowsByKey()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        await LockAsync(fixture, fixture.User.CanonicalLoginId, fixture.User);
        var before = await ReadAsync(
            fixture, d => d.StandingsAsync(fixture.Company.Id, [fixture.User.Id, fixture.Master.Id], Cancellation));
        for (var i = 0; i < 100; i++)
        {
            await LockAsync(fixture, $"INVENTED{i}", null);
        }

        var read = await ReadAsync(fixture, d => d.StandingsAsync(fixture.Company.Id, [fixture.User.Id, fixture.Master.Id], Cancellation));

        Assert.Equal([PasswordPath.Open], read.Result[fixture.User.Id].Locks);
        Assert.Empty(read.Result[fixture.Master.Id].Locks);
        Assert.Equal(before.Rows, read.Rows);
        Assert.All(read.Plans, plan => Assert.DoesNotContain(
            "SCAN PasswordAttempts", plan.Replace("\"", "", StringComparison.Ordinal), StringComparison.Ordinal));
    }

    [Fact]
    public async Task User_WhoTakesAnIdThatWasTriedBefore_IsFoundOnceItIsTriedAgain()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        await LockAsync(fixture, "0501D60001Z", null);
        var late = await fixture.Bank.AddUser("0501D60001Z", fixture.Company);

        await LockAsync(fixture, late.CanonicalLoginId, late);

        Assert.Equal([late.Id], await fixture.Users.LockedAsync(fixture.Company.Id, Cancellation));
    }

    [Fact]
    public async Task User_WhoIsDeleted_IsNotListedAsLocked()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        await LockAsync(fixture, fixture.User.CanonicalLoginId, fixture.User);
        await fixture.Bank.Act(work => work.Db.Users.Single(u => u.Id == fixture.User.Id).Delete(work.Now));

        Assert.Empty(await fixture.Users.LockedAsync(fixture.Company.Id, Cancellation));
    }

    private static Task LockAsync(CustomerFixture fixture, string canonicalLoginId, User? user) => fixture.Bank.Act(work =>
    {
        for (var i = 0; i < fixture.PasswordLimits.FailuresUntilLock; i++)
        {
            fixture.Attempts.Take(work, canonicalLoginId, PasswordPath.Open, user);
            work.Save();
        }
    });

    private static async Task<(T Result, int Rows, IReadOnlyList<string> Plans)> ReadAsync<T>(
        CustomerFixture fixture, Func<UserQueries, Task<T>> query)
    {
        using var watch = new ReadWatch();
        var builder = new DbContextOptionsBuilder<DensaiDbContext>();
        DataStore.ConfigureReading(builder, fixture.Bank.Store);
        var contexts = new PlainContexts(builder.AddInterceptors(watch).Options);
        var result = await query(new UserQueries(contexts, fixture.Bank.Writer, fixture.Sessions, fixture.Attempts, fixture.Bank.Clock));
        return (result, watch.Rows, fixture.Bank.Read(db => watch.Plans(db)));
    }

    private sealed class PlainContexts(DbContextOptions<DensaiDbContext> options) : IDbContextFactory<DensaiDbContext>
    {
        public DensaiDbContext CreateDbContext() => new(options);
    }

    /// <summary>Counts the rows that queries read, and keeps the queries.</summary>
    private sealed class ReadWatch : DbCommandInterceptor, IDisposable
    {
        private readonly List<SqliteCommand> _commands = [];

        public int Rows { get; private set; }

        public IReadOnlyList<string> Plans(DensaiDbContext db)
        {
            db.Database.OpenConnection();
            return [.. _commands.Select(command => QueryPlan.Of(db.Database.GetDbConnection(), command))];
        }

        public override InterceptionResult DataReaderClosing(
            DbCommand command, DataReaderClosingEventData eventData, InterceptionResult result)
        {
            Rows += eventData.ReadCount;
            return result;
        }

        public override ValueTask<InterceptionResult> DataReaderClosingAsync(
            DbCommand command, DataReaderClosingEventData eventData, InterceptionResult result)
        {
            Rows += eventData.ReadCount;
            return new(result);
        }

        public override DbDataReader ReaderExecuted(DbCommand command, CommandExecutedEventData eventData, DbDataReader result)
        {
            Keep(command);
            return result;
        }

        public override ValueTask<DbDataReader> ReaderExecutedAsync(
            DbCommand command, CommandExecutedEventData eventData, DbDataReader result, CancellationToken cancellationToken = default)
        {
            Keep(command);
            return new(result);
        }

        public void Dispose() => _commands.ForEach(command => command.Dispose());

        private void Keep(DbCommand command)
        {
            var kept = new SqliteCommand(command.CommandText);
            foreach (SqliteParameter parameter in command.Parameters)
            {
                kept.Parameters.Add(new SqliteParameter(parameter.ParameterName, parameter.Value));
            }

            _commands.Add(kept);
        }
    }
}
