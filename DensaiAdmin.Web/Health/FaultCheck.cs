using DensaiAdmin.Web.Shared;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace DensaiAdmin.Web.Health;

/// <summary>
/// One cause that can keep the service from its work. Derive, find the faults, and add the class to <see cref="HealthRegistration"/>;
/// patience, broken checks and the framework's result are seen to here. A check changes nothing and may be asked every second.
/// </summary>
internal abstract class FaultCheck : IHealthCheck
{
    /// <summary>An answer that takes longer is a fault of its own: whoever asks is answered in any case.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private const string FaultsKey = "faults";

    private volatile Answer? _last;
    private Task<IReadOnlyList<HealthFault>>? _looking;

    /// <summary>What a check that gave no answer, or broke, says of itself.</summary>
    public abstract HealthFault Unanswered { get; }

    /// <summary>How long an answer stands. Longer where looking costs something and nothing is lost by a late word.</summary>
    protected virtual TimeSpan Standing => TimeSpan.Zero;

    /// <summary>The real clock: patience, and how long an answer stands, have nothing to do with the application's time.</summary>
    protected virtual TimeProvider RealClock => TimeProvider.System;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var last = _last;
        if (last is not null && RealClock.GetElapsedTime(last.At) < Standing)
        {
            return last.Result;
        }

        var result = await LookAsync(cancellationToken);
        _last = new(result, RealClock.GetTimestamp());
        return result;
    }

    /// <summary>What the framework's result says, in our words.</summary>
    internal static IReadOnlyList<HealthFault> FaultsOf(HealthReportEntry entry) =>
        entry.Data.TryGetValue(FaultsKey, out var faults) ? (IReadOnlyList<HealthFault>)faults : [];

    /// <summary>The faults there are now; empty when there are none.</summary>
    protected abstract Task<IReadOnlyList<HealthFault>> FindAsync(CancellationToken cancellation);

    private async Task<HealthCheckResult> LookAsync(CancellationToken cancellation)
    {
        if (Volatile.Read(ref _looking) is { IsCompleted: false })
        {
            // One look that hangs holds one thread; a new one each second would take them all.
            return ResultOf([Unanswered]);
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            // Not on the caller's thread: a check may begin with work that blocks (a key in hardware, a disk that hangs).
            var looking = Task.Run(() => FindAsync(limit.Token), limit.Token);
            Volatile.Write(ref _looking, looking);
            return ResultOf(await looking.WaitAsync(Patience, RealClock, cancellation));
        }
        catch (Exception fault) when (!cancellation.IsCancellationRequested)
        {
            await limit.CancelAsync();
            return ResultOf([Unanswered], fault);
        }
    }

    private static HealthCheckResult ResultOf(IReadOnlyList<HealthFault> faults, Exception? exception = null)
    {
        var data = new Dictionary<string, object>(StringComparer.Ordinal) { [FaultsKey] = faults };
        return faults.Count == 0 ? HealthCheckResult.Healthy(data: data)
            : faults.Any(f => f.Weight is HealthWeight.Failing) ? HealthCheckResult.Unhealthy(faults[0].EnglishCause, exception, data)
            : HealthCheckResult.Degraded(faults[0].EnglishCause, exception, data);
    }

    private sealed record Answer(HealthCheckResult Result, long At);
}
