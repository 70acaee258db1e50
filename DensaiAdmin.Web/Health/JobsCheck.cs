using DensaiAdmin.Core;
using DensaiAdmin.Web.Shared;

namespace DensaiAdmin.Web.Health;

/// <summary>Which jobs in the background do not work. What that keeps from being served, other checks say.</summary>
internal sealed class JobsCheck(IEnumerable<IHostedService> services) : FaultCheck
{
    public override HealthFault Unanswered { get; } = HealthFault.Warning(
        "バックグラウンド処理を確認できません。",
        "ログを確認してください。",
        "The jobs in the background cannot be looked at.",
        "See the log.");

    protected override Task<IReadOnlyList<HealthFault>> FindAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<HealthFault>>(
        [
            .. from job in services.OfType<BackgroundJob>()
               let fault = job.Fault
               where fault is not null
               let since = JapanTime.Format(fault.Since)
               let kind = fault.Cause.GetType().Name
               select HealthFault.Warning(
                   $"バックグラウンド処理「{job.Title.Japanese}」が {since} から失敗しています({kind})。",
                   "自動的に再試行しています。続く場合はログを確認してください。",
                   $"The job \"{job.Title.English}\" has failed since {since} (JST) ({kind}).",
                   "It is tried again by itself; if it goes on failing, see the log."),
        ]);
}
