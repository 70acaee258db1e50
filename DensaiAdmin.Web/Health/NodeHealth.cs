using System.Globalization;
using System.Net;
using System.Text;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Web.Settings;
using DensaiAdmin.Web.Shared;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace DensaiAdmin.Web.Health;

/// <summary>How one check stands.</summary>
/// <param name="Name">As registered.</param>
/// <param name="Status">Healthy, Degraded (a warning) or Unhealthy (failing).</param>
/// <param name="Since">Since when it stands so, as far as this process saw it. UTC, application time.</param>
/// <param name="Faults">Why, empty when healthy.</param>
internal sealed record HealthState(string Name, HealthStatus Status, DateTimeOffset Since, IReadOnlyList<HealthFault> Faults)
{
    /// <summary>How it is told: <c>ok</c>, <c>warning</c> or <c>failing</c>.</summary>
    public string Word => Status switch
    {
        HealthStatus.Healthy => "ok",
        HealthStatus.Degraded => "warning",
        HealthStatus.Unhealthy => "failing",
    };
}

/// <summary>
/// Whether this node can do its work now. Asked by anybody, so an answer stands for a second; asked in the open, so
/// causes are told on this machine only. Each change is written to the log once.
/// </summary>
internal sealed partial class NodeHealth(HealthCheckService checks, TimeProvider clock, ILogger<NodeHealth> log) : IDisposable
{
    private static readonly TimeSpan Standing = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _one = new(1);
    private readonly Dictionary<string, HealthState> _states = new(StringComparer.Ordinal);
    private IReadOnlyList<HealthState>? _last;
    private long _lastAt;

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/health/live", () => Results.Text("live\n")).AllowAnonymous().WithMetadata(new OriginAttribute(Origin.Pki));
        endpoints.MapGet("/health/ready", ReadyAsync).AllowAnonymous().WithMetadata(new OriginAttribute(Origin.Pki));
    }

    /// <summary>
    /// Every check and how it stands, in the order of <see cref="HealthRegistration"/>. Answers within the checks' patience.
    /// </summary>
    public async Task<IReadOnlyList<HealthState>> StatesAsync(CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            if (_last is null || TimeProvider.System.GetElapsedTime(_lastAt) > Standing)
            {
                // Not broken off with the one who asked: others wait for the same answer.
                var report = await checks.CheckHealthAsync(CancellationToken.None);
                _last = [.. report.Entries.Select(e => Note(e.Key, e.Value.Status, FaultCheck.FaultsOf(e.Value), e.Value.Exception))];
                _lastAt = TimeProvider.System.GetTimestamp();
            }

            return _last;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private static async Task<IResult> ReadyAsync(HttpContext context, NodeHealth health)
    {
        var states = await health.StatesAsync(context.RequestAborted);
        var isReady = states.All(s => s.Status is not HealthStatus.Unhealthy);
        var text = new StringBuilder(isReady ? "ready\n" : "not ready\n");
        if (context.Connection.RemoteIpAddress is { } peer && IPAddress.IsLoopback(peer))
        {
            text.Append(context.Request.Query.ContainsKey("verbose") ? Verbose(states) : Brief(states));
        }

        return Results.Text(
            text.ToString(),
            "text/plain; charset=utf-8",
            statusCode: isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    private static string Brief(IEnumerable<HealthState> states) => string.Concat(states
        .SelectMany(s => s.Faults)
        .OrderByDescending(f => f.Weight)
        .Select(f => $"{(f.Weight is HealthWeight.Warning ? "warning: " : "")}{f.Cause} {f.Remedy}\n"));

    private static string Verbose(IEnumerable<HealthState> states)
    {
        var text = new StringBuilder();
        foreach (var state in states)
        {
            text.Append(
                CultureInfo.InvariantCulture, $"{state.Name}: {state.Word} since {state.Since.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}\n");
            foreach (var fault in state.Faults)
            {
                text.Append($"  原因: {fault.Cause}\n  対処: {fault.Remedy}\n");
                text.Append($"  cause: {fault.EnglishCause}\n  remedy: {fault.EnglishRemedy}\n");
            }
        }

        return text.ToString();
    }

    private HealthState Note(string name, HealthStatus status, IReadOnlyList<HealthFault> faults, Exception? exception)
    {
        var before = _states.GetValueOrDefault(name);
        var state = new HealthState(
            name, status, before?.Status == status ? before.Since : clock.GetUtcNow().ToWholeMilliseconds(), faults);
        _states[name] = state;
        if (before?.Status != status)
        {
            var unexplained = exception is null ? null : StoreUnavailableException.Unexplained(exception);
            switch (status)
            {
                case HealthStatus.Unhealthy:
                    LogFailing(log, name, Told(faults), unexplained);
                    break;
                case HealthStatus.Degraded:
                    LogWarning(log, name, Told(faults), unexplained);
                    break;
                case HealthStatus.Healthy when before is not null:
                    LogOkay(log, name);
                    break;
            }
        }

        return state;
    }

    private static string Told(IEnumerable<HealthFault> faults) =>
        string.Join(' ', faults.Select(f => $"{f.Cause}{f.Remedy} / {f.EnglishCause} {f.EnglishRemedy}"));

    [LoggerMessage(Level = LogLevel.Error, Message = "Health: {Check} is failing, this node is not ready. {Faults}")]
    private static partial void LogFailing(ILogger logger, string check, string faults, Exception? fault);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Health: {Check} has a warning. {Faults}")]
    private static partial void LogWarning(ILogger logger, string check, string faults, Exception? fault);

    [LoggerMessage(Level = LogLevel.Information, Message = "Health: {Check} is in order again.")]
    private static partial void LogOkay(ILogger logger, string check);
}
