using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;

namespace DensaiAdmin.Core.Users;

/// <summary>パスワードのロック解除 (R14): every path, and failures that had not locked yet.</summary>
internal static class UnlockPasswords
{
    /// <param name="act">The act.</param>
    /// <param name="target">Whose passwords.</param>
    /// <param name="locks">Paths on which one is locked now.</param>
    /// <param name="attempts">Who counts.</param>
    public static UserActOutcome.Done Run(UserAct act, User target, IReadOnlyCollection<PasswordPath> locks, AttemptPolicy attempts)
    {
        attempts.Release(act.Work, target.CanonicalLoginId);
        var receipt = act.Receipt(UserOperationKind.Unlock, target);
        receipt.Detail = string.Join(',', locks);
        return act.Finish(receipt, target, "unlocked", receipt.Detail);
    }
}
