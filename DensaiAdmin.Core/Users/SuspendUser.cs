using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;

namespace DensaiAdmin.Core.Users;

/// <summary>利用者停止 (R21): the certificate stays, the user is let in no more.</summary>
internal static class SuspendUser
{
    public static UserActOutcome.Done Run(UserAct act, User target, SessionWatch sessions)
    {
        target.Suspend(act.Work.Now);
        var receipt = act.Receipt(UserOperationKind.Suspend, target);
        receipt.SessionsEnded = sessions.EndAll(act.Work, target.Id, SessionEndReason.UserSuspended);
        return act.Finish(receipt, target, "suspended");
    }
}
