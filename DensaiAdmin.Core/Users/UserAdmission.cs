using DensaiAdmin.Core.Acts;
using DensaiAdmin.Core.Companies;

namespace DensaiAdmin.Core.Users;

/// <summary>
/// The one way in which a user of a company comes into being, whoever asks for it: never more than the contract allows, masters included
/// and deleted ones not.
/// </summary>
internal static class UserAdmission
{
    /// <summary>Whether the contract allows no more users.</summary>
    public static bool IsFull(DensaiDbContext db, Company company) =>
        db.Users.Count(u => u.CompanyId == company.Id && u.DeletedAt == null) >= company.MostUsers;

    /// <summary>Stores a new user, so that it has its key.</summary>
    /// <param name="act">The act that asks for it: what it counts cannot change before it commits.</param>
    /// <param name="company">Whose user it becomes.</param>
    /// <param name="user">Not stored yet.</param>
    /// <returns>False, and nothing stored, when the contract allows no more.</returns>
    public static bool TryAdd(Act act, Company company, User user)
    {
        if (IsFull(act.Db, company))
        {
            return false;
        }

        act.Db.Users.Add(user);
        act.Db.SaveChanges();
        return true;
    }
}
