using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Sessions;

public class SessionWatchTests
{
    [Fact]
    public async Task Session_WithoutActivity_EndsAtTheIdleLimit()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.UserCertificate);
        var limit = desk.Bank.Now.AddMinutes(15);
        desk.Bank.Clock.Advance(TimeSpan.FromMinutes(15) - TimeSpan.FromMilliseconds(1));
        Assert.NotNull(desk.State(actor).Live);

        desk.Bank.Clock.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal(new SessionState(null, SessionEndReason.Idle, limit), desk.State(actor));
    }

    [Fact]
    public async Task Activity_InMemoryOnly_KeepsTheSession()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.UserCertificate);
        for (var i = 0; i < 10; i++)
        {
            desk.Bank.Clock.Advance(TimeSpan.FromMinutes(14));
            desk.Sessions.NoteActivity(actor.SessionId, desk.StoredSession(actor).LastActiveAt);
        }

        Assert.NotNull(desk.State(actor).Live);
    }

    [Fact]
    public async Task Activity_Stored_KeepsTheSessionForAnotherProcess()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.UserCertificate);
        desk.Bank.Clock.Advance(TimeSpan.FromMinutes(14));
        await desk.Bank.Act(act => act.Db.Sessions.Find(actor.SessionId)!.NoteActivity(act.Now));
        desk.Bank.Clock.Advance(TimeSpan.FromMinutes(14));

        var elsewhere = new SessionWatch(Microsoft.Extensions.Options.Options.Create(desk.SessionLimits), desk.Bank.Anchor.Revoked, desk.Bank.Clock);

        Assert.NotNull(desk.Bank.Read(db => elsewhere.Find(db, actor.SessionId, desk.Bank.Now)).Live);
    }

    [Fact]
    public async Task Activity_OlderThanWhatIsStored_DoesNotSetTheSessionBack()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.UserCertificate);
        var begun = desk.Bank.Now;
        desk.Bank.Clock.Advance(TimeSpan.FromMinutes(10));
        await desk.Bank.Act(act => act.Db.Sessions.Find(actor.SessionId)!.NoteActivity(act.Now));

        await desk.Bank.Act(act => act.Db.Sessions.Find(actor.SessionId)!.NoteActivity(begun));

        Assert.Equal(begun.AddMinutes(10), desk.StoredSession(actor).LastActiveAt);
    }

    [Theory]
    [InlineData(30, false)]
    [InlineData(31, true)]
    public async Task Activity_Noted_IsToBeStoredEveryHalfMinute(int secondsLater, bool toBeStored)
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.UserCertificate);
        var stored = desk.StoredSession(actor).LastActiveAt;
        desk.Bank.Clock.Advance(TimeSpan.FromSeconds(secondsLater));

        Assert.Equal(toBeStored, desk.Sessions.NoteActivity(actor.SessionId, stored));
    }

    [Fact]
    public async Task Activity_AfterTheIdleLimit_BringsNothingBack()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.UserCertificate);
        var stored = desk.StoredSession(actor).LastActiveAt;
        desk.Bank.Clock.Advance(TimeSpan.FromMinutes(15));

        Assert.False(desk.Sessions.NoteActivity(actor.SessionId, stored));
        Assert.Equal(SessionEndReason.Idle, desk.State(actor).Ended);
    }

    [Fact]
    public async Task Session_OfAPersonWhoNeverRests_EndsAtTheAbsoluteLimit()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.UserCertificate);
        var limit = desk.Bank.Now.AddHours(12);
        while (desk.Bank.Now < limit)
        {
            Assert.NotNull(desk.State(actor).Live);
            desk.Bank.Clock.Advance(TimeSpan.FromMinutes(10));
            desk.Sessions.NoteActivity(actor.SessionId, desk.StoredSession(actor).LastActiveAt);
        }

        Assert.Equal(new SessionState(null, SessionEndReason.AbsoluteLimit, limit), desk.State(actor));
    }

    [Fact]
    public async Task Limits_AreSettings()
    {
        using var desk = await CustomerDesk.OpenAsync();
        desk.SessionLimits.IdleMinutes = 1;
        var actor = await desk.SignIn(desk.UserCertificate);
        desk.Bank.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(SessionEndReason.Idle, desk.State(actor).Ended);
    }

    [Fact]
    public async Task Certificate_Revoked_EndsItsSessionAtThatInstant()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.UserCertificate);
        var at = desk.Bank.Now;
        await desk.Bank.Act(act => act.Revoke(act.Db.Certificates.Find(desk.UserCertificate.Id)!, "test", X509RevocationReason.KeyCompromise));
        desk.Bank.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(new SessionState(null, SessionEndReason.CertificateRevoked, at), desk.State(actor));
    }

    [Fact]
    public async Task User_Suspended_EndsTheSessionAtThatInstant()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.UserCertificate);
        var at = desk.Bank.Now;
        await desk.Bank.Act(act => act.Db.Users.Find(desk.User.Id)!.Suspend(act.Now));
        desk.Bank.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(new SessionState(null, SessionEndReason.UserSuspended, at), desk.State(actor));
    }

    [Fact]
    public async Task User_Deleted_EndsTheSession()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.UserCertificate);
        desk.Bank.Sql($"UPDATE Users SET DeletedAt = 1 WHERE Id = {desk.User.Id}");

        Assert.Null(desk.State(actor).Live);
    }

    [Fact]
    public async Task Certificate_PastItsLastSecond_EndsItsSession()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var certificate = await desk.Bank.GiveCertificate(desk.User, notAfter: desk.Bank.Now.AddMinutes(5));
        var actor = await desk.SignIn(certificate);
        desk.Bank.Clock.Advance(TimeSpan.FromMinutes(5) + TimeSpan.FromMilliseconds(999));
        Assert.NotNull(desk.State(actor).Live);

        desk.Bank.Clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(new SessionState(null, SessionEndReason.CertificateExpired, certificate.NotAfter), desk.State(actor));
    }

    [Fact]
    public async Task Session_ThatNeverWas_IsUnknown()
    {
        using var desk = await CustomerDesk.OpenAsync();

        Assert.Equal(SessionState.Unknown, desk.State(new Actor(4711, CustomerDesk.Source)));
    }

    [Fact]
    public async Task EndAll_CountsWhatWasStillAliveAndTellsEveryEnd()
    {
        using var desk = await CustomerDesk.OpenAsync();
        await AddSessionAsync(desk);
        desk.Bank.Clock.Advance(TimeSpan.FromMinutes(15));
        await AddSessionAsync(desk);
        await AddSessionAsync(desk);
        var other = await desk.SignIn(desk.MasterCertificate);
        var told = new List<EndedSession>();
        desk.Sessions.Ended += told.Add;

        var ended = await desk.Bank.Act(act => desk.Sessions.EndAll(act, desk.User.Id, SessionEndReason.UserSuspended));

        Assert.Equal(2, ended);
        Assert.Equal([SessionEndReason.Idle, SessionEndReason.UserSuspended, SessionEndReason.UserSuspended], told.Select(t => t.Reason));
        Assert.NotNull(desk.State(other).Live);
    }

    [Fact]
    public async Task EndAll_ExceptOne_LeavesIt()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var kept = await AddSessionAsync(desk);
        var ended = await AddSessionAsync(desk);

        Assert.Equal(1, await desk.Bank.Act(act => desk.Sessions.EndAll(act, desk.User.Id, SessionEndReason.SecondLogin, except: kept)));

        Assert.Equal([kept], desk.Bank.Read(db => db.Sessions.Where(s => s.EndedAt == null).Select(s => s.Id).ToList()));
        Assert.NotEqual(kept, ended);
    }

    [Fact]
    public async Task EndAll_InAnActThatFails_TellsNobody()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.UserCertificate);
        var told = new List<EndedSession>();
        desk.Sessions.Ended += told.Add;

        await Assert.ThrowsAsync<InvalidOperationException>(() => desk.Bank.Act(act =>
        {
            desk.Sessions.EndAll(act, desk.User.Id, SessionEndReason.UserSuspended);
            throw new InvalidOperationException("as this act must");
        }));

        Assert.Empty(told);
        Assert.NotNull(desk.State(actor).Live);
    }

    [Fact]
    public async Task Session_Ended_KeepsItsFirstReason()
    {
        using var desk = await CustomerDesk.OpenAsync();
        var actor = await desk.SignIn(desk.UserCertificate);
        await desk.LogOut.ByUserAsync(actor, TestContext.Current.CancellationToken);
        var at = desk.Bank.Now;
        desk.Bank.Clock.Advance(TimeSpan.FromMinutes(1));
        await desk.Bank.Act(act => act.Revoke(act.Db.Certificates.Find(desk.UserCertificate.Id)!, "test", X509RevocationReason.KeyCompromise));

        Assert.Equal(new SessionState(null, SessionEndReason.LoggedOut, at), desk.State(actor));
    }

    [Fact]
    public async Task Count_OfLiveSessions_LeavesOutWhatIsOverByItsLimits()
    {
        using var desk = await CustomerDesk.OpenAsync();
        await AddSessionAsync(desk);
        desk.Bank.Clock.Advance(TimeSpan.FromMinutes(15));
        await AddSessionAsync(desk);

        Assert.Equal(1, desk.Bank.Read(db => desk.Sessions.CountLive(db, desk.User.Id, desk.Bank.Now)));
    }

    [Fact]
    public void Token_ForACookie_IsLongAndNeverTheSame()
    {
        var tokens = Enumerable.Range(0, 100).Select(_ => Session.NewToken()).ToList();

        Assert.Equal(100, tokens.Distinct(StringComparer.Ordinal).Count());
        Assert.All(tokens, token => Assert.Matches("^[A-Za-z0-9_-]{43}$", token));
    }

    /// <summary>Several at once, which a login itself never leaves.</summary>
    private static Task<long> AddSessionAsync(CustomerDesk desk) => desk.Bank.Act(act =>
    {
        var session = new Session(desk.User.Id, desk.UserCertificate.Id, desk.UserCertificate.Sha256Fingerprint, Session.HashToken(Session.NewToken()), "test", "test", act.Now);
        act.Db.Sessions.Add(session);
        act.Db.SaveChanges();
        return session.Id;
    });
}
