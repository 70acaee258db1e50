using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Core.Store.Sqlite;
using DensaiAdmin.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Tests.Sessions;

/// <summary>A session that was read once is read again as soon as anything was committed, and not before.</summary>
public class LiveSessionsTests
{
    [Fact]
    public async Task Session_LookedAtTwice_WithNothingCommittedBetween_IsReadOnce()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.UserCertificate);
        var contexts = new CountedContexts(fixture.Bank.Contexts);
        var live = new LiveSessions(contexts, fixture.Bank.Version, fixture.Sessions, fixture.Bank.Clock);

        Assert.NotNull(live.Find(actor));
        Assert.NotNull(live.Find(actor));

        Assert.Equal(1, contexts.Made);
    }

    [Fact]
    public async Task Session_EndedByAnAct_IsOverAtTheNextLook()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.UserCertificate);
        Assert.NotNull(fixture.Live.Find(actor));

        await fixture.Bank.Act(work => { fixture.Sessions.EndAll(work, fixture.User.Id, SessionEndReason.SecondLogin); });

        Assert.Equal(new SessionState(null, SessionEndReason.SecondLogin, fixture.Bank.Now), fixture.Live.Look(actor.SessionId));
    }

    [Fact]
    public async Task Session_OfAUserWhoIsSuspended_IsOverAtTheNextLook_ByItsTokenToo()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var token = Assert.IsType<Core.SignIn.LogInOutcome.LoggedIn>(await fixture.TryLogIn(fixture.UserCertificate)).Token;
        Assert.NotNull(fixture.Live.LookByToken(token).Live);

        await fixture.Bank.Act(work => work.Db.Users.Find(fixture.User.Id)!.Suspend(work.Now));

        Assert.Equal(SessionEndReason.UserSuspended, fixture.Live.LookByToken(token).Ended);
    }

    [Fact]
    public async Task Session_ChangedByAnotherProcess_IsReadAgain()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.UserCertificate);
        Assert.NotNull(fixture.Live.Find(actor));

        await using (var other = new SqliteConnection(
            new SqliteConnectionStringBuilder(SqliteEngine.HowToOpen(fixture.Bank.Store).ToString()) { Pooling = false }.ToString()))
        {
            await other.OpenAsync(TestContext.Current.CancellationToken);
            await using var command = other.CreateCommand();
            command.CommandText = "UPDATE Users SET SuspendedAt = 1 WHERE Id = $id";
            command.Parameters.AddWithValue("$id", fixture.User.Id);
            Assert.Equal(1, await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
        }

        Assert.Null(fixture.Live.Find(actor));
    }

    [Fact]
    public async Task Session_WithNothingCommitted_EndsAtItsLimitAllTheSame()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.UserCertificate);
        Assert.NotNull(fixture.Live.Find(actor));

        fixture.Bank.Clock.Advance(fixture.SessionLimits.Idle);

        Assert.Equal(SessionEndReason.Idle, fixture.Live.Look(actor.SessionId).Ended);
    }

    [Fact]
    public async Task Session_ThatWasInvented_IsAskedForAnewEachTime()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var contexts = new CountedContexts(fixture.Bank.Contexts);
        var live = new LiveSessions(contexts, fixture.Bank.Version, fixture.Sessions, fixture.Bank.Clock);

        Assert.Equal((SessionState.Unknown, SessionState.Unknown), (live.LookByToken("invented"), live.LookByToken("invented")));

        Assert.Equal(2, contexts.Made);
    }

    [Fact]
    public async Task Looks_WhileOthersCommit_NeverShowWhatWasCommittedAwayBefore()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.UserCertificate);
        using var stop = new CancellationTokenSource();
        var looking = Enumerable.Range(0, 4).Select(_ => Task.Run(
            () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    fixture.Live.Find(actor);
                }
            },
            TestContext.Current.CancellationToken)).ToArray();

        for (var i = 0; i < 100; i++)
        {
            var suspended = i % 2 == 0;
            await fixture.SetSuspended(suspended);
            Assert.Equal(suspended, fixture.Live.Find(actor) is null);
        }

        await stop.CancelAsync();
        await Task.WhenAll(looking);
    }

    [Fact]
    public async Task Version_ChangesWithACommit_AndWithNothingElse()
    {
        using var bank = TestBank.Open();
        var before = bank.Version.Read();
        Assert.Equal(before, bank.Version.Read());
        bank.Read(db => db.Users.Count());
        Assert.Equal(before, bank.Version.Read());

        await bank.AddCompany();

        Assert.NotEqual(before, bank.Version.Read());
    }

    private sealed class CountedContexts(IDbContextFactory<DensaiDbContext> contexts) : IDbContextFactory<DensaiDbContext>
    {
        public int Made { get; private set; }

        public DensaiDbContext CreateDbContext()
        {
            Made++;
            return contexts.CreateDbContext();
        }
    }
}
