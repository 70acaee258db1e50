using DensaiAdmin.Core.Acts;

namespace DensaiAdmin.Web.Hosting.HealthChecks;

/// <summary>Whether an act can be made durable: the write lock is taken, a write committed and flushed, which is what every act needs.</summary>
internal sealed class WriterCheck(ActWriter acts) : FaultCheck
{
    public override HealthFault Unanswered { get; } = HealthFault.Failing(
        "データベースに書き込めません。",
        "データディレクトリの空き容量と権限を確認してください。",
        "The database cannot be written.",
        "See to the free space and the permissions of the data directory.");

    protected override async Task<IReadOnlyList<HealthFault>> FindAsync(CancellationToken cancellation)
    {
        await acts.ProbeAsync(cancellation);
        return [];
    }
}
