using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using Microsoft.Extensions.Logging;

namespace DensaiAdmin.Core.History;

/// <summary>Looks at the clock at start and every ten seconds, and raises the alarm once for each time it is found wrong (R26).</summary>
internal sealed class ClockJob(ClockGuard guard, Alarms alarms, ILogger<ClockJob> log) : BackgroundJob(guard, log)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    private bool _isTold;

    public override JobTitle Title { get; } = new("時計の監視", "watch over the clock");

    /// <summary>Looks once.</summary>
    public async Task RunOnceAsync(CancellationToken cancellation = default)
    {
        var reading = guard.Read();
        if (!reading.IsTrusted && !_isTold)
        {
            var both = $"{reading.Standing}: {reading.Wall:yyyy-MM-dd'T'HH:mm:ss'Z'} / {reading.Expected:yyyy-MM-dd'T'HH:mm:ss'Z'}";
            await alarms.RaiseAsync(AlarmKind.Clock, both, cancellation: cancellation);
        }

        _isTold = !reading.IsTrusted;
    }

    protected override async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Every, Clock);
        do
        {
            await RunOnceAsync(stopping);
            NoteRound();
        }
        while (await timer.WaitForNextTickAsync(stopping));
    }
}
