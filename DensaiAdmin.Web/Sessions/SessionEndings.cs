using DensaiAdmin.Core;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.SignIn;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Web.Gates;
using DensaiAdmin.Web.Settings;
using DensaiAdmin.Web.Tls;
using Microsoft.AspNetCore.Connections;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Web.Sessions;

/// <summary>
/// Carries the end of a session to its open pages and connections (R20): first the pages are sent to where they are told why; what
/// is left after half a second is cut. Also ends, minute by minute, sessions that nobody comes back to.
/// </summary>
internal sealed partial class SessionEndings(
    SessionWatch sessions,
    OpenPages pages,
    CircuitEnding circuits,
    CertificateConnections connections,
    LogOut logOut,
    EndpointOptions endpoints,
    IDbContextFactory<DensaiDbContext> contexts,
    TimeProvider clock,
    ILogger<SessionEndings> log) : BackgroundJob(clock, log)
{
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(1);

    public override JobTitle Title { get; } = new("期限を過ぎたセッションの終了", "ending of sessions over their limits");

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        sessions.Ended += OnEnded;
        return base.StartAsync(cancellationToken);
    }

    public override Task StopAsync(CancellationToken cancellationToken)
    {
        sessions.Ended -= OnEnded;
        return base.StopAsync(cancellationToken);
    }

    protected override async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(SweepEvery, Clock);
        do
        {
            await logOut.SweepAsync(Actor.System(nameof(SessionEndings)), contexts, Clock, stopping);
            NoteRound();
        }
        while (await timer.WaitForNextTickAsync(stopping));
    }

    // Called on the writer's thread, which must not wait.
    private void OnEnded(EndedSession ended) =>
        ThreadPool.UnsafeQueueUserWorkItem(static work => _ = work.Me.PartAsync(work.Ended), (Me: this, Ended: ended), preferLocal: false);

    private async Task PartAsync(EndedSession ended)
    {
        try
        {
            // After ログアウト the pages go where its own form leads: in the page that sent it the two race.
            var destination = ended.Reason is SessionEndReason.LoggedOut ? LoginPath.Entrance(endpoints) : LoginPath.Login;
            var open = pages.OfSession(ended.SessionId).ToLookup(page => page.IsConnected);
            foreach (var page in open[true])
            {
                await SendAway(page, destination);
            }

            // A certificate that no longer counts must not keep a connection either; for other ends the next login uses it.
            var cut = ended is
            {
                CertificateFingerprint: { } fingerprint,
                Reason: SessionEndReason.CertificateRevoked or SessionEndReason.UserSuspended or SessionEndReason.CertificateExpired,
            }
                ? connections.Of(fingerprint)
                : [];
            CertificateConnections.RequestClose(cut);
            foreach (var page in open[false])
            {
                // Nobody holds it, so that it can be sent nowhere; what it shows must not wait for whoever comes.
                await circuits.EndAsync(page);
            }

            await Task.Delay(Grace, Clock);
            foreach (var carrier in pages.CarriersOf(ended.SessionId))
            {
                carrier.Abort();
            }

            foreach (var connection in cut)
            {
                connection.Abort(new ConnectionAbortedException("The certificate of this connection was revoked or its user suspended."));
            }

            foreach (var page in pages.OfSession(ended.SessionId))
            {
                await circuits.EndAsync(page);
            }

            pages.Owners.Forget(ended.SessionId);
        }
        catch (Exception fault)
        {
            LogPartFailed(Log, ended.SessionId, fault);
        }
    }

    private static Task SendAway(OpenPage page, string destination)
    {
        page.Leave(destination);
        return Task.CompletedTask;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The end of session {Session} could not be carried to its pages.")]
    private static partial void LogPartFailed(ILogger logger, long session, Exception fault);
}
