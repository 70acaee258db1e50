using DensaiAdmin.Core.Authority;
using DensaiAdmin.Web.Shared;

namespace DensaiAdmin.Web.Health;

/// <summary>Whether store, newest CRL and anchor say the same of what is revoked.</summary>
internal sealed class DisagreementCheck(CrlPublisher crls) : FaultCheck
{
    public override HealthFault Unanswered { get; } = HealthFault.Failing(
        "データベースと、公開した CRL またはアンカーファイルの失効の記録が食い違っています。",
        "サーバを停止し、データベースが製品の外で変更されていないか確認したうえで、正しいバックアップを戻して reconcile を実行してください。",
        "The store denies revocations or CRLs that were published or anchored.",
        "Stop the server, find out who changed the database, restore a good backup and run reconcile.");

    protected override Task<IReadOnlyList<HealthFault>> FindAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<HealthFault>>(crls.Disagreements.Count == 0 ? [] : [Unanswered]);
}
