using Bunit;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.SignIn;
using DensaiAdmin.Tests.Support;
using DensaiAdmin.Web.Sessions;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Tests.Sessions;

/// <summary>The warning before a limit and the emptied page after it, on a real bank and a clock by hand.</summary>
[Web]
public sealed class SessionGuardTests : BunitContext, IAsyncLifetime
{
    private readonly TestBank _bank = TestBank.Open();
    private readonly SessionWatch _sessions;
    private OpenPage _page = null!;
    private Session _session = null!;

    public SessionGuardTests()
    {
        _sessions = new SessionWatch(Options.Create(new SessionOptions()), _bank.Anchor.Revoked, _bank.Clock);
        Services.AddLocalization();
        Services.AddSingleton<TimeProvider>(_bank.Clock);
        Services.AddSingleton(_bank.Contexts);
        Services.AddSingleton(_sessions);
        Services.AddSingleton(new LiveSessions(_bank.Contexts, _bank.Version, _sessions, _bank.Clock));
        Services.AddSingleton(new LogOut(_bank.Writer, _sessions));
        Services.AddSingleton(new SessionActivity(_sessions, _bank.Writer, NullLogger<SessionActivity>.Instance));
        JSInterop.SetupVoid("Blazor.navigateTo", _ => true).SetVoidResult();
        Services.AddScoped<CurrentActor>();
        Services.AddScoped<PageOfCircuit>();
    }

    public async ValueTask InitializeAsync()
    {
        var user = await _bank.AddUser("0501D00601U", await _bank.AddCompany());
        var certificate = await _bank.GiveCertificate(user);
        _session = await _bank.Act(work =>
        {
            var session = new Session(
                user.Id, certificate.Id, certificate.Sha256Fingerprint, Session.HashToken(Session.NewToken()), "test", "test", work.Now);
            work.Db.Sessions.Add(session);
            work.Db.SaveChanges();
            return session;
        });
        _page = new OpenPage(_session.Id, user.Id);
        Services.GetRequiredService<PageOfCircuit>().Page = _page;
        await using var db = await _bank.Contexts.CreateDbContextAsync(Xunit.TestContext.Current.CancellationToken);
        Services.GetRequiredService<CurrentActor>().Set(
            SessionClaims.Principal(_sessions.Find(db, _session.Id, _bank.Now).Live!, "test", "test"));
    }

    protected override async ValueTask DisposeAsyncCore()
    {
        await base.DisposeAsyncCore();
        _bank.Dispose();
    }

    [Fact]
    public void Warning_TwoMinutesBeforeTheIdleLimit_SaysUntilWhen()
    {
        var guard = RenderGuard();
        _bank.Clock.Advance(TimeSpan.FromMinutes(12.9));
        Assert.Empty(guard.FindAll("dialog"));
        _bank.Clock.Advance(TimeSpan.FromMinutes(0.1));
        guard.WaitForElement("dialog[role=alertdialog]");
        Assert.Equal("guard-title", guard.Find("dialog").GetAttribute("aria-labelledby"));
        Assert.Contains(
            Core.JapanTime.Format(_session.StartedAt.AddMinutes(15)), guard.Find("#guard-text").TextContent, StringComparison.Ordinal);
        Assert.Equal("延長", guard.Find("dialog button").TextContent);
    }

    [Fact]
    public void Extend_Pressed_KeepsThePageWithWhatWasTyped()
    {
        var guard = RenderGuard();
        _bank.Clock.Advance(TimeSpan.FromMinutes(13));
        guard.WaitForElement("dialog");
        Assert.True(_page.IsWarned);
        guard.Find("dialog button").Click();
        guard.WaitForState(() => guard.FindAll("dialog").Count == 0);
        Assert.False(_page.IsWarned);
        Assert.Equal("typed", guard.Find("input").GetAttribute("value"));
        Assert.Equal(1, guard.FindComponent<Typed>().RenderCount);

        _bank.Clock.Advance(TimeSpan.FromMinutes(12));
        Assert.Empty(guard.FindAll("dialog"));
        _bank.Clock.Advance(TimeSpan.FromMinutes(1));
        guard.WaitForElement("dialog");
    }

    [Fact]
    public void ActivityInAnotherTab_WhileWarned_TakesTheWarningAway()
    {
        var guard = RenderGuard();
        _bank.Clock.Advance(TimeSpan.FromMinutes(13));
        guard.WaitForElement("dialog");
        _sessions.NoteActivity(_session.Id, _session.LastActiveAt);
        _bank.Clock.Advance(TimeSpan.FromSeconds(5));
        guard.WaitForState(() => guard.FindAll("dialog").Count == 0);
    }

    [Fact]
    public async Task IdleLimit_Reached_EndsTheSession_AndEmptiesThePage()
    {
        var guard = RenderGuard();
        var ended = new TaskCompletionSource<EndedSession>(TaskCreationOptions.RunContinuationsAsynchronously);
        _sessions.Ended += session => ended.TrySetResult(session);
        _bank.Clock.Advance(TimeSpan.FromMinutes(13));
        guard.WaitForElement("dialog");
        for (var second = 0; second < 120; second += 5)
        {
            _bank.Clock.Advance(TimeSpan.FromSeconds(5));
            await guard.InvokeAsync(() => { });
        }

        Assert.Equal(
            SessionEndReason.Idle,
            (await ended.Task.WaitAsync(TimeSpan.FromSeconds(20), Xunit.TestContext.Current.CancellationToken)).Reason);
        await AssertSentToAsync(guard, "/login");
        Assert.Contains(_bank.History(), r => r.Detail == "idle");
    }

    [Fact]
    public async Task AbsoluteLimit_Near_IsWarnedOfWithoutAWayToExtend()
    {
        var guard = RenderGuard();
        for (var minutes = 10; minutes <= 710; minutes += 10)
        {
            _bank.Clock.Advance(TimeSpan.FromMinutes(10));
            _sessions.NoteActivity(_session.Id, _session.LastActiveAt);
            await guard.InvokeAsync(() => { });
            Assert.Empty(guard.FindAll("dialog"));
        }

        _bank.Clock.Advance(TimeSpan.FromMinutes(8));
        guard.WaitForElement("dialog");
        Assert.Equal("閉じる", guard.Find("dialog button").TextContent);
        guard.Find("dialog button").Click();
        guard.WaitForState(() => guard.FindAll("dialog").Count == 0);
    }

    [Fact]
    public async Task Page_SentAway_ShowsNothingOfItsContent()
    {
        var guard = RenderGuard();
        _page.Leave("/login");
        await AssertSentToAsync(guard, "/login");
    }

    [Fact]
    public async Task Page_SentAwayBeforeItCould_LeavesAtOnce()
    {
        _page.Leave("/too-many-pages");
        var guard = RenderGuard();
        await AssertSentToAsync(guard, "/too-many-pages");
    }

    private async Task AssertSentToAsync(IRenderedComponent<SessionGuard> guard, string path)
    {
        guard.WaitForState(() => guard.FindAll("input").Count == 0);
        // The page is emptied and sent away in one go: once another turn comes, both are done.
        await guard.InvokeAsync(() => { });
        Assert.Equal(path, JSInterop.VerifyInvoke("Blazor.navigateTo").Arguments[0]);
    }

    private IRenderedComponent<SessionGuard> RenderGuard() => Render<SessionGuard>(guard => guard.AddChildContent<Typed>());

    private sealed class Typed : ComponentBase
    {
        protected override void BuildRenderTree(Microsoft.AspNetCore.Components.Rendering.RenderTreeBuilder builder)
        {
            builder.OpenElement(0, "input");
            builder.AddAttribute(1, "value", "typed");
            builder.CloseElement();
        }
    }
}
