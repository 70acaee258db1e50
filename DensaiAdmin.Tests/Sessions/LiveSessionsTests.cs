using DensaiAdmin.Core;
using DensaiAdmin.Core.Acts;
using DensaiAdmin.Core.Sessions;
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
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.UserCertificate);
        var contexts = new CountedContexts(desk.Bank.Contexts);
        var live = new LiveSessions(contexts, desk.Bank.Version, desk.Sessions, desk.Bank.Clock);

        Assert.NotNull(live.Find(actor));
        Assert.NotNull(live.Find(actor));

        Assert.Equal(1, contexts.Made);
    }

    [Fact]
    public async Task Session_EndedByAnAct_IsOverAtTheNextLook()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.UserCertificate);
        Assert.NotNull(desk.Live.Find(actor));

        await desk.Bank.Act(act => { desk.Sessions.EndAll(act, desk.User.Id, SessionEndReason.SecondLogin); });

        Assert.Equal(new SessionState(null, SessionEndReason.SecondLogin, desk.Bank.Now), desk.Live.Look(actor.SessionId));
    }

    [Fact]
    public async Task Session_OfAUserWhoIsSuspended_IsOverAtTheNextLook_ByItsTokenToo()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var token = Assert.IsType<Core.SignIn.LogInOutcome.LoggedIn>(await desk.TryLogIn(desk.UserCertificate)).Token;
        Assert.NotNull(desk.Live.LookByToken(token).Live);

        await desk.Bank.Act(act => act.Db.Users.Find(desk.User.Id)!.Suspend(act.Now));

        Assert.Equal(SessionEndReason.UserSuspended, desk.Live.LookByToken(token).Ended);
    }

    [Fact]
    public async Task Session_ChangedByAnotherProcess_IsReadAgain()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.UserCertificate);
        Assert.NotNull(desk.Live.Find(actor));

        await using (var other = new SqliteConnection(new SqliteConnectionStringBuilder(desk.Bank.Store.ConnectionString) { Pooling = false }.ToString()))
        {
            await other.OpenAsync(TestContext.Current.CancellationToken);
            await using var command = other.CreateCommand();
            command.CommandText = "UPDATE Users SET SuspendedAt = 1 WHERE Id = $id";
            command.Parameters.AddWithValue("$id", desk.User.Id);
            Assert.Equal(1, await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
        }

        Assert.Null(desk.Live.Find(actor));
    }

    [Fact]
    public async Task Session_WithNothingCommitted_EndsAtItsLimitAllTheSame()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.UserCertificate);
        Assert.NotNull(desk.Live.Find(actor));

        desk.Bank.Clock.Advance(desk.SessionLimits.Idle);

        Assert.Equal(SessionEndReason.Idle, desk.Live.Look(actor.SessionId).Ended);
    }

    [Fact]
    public async Task Session_ThatWasInvented_IsAskedForAnewEachTime()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var contexts = new CountedContexts(desk.Bank.Contexts);
        var live = new LiveSessions(contexts, desk.Bank.Version, desk.Sessions, desk.Bank.Clock);

        Assert.Equal((SessionState.Unknown, SessionState.Unknown), (live.LookByToken("invented"), live.LookByToken("invented")));

        Assert.Equal(2, contexts.Made);
    }

    [Fact]
    public async Task Looks_WhileOthersCommit_NeverShowWhatWasCommittedAwayBefore()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.UserCertificate);
        using var stop = new CancellationTokenSource();
        var looking = Enumerable.Range(0, 4).Select(_ => Task.Run(
            () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    desk.Live.Find(actor);
                }
            },
            TestContext.Current.CancellationToken)).ToArray();

        for (var i = 0; i < 100; i++)
        {
            var suspended = i % 2 == 0;
            await desk.SetSuspended(suspended);
            Assert.Equal(suspended, desk.Live.Find(actor) is null);
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
