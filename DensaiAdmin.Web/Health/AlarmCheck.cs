using DensaiAdmin.Core;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Web.Shared;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Web.Health;

/// <summary>Alarms of the last days. They stay in the history; here they are shown until somebody must have seen them.</summary>
internal sealed class AlarmCheck(IDbContextFactory<DensaiDbContext> contexts, TimeProvider clock) : FaultCheck
{
    public override HealthFault Unanswered { get; } = HealthFault.Warning(
        "警報の有無を確認できません。",
        "データベースの状態とログを確認してください。",
        "The alarms cannot be looked at.",
        "See to the database and the log.");

    protected override async Task<IReadOnlyList<HealthFault>> FindAsync(CancellationToken cancellation)
    {
        var since = clock.GetUtcNow() - Alarms.ShownFor;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var raised = await db.Alarms.AsNoTracking().Where(a => a.RaisedAt >= since)
            .GroupBy(a => a.Kind).Select(g => new { Kind = g.Key, Count = g.Count(), Last = g.Max(a => a.RaisedAt) }).OrderBy(a => a.Kind)
            .ToListAsync(cancellation);
        return [.. raised.Select(a => Warning(a.Kind, a.Count, JapanTime.Format(a.Last)))];
    }

    private static HealthFault Warning(AlarmKind kind, int count, string last)
    {
        var (cause, remedy, englishCause, englishRemedy) = kind switch
        {
            AlarmKind.KeyCompromise => (
                "認証局が署名し、発行の記録がない電子証明書が使われました", "認証局の鍵の管理者に連絡し、ログの ALARM の行と操作履歴で証明書を確認してください。",
                "certificates that our CA signed and the inventory does not have were shown",
                "Call those who keep the CA's key, and see the ALARM lines of the log for the certificates."),
            AlarmKind.ForeignCircuit => (
                "他のセッションの画面への接続が試みられました", "ログの ALARM の行で接続元を確認してください。",
                "somebody tried to take over another session's page", "See the ALARM lines of the log for where it came from."),
            AlarmKind.Clock => (
                "サーバの時計の異常がありました", "サーバの時刻同期（NTP）を確認してください。",
                "the server's clock was not to be trusted", "See to the server's time synchronization (NTP)."),
            AlarmKind.StoreDisagreement => (
                "データベースと CRL・アンカーファイルの記録が食い違いました", "データベースが製品の外で変更されていないか確認し、audit verify を実行してください。",
                "store, CRL and anchor file disagreed",
                "Find out who changed the database behind the product's back, and run audit verify."),
            AlarmKind.BreakGlass => (
                "行員1名による緊急の操作がありました", "操作履歴で内容を確認し、必要な承認を受けてください。",
                "an operator acted alone", "See the history for what was done, and have it approved."),
        };
        return HealthFault.Warning(
            $"警報が {count} 件あります（最新 {last}）：{cause}。", remedy,
            $"{count} alarms (the last at {last} JST): {englishCause}.", englishRemedy);
    }
}
