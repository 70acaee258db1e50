using DensaiAdmin.Core.Mail;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Web.Shared;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Web.Health;

/// <summary>
/// Whether mails wait too long, or cannot be made or sent for what they are. A relay that is down must not take every node out of the
/// balancer.
/// </summary>
internal sealed class OldMailCheck(
    IDbContextFactory<DensaiDbContext> contexts, QueueOwedMails owed, IEnumerable<IHostedService> services, TimeProvider clock) : FaultCheck
{
    private static readonly TimeSpan Oldest = TimeSpan.FromHours(1);

    public override HealthFault Unanswered { get; } = HealthFault.Warning(
        "送信待ちのメールを確認できません。",
        "データベースの状態とログを確認してください。",
        "The mails that wait cannot be looked at.",
        "See to the database and the log.");

    protected override async Task<IReadOnlyList<HealthFault>> FindAsync(CancellationToken cancellation)
    {
        var late = clock.GetUtcNow() - Oldest;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var waits = await db.OutboxMails.AsNoTracking()
            .AnyAsync(m => m.SentAt == null && m.FailedAt == null && m.WithdrawnAt == null && m.CreatedAt < late, cancellation);
        var faults = new List<HealthFault>();
        if (waits)
        {
            faults.Add(HealthFault.Warning(
                "1時間以上送信できていないメールがあります。", "Mail:Transport の設定とメールサーバを確認してください。",
                "Mails have waited for more than an hour.", "See to the settings Mail:* and to the mail server."));
        }

        var unsendable = services.OfType<MailSender>().SingleOrDefault()?.Unsendable ?? 0;
        if (unsendable > 0)
        {
            faults.Add(HealthFault.Warning(
                $"内容に問題があり送信を見合わせたメールが {unsendable} 件あります。", "送信履歴とログを確認し、宛先の方に別の方法でお知らせください。",
                $"{unsendable} mails were set aside because they cannot be sent themselves.",
                "See 送信履歴 and the log, and tell their recipients by other means."));
        }

        if (owed.SetAside is > 0 and var unmade)
        {
            faults.Add(HealthFault.Warning(
                $"メールを作成できなかった操作の記録が {unmade} 件あります。", "操作履歴とログを確認し、宛先の方に別の方法でお知らせください。",
                $"The mails of {unmade} records of the history could not be made.",
                "See the history and the log, and tell their recipients by other means."));
        }

        return faults;
    }
}
