using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;

namespace DensaiAdmin.Core.Users;

/// <summary>
/// The one way in which a user of a company comes into being, whoever asks for it: never more than the contract allows, masters included
/// and deleted ones not.
/// </summary>
internal static class UserAdmission
{
    /// <summary>Whether the contract allows no more users.</summary>
    public static bool IsFull(DensaiDbContext db, Company company) =>
        db.Users.Count(u => u.CompanyId == company.Id && u.DeletedAt == null) >= company.MaxUsers;

    /// <summary>Stores a new user, so that it has its key.</summary>
    /// <param name="work">The act that asks for it: what it counts cannot change before it commits.</param>
    /// <param name="company">Whose user it becomes.</param>
    /// <param name="user">Not stored yet.</param>
    /// <returns>False, and nothing stored, when the contract allows no more.</returns>
    public static bool TryAdd(UnitOfWork work, Company company, User user)
    {
        if (IsFull(work.Db, company))
        {
            return false;
        }

        work.Db.Users.Add(user);
        work.Db.SaveChanges();
        return true;
    }
}
