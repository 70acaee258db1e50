using DensaiAdmin.Core.Store;
using Microsoft.Extensions.Logging;

namespace DensaiAdmin.Core.Passwords;

/// <summary>Removes counted password attempts that count for nothing any more. At start and every hour.</summary>
internal sealed class ForgetAttemptsJob(
    StoreWriter writer, AttemptPolicy policy, TimeProvider clock, ILogger<ForgetAttemptsJob> log) : BackgroundJob(clock, log)
{
    private static readonly TimeSpan Every = TimeSpan.FromHours(1);

    public override JobTitle Title { get; } = new("パスワード試行記録の整理", "removal of old password attempts");

    /// <summary>Removes all there are.</summary>
    public async Task RunOnceAsync(CancellationToken cancellation = default)
    {
        while (await writer.PerformAnyTimeAsync(policy.RemoveForgotten, cancellation))
        {
            // What waits is written between two of these.
        }
    }

    protected override async Task RunAsync(CancellationToken stopping)
    {
        using var hour = new PeriodicTimer(Every, Clock);
        do
        {
            await RunOnceAsync(stopping);
            NoteRound();
        }
        while (await hour.WaitForNextTickAsync(stopping));
    }
}
