using DensaiAdmin.Core.Authority;
using DensaiAdmin.Web.Shared;

namespace DensaiAdmin.Web.Health;

/// <summary>Whether every CA has a CRL that has not passed its nextUpdate (RFC 5280 5.1.2.5).</summary>
internal sealed class CrlCheck(CrlPublisher crls, TimeProvider clock) : FaultCheck
{
    public override HealthFault Unanswered { get; } = HealthFault.Failing(
        "有効な CRL がありません。",
        "crl now を実行し、失敗する場合はログを確認してください。",
        "There is no valid CRL.",
        "Run the verb crl now; where it fails, see the log.");

    protected override Task<IReadOnlyList<HealthFault>> FindAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<HealthFault>>(crls.IsFreshAt(clock.GetUtcNow()) ? [] : [Unanswered]);
}
