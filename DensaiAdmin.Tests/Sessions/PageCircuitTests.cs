using System.Security.Claims;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Tests.Support;
using DensaiAdmin.Web.Sessions;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Tests.Sessions;

/// <summary>What a circuit does with its session, without the wire.</summary>
[Web]
public sealed class PageCircuitTests : IAsyncLifetime
{
    private readonly TestBank _bank = TestBank.Open();
    private readonly OpenPages _pages = new();
    private readonly SessionWatch _sessions;
    private ClaimsPrincipal _principal = null!;
    private Session _session = null!;

    public PageCircuitTests() => _sessions = new(Options.Create(new SessionOptions()), _bank.Anchor.Revoked, _bank.Clock);

    public async ValueTask InitializeAsync()
    {
        var user = await _bank.AddUser("0501D00601U", await _bank.AddCompany());
        var certificate = await _bank.GiveCertificate(user);
        _session = await _bank.Act(work =>
        {
            var session = new Session(
                user.Id, certificate.Id, certificate.Sha256Fingerprint, Session.HashToken(Session.NewToken()), "192.0.2.1", "test",
                work.Now);
            work.Db.Sessions.Add(session);
            work.Db.SaveChanges();
            return session;
        });
        await using var db = await _bank.Contexts.CreateDbContextAsync(TestContext.Current.CancellationToken);
        _principal = SessionClaims.Principal(_sessions.Find(db, _session.Id, _bank.Now).Live!, "192.0.2.1", "test");
    }

    public ValueTask DisposeAsync()
    {
        _bank.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Circuit_OfASession_KnowsWhoActs_AndIsRegisteredUntilItCloses()
    {
        var (circuit, page, actor) = await OpenAsync();
        Assert.Equal(new Actor(_session.Id, "192.0.2.1") { IsOnOpenPage = true }, actor.Actor);
        Assert.Same(page.Page, Assert.Single(_pages.OfSession(_session.Id)));
        await circuit.OnCircuitClosedAsync(null!, TestContext.Current.CancellationToken);
        Assert.Empty(_pages.OfSession(_session.Id));
    }

    [Fact]
    public async Task Circuit_OfNobody_IsNotOpened()
    {
        _principal = new();
        await Assert.ThrowsAsync<InvalidOperationException>(OpenAsync);
        Assert.Empty(_pages.OfSession(_session.Id));
    }

    [Fact]
    public async Task Event_OnALiveSession_IsHandled_AndIsActivity()
    {
        var (circuit, _, _) = await OpenAsync();
        _bank.Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.True(await EventAsync(circuit));
        Assert.Equal(_bank.Now, _sessions.LastActivity(_session.Id, _session.LastActiveAt));
    }

    [Fact]
    public async Task Event_WhileTheWarningStands_IsHandled_ButNoActivity()
    {
        var (circuit, page, _) = await OpenAsync();
        var before = _sessions.LastActivity(_session.Id, _session.LastActiveAt);
        page.Page!.IsWarned = true;
        _bank.Clock.Advance(TimeSpan.FromMinutes(14));
        Assert.True(await EventAsync(circuit));
        Assert.Equal(before, _sessions.LastActivity(_session.Id, _session.LastActiveAt));
    }

    [Fact]
    public async Task Event_AfterTheSession_IsNotHandled_AndThePageLeaves()
    {
        var (circuit, page, _) = await OpenAsync();
        string? destination = null;
        page.Page!.OnLeave(to => destination = to);
        await _bank.Act(work => { _sessions.EndAll(work, _session.UserId, SessionEndReason.SecondLogin); });
        Assert.False(await EventAsync(circuit));
        Assert.Equal("/login", destination);
    }

    [Fact]
    public async Task Circuit_OpenedAfterItsSessionEnded_Leaves()
    {
        await _bank.Act(work => { _sessions.EndAll(work, _session.UserId, SessionEndReason.UserSuspended); });
        Assert.Equal("/login", Destination((await OpenAsync()).Page));
    }

    [Fact]
    public async Task Circuit_BeyondTheCap_IsSentToWhereItIsToldSo()
    {
        for (var i = 0; i < OpenPages.MaxPerUser; i++)
        {
            Assert.Null(Destination((await OpenAsync()).Page));
        }

        Assert.Equal("/too-many-pages", Destination((await OpenAsync()).Page));
    }

    private static string? Destination(PageOfCircuit page)
    {
        string? destination = null;
        page.Page!.OnLeave(to => destination = to);
        return destination;
    }

    private static async Task<bool> EventAsync(PageCircuit circuit)
    {
        var handled = false;
        await circuit.CreateInboundActivityHandler(_ =>
        {
            handled = true;
            return Task.CompletedTask;
        })(null!);
        return handled;
    }

    private async Task<(PageCircuit Circuit, PageOfCircuit Page, CurrentActor Actor)> OpenAsync()
    {
        var (page, actor) = (new PageOfCircuit(), new CurrentActor());
        var activity = new SessionActivity(_sessions, _bank.Writer, NullLogger<SessionActivity>.Instance);
        var circuit = new PageCircuit(
            _pages, page, actor, new Fixed(_principal), new LiveSessions(_bank.Contexts, _bank.Version, _sessions, _bank.Clock), activity);
        await circuit.OnCircuitOpenedAsync(null!, TestContext.Current.CancellationToken);
        return (circuit, page, actor);
    }

    private sealed class Fixed(ClaimsPrincipal principal) : AuthenticationStateProvider
    {
        public override Task<AuthenticationState> GetAuthenticationStateAsync() => Task.FromResult(new AuthenticationState(principal));
    }
}
