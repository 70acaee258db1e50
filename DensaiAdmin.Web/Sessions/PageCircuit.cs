using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Web.Gates;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server.Circuits;

namespace DensaiAdmin.Web.Sessions;

/// <summary>
/// Follows one circuit: registers its page, tells its services who acts, and looks at the session before anything that comes in
/// from the person is handled.
/// </summary>
internal sealed class PageCircuit(
    OpenPages pages,
    PageOfCircuit current,
    CurrentActor actor,
    AuthenticationStateProvider authentication,
    LiveSessions sessions,
    SessionActivity activity) : CircuitHandler
{
    private OpenPage? _page;

    // Before handlers of others: nobody else sees a circuit whose session is over.
    public override int Order => -100;

    public override async Task OnCircuitOpenedAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        var state = await authentication.GetAuthenticationStateAsync();
        actor.Set(state.User, isOnOpenPage: true);
        if (!actor.IsSignedIn)
        {
            throw new InvalidOperationException("A circuit without a session.");
        }

        var page = pages.Owners.Begun(state.User) ?? new OpenPage(actor.Actor.SessionId, actor.UserId);
        _page = page;
        current.Page = page;
        if (!pages.Add(page))
        {
            page.Leave(TooManyPages.Route);
        }
        else if (!IsLive())
        {
            // It ended between the request and now, when nobody could tell this page.
            page.Leave(LoginPath.Login);
        }
    }

    public override Task OnConnectionUpAsync(Circuit circuit, CancellationToken cancellationToken) => ConnectedAsync(true);

    public override Task OnConnectionDownAsync(Circuit circuit, CancellationToken cancellationToken) => ConnectedAsync(false);

    public override Task OnCircuitClosedAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        if (_page is { } page)
        {
            pages.Remove(page);
        }

        return Task.CompletedTask;
    }

    public override Func<CircuitInboundActivityContext, Task> CreateInboundActivityHandler(
        Func<CircuitInboundActivityContext, Task> next) =>
        context =>
        {
            if (IsLive())
            {
                return next(context);
            }

            _page?.Leave(LoginPath.Login);
            return Task.CompletedTask;
        };

    private Task ConnectedAsync(bool isConnected)
    {
        if (_page is { } page)
        {
            page.IsConnected = isConnected;
        }

        return Task.CompletedTask;
    }

    private bool IsLive()
    {
        if (_page is not { } page)
        {
            return true;
        }

        if (sessions.Look(page.SessionId).Live is not { } live)
        {
            return false;
        }

        if (!page.IsWarned)
        {
            activity.Note(live.Session);
        }

        return true;
    }
}

/// <summary>Hands the register's entry of a circuit to the components on it.</summary>
internal sealed class PageOfCircuit
{
    /// <summary>Null while prerendering.</summary>
    public OpenPage? Page { get; set; }
}
