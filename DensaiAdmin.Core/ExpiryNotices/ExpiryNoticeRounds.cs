using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DensaiAdmin.Core.ExpiryNotices;

/// <summary>Runs <see cref="LayDownExpiryNotices"/> at start, at each hour at which a notice can become due, and in between.</summary>
public sealed partial class ExpiryNoticeRounds(LayDownExpiryNotices notices, TimeProvider clock, ILogger<ExpiryNoticeRounds> log) : BackgroundService
{
    // A clock that is set forward does not wake a timer that waits for the old one; nobody is told later than this.
    internal static readonly TimeSpan LongestSleep = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan AfterAFault = TimeSpan.FromMinutes(1);

    /// <summary>How long to wait until the next round, after one that ended at <paramref name="now"/>.</summary>
    internal static TimeSpan WaitAfter(DateTimeOffset now)
    {
        var wait = NoticePolicy.NextAfter(now) - now;
        return wait < LongestSleep ? wait : LongestSleep;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The server answers before it looks through a hundred thousand certificates.
        await Task.Yield();
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                await Task.Delay(await RunAsync(stoppingToken), clock, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops; what is due is laid down after the next start.
        }
    }

    private async Task<TimeSpan> RunAsync(CancellationToken cancellation)
    {
        try
        {
            if (await notices.RunAsync(cancellation) is var laid and > 0)
            {
                LogLaidDown(log, laid);
            }

            return WaitAfter(clock.GetUtcNow());
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            LogFailed(log, fault);
            return AfterAFault;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} notices of coming expiries were laid down.")]
    private static partial void LogLaidDown(ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "A round of the expiry notices broke; it is run again in a minute.")]
    private static partial void LogFailed(ILogger logger, Exception fault);
}
