using System.Globalization;
using System.Security.Claims;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Web.Gates;
using Microsoft.AspNetCore.SignalR;

namespace DensaiAdmin.Web.Sessions;

/// <summary>
/// Stands before every call that a browser makes on the circuits' hub: a circuit belongs to the session that opened it, for as long as
/// that session lives. Who names the circuit of another session gets the answer of one that does not exist; it is recorded, with an alarm.
/// </summary>
internal sealed partial class CircuitGuard(
    OpenPages pages, LiveSessions sessions, StoreWriter writer, Alarms alarms, ILogger<CircuitGuard> log) : IHubFilter
{
    /// <summary>Calls that act on the circuit of their own connection.</summary>
    internal static readonly IReadOnlySet<string> OnOwnCircuit = new HashSet<string>(StringComparer.Ordinal)
    {
        "UpdateRootComponents",
        "BeginInvokeDotNetFromJS",
        "ReceiveByteArray",
        "ReceiveJSDataChunk",
        "SendDotNetStreamToJS",
        "OnLocationChanged",
        "OnLocationChanging",
    };

    /// <summary>Answers of a page to what the server sent it: they may come in when the session is over, and do nothing.</summary>
    internal static readonly IReadOnlySet<string> Answers =
        new HashSet<string>(StringComparer.Ordinal) { "OnRenderCompleted", "EndInvokeJSFromDotNet" };

    private const string Zero = "%00";

    internal const string Start = "StartCircuit";
    internal const string Connect = "ConnectCircuit";
    internal const string Resume = "ResumeCircuit";
    internal const string Pause = "PauseCircuit";

    public async ValueTask<object?> InvokeMethodAsync(
        HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        var call = invocationContext;
        if (call.Context.User is not { } asker
            || asker.Number(SessionClaims.SessionId) is not { } sessionId || asker.Number(SessionClaims.UserId) is not { } userId)
        {
            call.Context.Abort();
            return null;
        }

        var isLive = sessions.Look(sessionId).Live is not null;
        switch (call.HubMethodName)
        {
            case Start when isLive:
                return await StartAsync(asker, new OpenPage(sessionId, userId), call, next);
            case Start:
                call.Context.Abort();
                return null;
            case Connect:
                return isLive && await MayAsync(asker, sessionId, call) ? await next(call) : false;
            // What a page held would lie with the browser meanwhile, where no session guards it: neither is offered, and the page loads
            // anew.
            case Resume:
                await MayAsync(asker, sessionId, call);
                return null;
            case Pause:
                return false;
            case var answer when Answers.Contains(answer):
                return await next(call);
            case var own when isLive && OnOwnCircuit.Contains(own):
                return await next(Readable(call));
            default:
                foreach (var page in isLive ? [] : pages.OfSession(sessionId))
                {
                    page.Leave(LoginPath.Login);
                }

                return null;
        }
    }

    /// <summary>
    /// An address as the framework's router can read it: at a zero in the path, which Kestrel refuses in a request, it throws, and the
    /// circuit would end of it.
    /// </summary>
    private static HubInvocationContext Readable(HubInvocationContext call)
    {
        if (!call.HubMethodArguments.Any(IsUnreadable))
        {
            return call;
        }

        object?[] arguments = [.. call.HubMethodArguments.Select(
            argument => IsUnreadable(argument) ? ((string)argument!).Replace(Zero, "", StringComparison.Ordinal) : argument)];
        return new(call.Context, call.ServiceProvider, call.Hub, call.HubMethod, arguments);

        bool IsUnreadable(object? argument) =>
            call.HubMethodName.StartsWith("OnLocation", StringComparison.Ordinal)
                && argument is string address
                && address.Contains(Zero, StringComparison.Ordinal);
    }

    private async ValueTask<object?> StartAsync(
        ClaimsPrincipal asker, OpenPage page, HubInvocationContext call, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        pages.Owners.Begin(asker, page);
        var started = await next(call);
        if (started is string secret)
        {
            pages.Owners.Name(page, secret);
        }

        return started;
    }

    /// <summary>Whether the circuit that a call names belongs to who asks; another's is recorded.</summary>
    private async Task<bool> MayAsync(ClaimsPrincipal asker, long sessionId, HubInvocationContext call)
    {
        if (pages.Owners.Of(call.HubMethodArguments is [string secret, ..] ? secret : null) is not { } owner)
        {
            return false;
        }

        if (owner.SessionId == sessionId && sessions.Look(owner.SessionId).Live is not null)
        {
            return true;
        }

        var source = asker.FindFirstValue(SessionClaims.Source) ?? "";
        // A tab that was left behind asks for its own page with the cookie of the login that came after: said, but nobody is called for it.
        var isOwn = owner.UserId == asker.Number(SessionClaims.UserId);
        var subject = string.Create(CultureInfo.InvariantCulture, $"session {owner.SessionId} by session {sessionId}");
        if (isOwn)
        {
            LogOwnCircuit(log, subject);
        }

        try
        {
            await writer.PerformAnyTimeAsync(
                work =>
                {
                    work.Record(new HistoryEntry
                    {
                        Operation = HistoryOperation.ForeignAccess,
                        Result = HistoryResult.Refused,
                        CompanyId = asker.Number(SessionClaims.CompanyId),
                        UserId = asker.Number(SessionClaims.UserId),
                        LoginId = asker.FindFirstValue(SessionClaims.LoginId),
                        Source = source,
                        Detail = "foreign-circuit",
                    });
                    if (!isOwn)
                    {
                        alarms.Raise(
                            work, AlarmKind.ForeignCircuit, subject,
                            new() { Source = source, LoginId = asker.FindFirstValue(SessionClaims.LoginId) });
                    }

                    return true;
                },
                CancellationToken.None);
        }
        catch (StoreUnavailableException unavailable)
        {
            // Refused all the same; the log has what the history could not take.
            LogUnrecorded(log, subject, StoreUnavailableException.CauseOf(unavailable), StoreUnavailableException.Unexplained(unavailable));
        }

        return false;
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "ALARM: a circuit of the same user's earlier login was named and refused: {Subject}")]
    private static partial void LogOwnCircuit(ILogger logger, string subject);

    [LoggerMessage(
        Level = LogLevel.Critical,
        Message = "ALARM: a circuit was named by another session and refused, and could not be recorded: {Subject}. {Cause}")]
    private static partial void LogUnrecorded(ILogger logger, string subject, string cause, Exception? fault);
}
