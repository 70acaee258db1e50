using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.SignIn;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Web.Gates;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Microsoft.JSInterop;

namespace DensaiAdmin.Web.Sessions;

/// <summary>
/// Stands around the signed-in pages of a circuit: warns two minutes before the session ends for want of activity or by its
/// absolute limit, ends it then, and empties the page the moment the session is over for whatever reason (R20).
/// </summary>
public sealed partial class SessionGuard(
    CurrentActor actor,
    LiveSessions sessions,
    SessionWatch watch,
    LogOut logOut,
    IStringLocalizer<SessionsText> text,
    IJSRuntime script,
    TimeProvider clock,
    ILogger<SessionGuard> log) : IDisposable
{
    // While the warning stands, other tabs may have shown activity; nobody waits longer than this to see it go.
    private static readonly TimeSpan Recheck = TimeSpan.FromSeconds(5);

    private ITimer? _timer;
    private Session? _session;
    private DateTimeOffset? _notAfter;
    private Warning? _warning;
    private bool _absoluteSeen;
    private bool _over;

    [Parameter, EditorRequired]
    public RenderFragment ChildContent { get; set; } = default!;

    [Inject]
    private PageOfCircuit Circuit { get; set; } = default!;

    [Inject]
    private SessionActivity Activity { get; set; } = default!;

    public void Dispose()
    {
        Circuit.Page?.OnLeave(null);
        _timer?.Dispose();
    }

    protected override async Task OnInitializedAsync()
    {
        // Prerendered, the page is one answer to one request, which was authenticated just now.
        if (Circuit.Page is not { } page)
        {
            return;
        }

        page.OnLeave(destination => _ = LeaveAsync(destination));
        if (sessions.Look(page.SessionId).Live is not { } live)
        {
            page.Leave(LoginPath.Login);
            return;
        }

        (_session, _notAfter) = (live.Session, live.Certificate?.NotAfter);
        _timer = clock.CreateTimer(_ => _ = InvokeAsync(WatchAsync), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        await WatchAsync();
    }

    private async Task WatchAsync()
    {
        if (_over || _session is not { } session || _timer is not { } timer)
        {
            return;
        }

        var now = clock.GetUtcNow();
        var limits = watch.Limits;
        var idleEnd = watch.LastActivity(session.Id, session.LastActiveAt) + limits.Idle;
        var fixedEnd = session.StartedAt + limits.Absolute;
        var endsAt = idleEnd < fixedEnd ? idleEnd : fixedEnd;
        // R3: the last second of notAfter still counts.
        var reason = _notAfter is { } notAfter && CertificateStatuses.HasExpired(notAfter, now) ? SessionEndReason.CertificateExpired
            : now < endsAt ? default(SessionEndReason?)
            : idleEnd < fixedEnd ? SessionEndReason.Idle : SessionEndReason.AbsoluteLimit;
        if (reason is { } over)
        {
            await EndAsync(session, over);
            return;
        }

        var warning = now < endsAt - limits.Warning ? null : new Warning(endsAt, CanExtend: idleEnd < fixedEnd);
        if (warning is { CanExtend: false } && _absoluteSeen)
        {
            warning = null;
        }

        if (warning != _warning)
        {
            _warning = warning;
            Circuit.Page!.IsWarned = warning is not null;
            StateHasChanged();
        }

        var next = now < endsAt - limits.Warning ? endsAt - limits.Warning : endsAt;
        var expiry = _notAfter + TimeSpan.FromSeconds(1);
        var due = (expiry is { } end && end < next ? end : next) - now;
        // A timer cannot wait for more than 49 days, and what it waits for may move meanwhile.
        var max = _warning is null ? TimeSpan.FromHours(1) : Recheck;
        timer.Change(due < max ? due : max, Timeout.InfiniteTimeSpan);
    }

    private Task Stay()
    {
        if (_session is { } session)
        {
            Activity.Note(session);
        }

        _absoluteSeen = _warning is { CanExtend: false };
        return WatchAsync();
    }

    private async Task EndAsync(Session session, SessionEndReason reason)
    {
        try
        {
            await logOut.EndAsync(actor.Actor, session.Id, reason);
        }
        catch (Exception fault) when (Shared.StoreFaults.Find(fault) is not null)
        {
            // Over it is; only its mark in the store is missing, which the sweep makes up for.
            LogNotMarked(log, session.Id, StoreUnavailableException.CauseOf(fault), StoreUnavailableException.Unexplained(fault));
        }

        Circuit.Page?.Leave(LoginPath.Login);
    }

    private async Task LeaveAsync(string destination)
    {
        try
        {
            // Not by the NavigationManager: a page that leaves does not answer, and nobody could catch what comes of that.
            await InvokeAsync(async () =>
            {
                _over = true;
                StateHasChanged();
                await script.InvokeVoidAsync("Blazor.navigateTo", destination, new { forceLoad = true });
            });
        }
        catch (Exception gone) when (gone is ObjectDisposedException or JSException or JSDisconnectedException
            or InvalidOperationException or OperationCanceledException)
        {
            // The page was closed meanwhile: there is nothing left to empty.
            LogGone(log, gone.GetType().Name);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Session {Session} is over, but that could not be stored yet: {Cause}")]
    private static partial void LogNotMarked(ILogger logger, long session, string cause, Exception? fault);

    [LoggerMessage(Level = LogLevel.Debug, Message = "A page that was to leave had gone already ({Fault}).")]
    private static partial void LogGone(ILogger logger, string fault);

    private sealed record Warning(DateTimeOffset EndsAt, bool CanExtend);
}
