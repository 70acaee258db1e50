using DensaiAdmin.Core.Store;
using DensaiAdmin.Web.Shared;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Web.Health;

/// <summary>Whether users have mail addresses at which nobody is.</summary>
internal sealed class DeadAddressCheck(IDbContextFactory<DensaiDbContext> contexts) : FaultCheck
{
    public override HealthFault Unanswered { get; } = HealthFault.Warning(
        "届かないメールアドレスを確認できません。",
        "データベースの状態とログを確認してください。",
        "The dead mail addresses cannot be looked at.",
        "See to the database and the log.");

    protected override TimeSpan Standing => TimeSpan.FromMinutes(1);

    protected override async Task<IReadOnlyList<HealthFault>> FindAsync(CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var dead = await db.DeadAddresses.AsNoTracking()
            .CountAsync(d => db.Users.Any(u => u.DeletedAt == null && u.MailAddress == d.Address), cancellation);
        return dead == 0 ? [] :
        [
            HealthFault.Warning(
                $"届かないメールアドレスが {dead} 件あります。", "該当する企業のマスターユーザに、利用者のメールアドレスの変更を依頼してください。",
                $"{dead} mail addresses are dead.", "Ask the masters of these companies to correct the addresses of their users."),
        ];
    }
}
