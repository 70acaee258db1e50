using Microsoft.Extensions.Logging;

namespace DensaiAdmin.Core.ExpiryNotices;

/// <summary>Runs <see cref="LayDownExpiryNotices"/> at start, at each hour at which a notice can become due, and in between.</summary>
public sealed partial class ExpiryNoticeRounds(LayDownExpiryNotices notices, TimeProvider clock, ILogger<ExpiryNoticeRounds> log)
    : BackgroundJob(clock, log)
{
    // A clock that is set forward does not wake a timer that waits for the old one; nobody is told later than this.
    internal static readonly TimeSpan LongestSleep = TimeSpan.FromMinutes(5);

    public override JobTitle Title { get; } = new("証明書有効期限のお知らせの作成", "laying down of expiry notices");

    /// <summary>How long to wait until the next round, after one that ended at <paramref name="now"/>.</summary>
    internal static TimeSpan WaitAfter(DateTimeOffset now)
    {
        var wait = NoticePolicy.NextAfter(now) - now;
        return wait < LongestSleep ? wait : LongestSleep;
    }

    protected override async Task RunAsync(CancellationToken stopping)
    {
        while (true)
        {
            if (await notices.RunAsync(stopping) is var laid and > 0)
            {
                LogLaidDown(Log, laid);
            }

            NoteRound();
            await Task.Delay(WaitAfter(Clock.GetUtcNow()), Clock, stopping);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} notices of coming expiries were laid down.")]
    private static partial void LogLaidDown(ILogger logger, int count);
}
