using DensaiAdmin.Core.Store;
using DensaiAdmin.Web.Shared;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Web.Health;

/// <summary>Whether the database can be read.</summary>
internal sealed class StoreCheck(IDbContextFactory<DensaiDbContext> contexts) : FaultCheck
{
    public override HealthFault Unanswered { get; } = HealthFault.Failing(
        "データベースを読み出せません。",
        "データディレクトリの状態とログを確認してください。",
        "The database cannot be read.",
        "See to the data directory and the log.");

    protected override async Task<IReadOnlyList<HealthFault>> FindAsync(CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await db.HistoryRecords.AsNoTracking().OrderByDescending(r => r.Sequence).Select(r => r.Sequence).FirstOrDefaultAsync(cancellation);
        return [];
    }
}
