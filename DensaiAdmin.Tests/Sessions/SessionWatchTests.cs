using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Sessions;

public class SessionWatchTests
{
    [Fact]
    public async Task Session_WithoutActivity_EndsAtTheIdleLimit()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.UserCertificate);
        var limit = fixture.Bank.Now.AddMinutes(15);
        fixture.Bank.Clock.Advance(TimeSpan.FromMinutes(15) - TimeSpan.FromMilliseconds(1));
        Assert.NotNull(fixture.State(actor).Live);

        fixture.Bank.Clock.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal(new SessionState(null, SessionEndReason.Idle, limit), fixture.State(actor));
    }

    [Fact]
    public async Task Activity_InMemoryOnly_KeepsTheSession()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.UserCertificate);
        for (var i = 0; i < 10; i++)
        {
            fixture.Bank.Clock.Advance(TimeSpan.FromMinutes(14));
            fixture.Sessions.NoteActivity(actor.SessionId, fixture.StoredSession(actor).LastActiveAt);
        }

        Assert.NotNull(fixture.State(actor).Live);
    }

    [Fact]
    public async Task Activity_Stored_KeepsTheSessionForAnotherProcess()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.UserCertificate);
        fixture.Bank.Clock.Advance(TimeSpan.FromMinutes(14));
        await fixture.Bank.Act(work => work.Db.Sessions.Find(actor.SessionId)!.NoteActivity(work.Now));
        fixture.Bank.Clock.Advance(TimeSpan.FromMinutes(14));

        var elsewhere = new SessionWatch(
            Microsoft.Extensions.Options.Options.Create(fixture.SessionLimits), fixture.Bank.Anchor.Revoked, fixture.Bank.Clock);

        Assert.NotNull(fixture.Bank.Read(db => elsewhere.Find(db, actor.SessionId, fixture.Bank.Now)).Live);
    }

    [Fact]
    public async Task Activity_OlderThanWhatIsStored_DoesNotSetTheSessionBack()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.UserCertificate);
        var begun = fixture.Bank.Now;
        fixture.Bank.Clock.Advance(TimeSpan.FromMinutes(10));
        await fixture.Bank.Act(work => work.Db.Sessions.Find(actor.SessionId)!.NoteActivity(work.Now));

        await fixture.Bank.Act(work => work.Db.Sessions.Find(actor.SessionId)!.NoteActivity(begun));

        Assert.Equal(begun.AddMinutes(10), fixture.StoredSession(actor).LastActiveAt);
    }

    [Theory]
    [InlineData(30, false)]
    [InlineData(31, true)]
    public async Task Activity_Noted_IsToBeStoredEveryHalfMinute(int secondsLater, bool toBeStored)
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.UserCertificate);
        var stored = fixture.StoredSession(actor).LastActiveAt;
        fixture.Bank.Clock.Advance(TimeSpan.FromSeconds(secondsLater));

        Assert.Equal(toBeStored, fixture.Sessions.NoteActivity(actor.SessionId, stored));
    }

    [Fact]
    public async Task Activity_AfterTheIdleLimit_BringsNothingBack()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.UserCertificate);
        var stored = fixture.StoredSession(actor).LastActiveAt;
        fixture.Bank.Clock.Advance(TimeSpan.FromMinutes(15));

        Assert.False(fixture.Sessions.NoteActivity(actor.SessionId, stored));
        Assert.Equal(SessionEndReason.Idle, fixture.State(actor).Ended);
    }

    [Fact]
    public async Task Session_OfAPersonWhoNeverRests_EndsAtTheAbsoluteLimit()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.UserCertificate);
        var limit = fixture.Bank.Now.AddHours(12);
        while (fixture.Bank.Now < limit)
        {
            Assert.NotNull(fixture.State(actor).Live);
            fixture.Bank.Clock.Advance(TimeSpan.FromMinutes(10));
            fixture.Sessions.NoteActivity(actor.SessionId, fixture.StoredSession(actor).LastActiveAt);
        }

        Assert.Equal(new SessionState(null, SessionEndReason.AbsoluteLimit, limit), fixture.State(actor));
    }

    [Fact]
    public async Task Limits_AreSettings()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        fixture.SessionLimits.IdleMinutes = 1;
        var actor = await fixture.SignIn(fixture.UserCertificate);
        fixture.Bank.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(SessionEndReason.Idle, fixture.State(actor).Ended);
    }

    [Fact]
    public async Task Certificate_Revoked_EndsItsSessionAtThatInstant()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.UserCertificate);
        var at = fixture.Bank.Now;
        await fixture.Bank.Act(
            work => work.Revoke(work.Db.Certificates.Find(fixture.UserCertificate.Id)!, "test", X509RevocationReason.KeyCompromise));
        fixture.Bank.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(new SessionState(null, SessionEndReason.CertificateRevoked, at), fixture.State(actor));
    }

    [Fact]
    public async Task User_Suspended_EndsTheSessionAtThatInstant()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.UserCertificate);
        var at = fixture.Bank.Now;
        await fixture.Bank.Act(work => work.Db.Users.Find(fixture.User.Id)!.Suspend(work.Now));
        fixture.Bank.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(new SessionState(null, SessionEndReason.UserSuspended, at), fixture.State(actor));
    }

    [Fact]
    public async Task User_Deleted_EndsTheSession()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.UserCertificate);
        fixture.Bank.Sql($"UPDATE Users SET DeletedAt = 1 WHERE Id = {fixture.User.Id}");

        Assert.Null(fixture.State(actor).Live);
    }

    [Fact]
    public async Task Certificate_PastItsLastSecond_EndsItsSession()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var certificate = await fixture.Bank.GiveCertificate(fixture.User, notAfter: fixture.Bank.Now.AddMinutes(5));
        var actor = await fixture.SignIn(certificate);
        fixture.Bank.Clock.Advance(TimeSpan.FromMinutes(5) + TimeSpan.FromMilliseconds(999));
        Assert.NotNull(fixture.State(actor).Live);

        fixture.Bank.Clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(new SessionState(null, SessionEndReason.CertificateExpired, certificate.NotAfter), fixture.State(actor));
    }

    [Fact]
    public async Task Session_ThatNeverWas_IsUnknown()
    {
        using var fixture = await CustomerFixture.OpenAsync();

        Assert.Equal(SessionState.Unknown, fixture.State(new Actor(4711, CustomerFixture.Source)));
    }

    [Fact]
    public async Task EndAll_CountsWhatWasStillAliveAndTellsEveryEnd()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        await AddSessionAsync(fixture);
        fixture.Bank.Clock.Advance(TimeSpan.FromMinutes(15));
        await AddSessionAsync(fixture);
        await AddSessionAsync(fixture);
        var other = await fixture.SignIn(fixture.MasterCertificate);
        var told = new List<EndedSession>();
        fixture.Sessions.Ended += told.Add;

        var ended = await fixture.Bank.Act(work => fixture.Sessions.EndAll(work, fixture.User.Id, SessionEndReason.UserSuspended));

        Assert.Equal(2, ended);
        Assert.Equal([SessionEndReason.Idle, SessionEndReason.UserSuspended, SessionEndReason.UserSuspended], told.Select(t => t.Reason));
        Assert.NotNull(fixture.State(other).Live);
    }

    [Fact]
    public async Task EndAll_ExceptOne_LeavesIt()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var kept = await AddSessionAsync(fixture);
        var ended = await AddSessionAsync(fixture);

        Assert.Equal(
            1, await fixture.Bank.Act(work => fixture.Sessions.EndAll(work, fixture.User.Id, SessionEndReason.SecondLogin, except: kept)));

        Assert.Equal([kept], fixture.Bank.Read(db => db.Sessions.Where(s => s.EndedAt == null).Select(s => s.Id).ToList()));
        Assert.NotEqual(kept, ended);
    }

    [Fact]
    public async Task EndAll_InAnActThatFails_TellsNobody()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.UserCertificate);
        var told = new List<EndedSession>();
        fixture.Sessions.Ended += told.Add;

        await Assert.ThrowsAsync<InvalidOperationException>(() => fixture.Bank.Act(work =>
        {
            fixture.Sessions.EndAll(work, fixture.User.Id, SessionEndReason.UserSuspended);
            throw new InvalidOperationException("as this act must");
        }));

        Assert.Empty(told);
        Assert.NotNull(fixture.State(actor).Live);
    }

    [Fact]
    public async Task Session_Ended_KeepsItsFirstReason()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        var actor = await fixture.SignIn(fixture.UserCertificate);
        await fixture.LogOut.ByUserAsync(actor, TestContext.Current.CancellationToken);
        var at = fixture.Bank.Now;
        fixture.Bank.Clock.Advance(TimeSpan.FromMinutes(1));
        await fixture.Bank.Act(
            work => work.Revoke(work.Db.Certificates.Find(fixture.UserCertificate.Id)!, "test", X509RevocationReason.KeyCompromise));

        Assert.Equal(new SessionState(null, SessionEndReason.LoggedOut, at), fixture.State(actor));
    }

    [Fact]
    public async Task Count_OfLiveSessions_LeavesOutWhatIsOverByItsLimits()
    {
        using var fixture = await CustomerFixture.OpenAsync();
        await AddSessionAsync(fixture);
        fixture.Bank.Clock.Advance(TimeSpan.FromMinutes(15));
        await AddSessionAsync(fixture);

        Assert.Equal(1, fixture.Bank.Read(db => fixture.Sessions.CountLive(db, fixture.User.Id, fixture.Bank.Now)));
    }

    [Fact]
    public void Token_ForACookie_IsLongAndNeverTheSame()
    {
        var tokens = Enumerable.Range(0, 100).Select(_ => Session.NewToken()).ToList();

        Assert.Equal(100, tokens.Distinct(StringComparer.Ordinal).Count());
        Assert.All(tokens, token => Assert.Matches("^[A-Za-z0-9_-]{43}$", token));
    }

    /// <summary>Several at once, which a login itself never leaves.</summary>
    private static Task<long> AddSessionAsync(CustomerFixture fixture) => fixture.Bank.Act(work =>
    {
        var session = new Session(
            fixture.User.Id, fixture.UserCertificate.Id, fixture.UserCertificate.Sha256Fingerprint, Session.HashToken(Session.NewToken()),
            "test", "test", work.Now);
        work.Db.Sessions.Add(session);
        work.Db.SaveChanges();
        return session.Id;
    });
}
