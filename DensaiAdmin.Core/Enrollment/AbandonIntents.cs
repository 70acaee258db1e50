using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using Microsoft.Extensions.Logging;

namespace DensaiAdmin.Core.Enrollment;

/// <summary>
/// Gives up serials that were promised to a signature and never stored: nobody was handed the certificate, but a
/// signature may exist, so the serial goes on the CRL until its notAfter. At start and every hour.
/// </summary>
internal sealed class AbandonIntents(
    StoreWriter writer, CrlSignal crl, TimeProvider clock, ILogger<AbandonIntents> log) : BackgroundJob(clock, log)
{
    /// <summary>How long an issue may take; far longer than it ever does.</summary>
    public static readonly TimeSpan OpenFor = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan Every = TimeSpan.FromHours(1);

    public override JobTitle Title { get; } = new("発行されなかったシリアル番号の失効", "revocation of serials that were never handed out");

    /// <summary>Gives up what has been open too long.</summary>
    /// <returns>How many serials.</returns>
    public Task<int> RunOnceAsync(CancellationToken cancellation = default) => writer.PerformAnyTimeAsync(
        work =>
        {
            var before = work.Now - OpenFor;
            var left = work.Db.IssueIntents.Where(i => i.AbandonedAt == null && i.CreatedAt <= before).ToList();
            foreach (var intent in left)
            {
                var user = work.Db.Users.Find(intent.UserId);
                work.Abandon(intent, user?.LoginId ?? "");
                work.Record(new HistoryEntry
                {
                    Operation = HistoryOperation.Issue,
                    Result = HistoryResult.Refused,
                    CompanyId = user?.CompanyId,
                    Source = "server",
                    TargetUserId = intent.UserId,
                    TargetLoginId = user?.LoginId,
                    SerialNumber = intent.SerialNumber.ToString(),
                    Detail = "abandoned",
                });
            }

            if (left.Count > 0)
            {
                work.AfterCommit(crl.Request);
            }

            return left.Count;
        },
        cancellation);

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
