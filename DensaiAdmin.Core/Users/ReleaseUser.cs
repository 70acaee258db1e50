using DensaiAdmin.Core.Registry;

namespace DensaiAdmin.Core.Users;

/// <summary>利用者停止解除 (R21).</summary>
internal static class ReleaseUser
{
    /// <param name="act">The act.</param>
    /// <param name="target">Its newest certificate must be at hand.</param>
    /// <param name="locks">Paths on which a password of the user is locked now.</param>
    public static UserActOutcome.Done Run(UserAct act, User target, IReadOnlyCollection<PasswordPath> locks)
    {
        target.Release();
        var receipt = act.Receipt(UserOperationKind.Release, target);
        // What still keeps the user out.
        receipt.Detail = NextSteps.CauseOf(
            target, act.Work.Db.Companies.Single(c => c.Id == target.CompanyId).AuthenticationMethod, locks, act.Work.Now)?.ToString();
        return act.Finish(receipt, target, "released", receipt.Detail);
    }
}
