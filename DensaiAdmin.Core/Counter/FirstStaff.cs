using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;

namespace DensaiAdmin.Core.Counter;

/// <summary>
/// A bank's first operators cannot be vouched for by others. That ends, for good, once two operators have set passwords of their own:
/// nobody opens it again by having their passwords re-issued.
/// </summary>
internal static class FirstStaff
{
    private const int Enough = 2;

    /// <summary>Whether from now on two operators must agree.</summary>
    public static bool IsOver(DensaiDbContext db) => WhoSetOwnPasswords(db).Count >= Enough;

    /// <summary>Whether this operator ever set passwords of their own.</summary>
    public static bool HasSetOwnPasswords(DensaiDbContext db, User staff) => WhoSetOwnPasswords(db).Contains(staff.Id);

    private static HashSet<long> WhoSetOwnPasswords(DensaiDbContext db)
    {
        var own = db.Users
            .Where(u => (u.Role == UserRole.CounterClerk || u.Role == UserRole.CounterApprover) && u.OneTimePasswordExpiresAt == null)
            .Select(u => u.Id).ToHashSet();
        // Whoever had theirs re-issued since: only staff have records of no company that are about a password.
        own.UnionWith(db.HistoryRecords
            .Where(r => r.CompanyId == null
                && r.Operation == HistoryOperation.PasswordChange
                && r.Result == HistoryResult.Done
                && r.TargetUserId != null)
            .Select(r => r.TargetUserId!.Value));
        return own;
    }
}
