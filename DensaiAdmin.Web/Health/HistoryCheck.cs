using DensaiAdmin.Core.History;
using DensaiAdmin.Web.Shared;

namespace DensaiAdmin.Web.Health;

/// <summary>Whether the operation history still hangs together, as the last walk along it found.</summary>
internal sealed class HistoryCheck(HistoryWatch history) : FaultCheck
{
    public override HealthFault Unanswered { get; } = HealthFault.Failing(
        "操作履歴が製品の外で変更されています。",
        "audit verify を実行して場所を確かめ、正しいバックアップを戻して reconcile を実行してください。",
        "The operation history was changed behind the product's back.",
        "Run audit verify to learn where, restore a good backup and run reconcile.");

    protected override Task<IReadOnlyList<HealthFault>> FindAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<HealthFault>>(history.Last is { IsIntact: false } ? [Unanswered] : []);
}
