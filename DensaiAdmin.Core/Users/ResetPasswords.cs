using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;

namespace DensaiAdmin.Core.Users;

/// <summary>初期パスワードの再発行: both passwords are no more, and whoever came with them is out.</summary>
internal static class ResetPasswords
{
    public static UserActOutcome.Done Run(
        UserAct act, User target, InitialPassword initial, AttemptPolicy attempts, SessionWatch sessions)
    {
        var expiresAt = act.Work.Now + OneTimePassword.Validity;
        target.ResetPasswords(initial.Login, initial.Confirmation, expiresAt);
        attempts.Release(act.Work, target.CanonicalLoginId);
        var receipt = act.Receipt(UserOperationKind.ResetPassword, target);
        receipt.InitialPasswordExpiresAt = expiresAt;
        receipt.SessionsEnded = sessions.EndAll(act.Work, target.Id, SessionEndReason.PasswordChanged);
        return act.Finish(receipt, target, "initial-password-given");
    }
}
