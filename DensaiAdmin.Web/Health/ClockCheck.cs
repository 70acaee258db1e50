using DensaiAdmin.Core;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Web.Shared;

namespace DensaiAdmin.Web.Health;

/// <summary>Whether the clock is to be trusted (R26): while it is not, nobody is let in and nothing is signed.</summary>
internal sealed class ClockCheck(ClockGuard guard) : FaultCheck
{
    public override HealthFault Unanswered { get; } = HealthFault.Failing(
        "時計を確認できません。",
        "サーバーの時計とログを確認してください。",
        "The clock cannot be looked at.",
        "See to the server's clock and the log.");

    protected override Task<IReadOnlyList<HealthFault>> FindAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<HealthFault>>(Evaluate(guard.Read()) is { } fault ? [fault] : []);

    internal static HealthFault? Evaluate(ClockReading reading)
    {
        var (wall, expected) = (JapanTime.Format(reading.Wall), JapanTime.Format(reading.Expected));
        return reading.Standing switch
        {
            ClockStanding.Behind => HealthFault.Failing(
                $"サーバーの時計（{wall}）が、最後の記録（{expected}）より前を指しています。ログインと証明書の発行を止めています。",
                "時計を合わせてください。時計が正しく、最後の記録のほうが誤りなら、サーバーを停止して reconcile --clock を実行してください。",
                $"The server's clock ({wall} JST) stands before the latest record ({expected} JST): no login, no certificate.",
                "Set the clock right; where it is right and the latest record is wrong, stop the server and run reconcile --clock."),
            ClockStanding.Ahead => HealthFault.Failing(
                $"サーバーの時計が一度に {wall} まで進みました（正しくは {expected} ごろ）。ログインと証明書の発行を止めています。",
                "時計を合わせてください。進んだ時刻のほうが正しければ、サーバーを再起動してください。",
                $"The server's clock went forward to {wall} (JST) at once; it should be about {expected} (JST): no login, no certificate.",
                "Set the clock right; where the new time is the right one, start the server anew."),
            _ => null,
        };
    }
}
