using DensaiAdmin.Core;

namespace DensaiAdmin.Web.Health;

/// <summary>Looks at the health also where nobody asks, so that the log tells of a fault within ten seconds.</summary>
internal sealed class HealthWatch(NodeHealth health, TimeProvider clock, ILogger<HealthWatch> log) : BackgroundJob(clock, log)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    public override JobTitle Title { get; } = new("稼働状況の確認", "watch over the health");

    protected override async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Every, Clock);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            await health.StatesAsync(stopping);
            NoteRound();
        }
    }
}
