using DensaiAdmin.Core.Acts;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DensaiAdmin.Core.Passwords;

/// <summary>Removes counted password attempts that count for nothing any more. At start and every hour.</summary>
internal sealed partial class ForgetAttempts(ActWriter acts, AttemptPolicy policy, TimeProvider clock, ILogger<ForgetAttempts> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromHours(1);

    /// <summary>Removes all there are.</summary>
    public async Task RunOnceAsync(CancellationToken cancellation = default)
    {
        while (await acts.PerformAsync(policy.RemoveForgotten, cancellation))
        {
            // What waits is written between two of these.
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var hour = new PeriodicTimer(Every, clock);
        try
        {
            do
            {
                try
                {
                    await RunOnceAsync(stoppingToken);
                }
                catch (StoreUnavailableException fault)
                {
                    LogNotDone(log, fault);
                }
            }
            while (await hour.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The server stops; what is left is removed after the next start.
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Counted password attempts could not be removed; tried again in an hour.")]
    private static partial void LogNotDone(ILogger logger, Exception fault);
}
