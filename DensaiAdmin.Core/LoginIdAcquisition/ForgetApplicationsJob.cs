using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace DensaiAdmin.Core.LoginIdAcquisition;

/// <summary>
/// Removes every ログインID取得 that is over: left by whoever began it, with the hashes of the passwords that were typed, or done and no
/// longer shown. At start and every ten minutes.
/// </summary>
internal sealed class ForgetApplicationsJob(
    StoreWriter writer, IDbContextFactory<DensaiDbContext> contexts, TimeProvider clock, ILogger<ForgetApplicationsJob> log)
    : BackgroundJob(clock, log)
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    public override JobTitle Title { get; } = new("ログインID取得の申込みの整理", "removal of old applications for a login ID");

    /// <summary>Removes all there are.</summary>
    public async Task RunOnceAsync(CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        // Mostly there are none, and then nothing is to be written.
        if (await Over(db, Clock.GetUtcNow()).AnyAsync(cancellation))
        {
            await writer.PerformAnyTimeAsync(work => Over(work.Db, work.Now).ExecuteDelete(), cancellation);
        }
    }

    protected override async Task RunAsync(CancellationToken stopping)
    {
        using var tick = new PeriodicTimer(Every, Clock);
        do
        {
            await RunOnceAsync(stopping);
            NoteRound();
        }
        while (await tick.WaitForNextTickAsync(stopping));
    }

    private static IQueryable<LoginIdApplication> Over(DensaiDbContext db, DateTimeOffset now)
    {
        var shownSince = now - LoginIdApplication.ShownFor;
        return db.LoginIdApplications.Where(a => a.DoneAt == null ? a.ExpiresAt <= now : a.DoneAt <= shownSince);
    }
}
