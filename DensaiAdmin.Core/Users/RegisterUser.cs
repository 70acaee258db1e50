using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.Users;

/// <summary>利用者情報の新規登録: a general user of a company, with an initial password to hand over.</summary>
internal static class RegisterUser
{
    public static UserActOutcome Run(
        UserAct act, Company company, UserData data, InitialPassword initial, AttemptPolicy attempts, InstitutionOptions institution)
    {
        var work = act.Work;
        var faults = data.Faults(institution).ToList();
        if (faults.Count == 0
            && LoginId.Canonical(data.LoginId) is { } canonical
            && IsTaken(work.Db, canonical))
        {
            faults.Add(UserDataFault.LoginIdTaken);
        }

        if (faults.Count > 0)
        {
            return new UserActOutcome.NotUsable(faults);
        }

        var user = new User(
            company, data.LoginId, data.Name, data.MailAddress, UserRole.General, initial.Login, initial.Confirmation, work.Now);
        var expiresAt = work.Now + OneTimePassword.Validity;
        user.SetOneTimePassword(initial.Login, expiresAt);
        if (!UserAdmission.TryAdd(work, company, user))
        {
            return new UserActOutcome.LimitReached();
        }

        // Somebody may have tried the ID before it was given.
        attempts.Release(work, user.CanonicalLoginId);
        var receipt = act.Receipt(UserOperationKind.Register, user);
        receipt.InitialPasswordExpiresAt = expiresAt;
        return act.Finish(receipt, user, "registered", user.Name);
    }

    // Unique in the whole bank, and given once: also what another company's user has or had is taken.
    private static bool IsTaken(DensaiDbContext db, string canonicalLoginId) =>
        db.Users.IgnoreQueryFilters([DensaiDbContext.CompanyFilter]).Any(u => u.CanonicalLoginId == canonicalLoginId);
}
