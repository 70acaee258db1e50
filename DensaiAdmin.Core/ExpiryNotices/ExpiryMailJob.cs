using DensaiAdmin.Core.Sessions;
using Microsoft.Extensions.Logging;

namespace DensaiAdmin.Core.ExpiryNotices;

/// <summary>Runs <see cref="QueueExpiryMails"/> at start, at each hour at which a notice can become due, and in between.</summary>
public sealed partial class ExpiryMailJob(QueueExpiryMails notices, TimeProvider clock, ILogger<ExpiryMailJob> log)
    : BackgroundJob(clock, log)
{
    // A clock that is set forward does not wake a timer that waits for the old one; nobody is told later than this.
    internal static readonly TimeSpan LongestSleep = TimeSpan.FromMinutes(5);

    public override JobTitle Title { get; } = new("証明書有効期限のお知らせの作成", "queuing of expiry mails");

    /// <summary>How long to wait until the next round, after one that ended at <paramref name="now"/>.</summary>
    internal static TimeSpan WaitAfter(DateTimeOffset now)
    {
        var wait = ExpiryMailPolicy.NextAfter(now) - now;
        return wait < LongestSleep ? wait : LongestSleep;
    }

    protected override async Task RunAsync(CancellationToken stopping)
    {
        while (true)
        {
            if (await notices.RunAsync(Actor.System(nameof(ExpiryMailJob)), stopping) is var queued and > 0)
            {
                LogQueued(Log, queued);
            }

            NoteRound();
            await Task.Delay(WaitAfter(Clock.GetUtcNow()), Clock, stopping);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} mails about coming expiries were queued.")]
    private static partial void LogQueued(ILogger logger, int count);
}
