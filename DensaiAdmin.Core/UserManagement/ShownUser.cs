using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Users;

namespace DensaiAdmin.Core.UserManagement;

/// <summary>A user as a page showed it: what the next page acts on, or refuses when it changed meanwhile.</summary>
/// <param name="Data">Login ID, name and address.</param>
/// <param name="Role">利用者区分.</param>
/// <param name="IsSuspended">利用停止.</param>
/// <param name="Certificate">Serial of the newest certificate while it is not revoked; null without one.</param>
public sealed record ShownUser(UserData Data, UserRole Role, bool IsSuspended, SerialNumber? Certificate)
{
    /// <summary>The user as stored. Its newest certificate must be at hand.</summary>
    public static ShownUser Of(User user) => new(
        new(user.LoginId, user.Name, user.MailAddress), user.Role, user.SuspendedAt is not null,
        user.CurrentCertificate is { RevokedAt: null } certificate ? certificate.SerialNumber : null);

    /// <summary>What differs, in the order of the form.</summary>
    public IReadOnlyList<UserField> ChangedSince(ShownUser before)
    {
        var changed = new List<UserField>();
        Note(UserField.Name, Data.Name != before.Data.Name);
        Note(UserField.MailAddress, Data.MailAddress != before.Data.MailAddress);
        Note(UserField.Role, Role != before.Role);
        Note(UserField.Suspension, IsSuspended != before.IsSuspended);
        Note(UserField.Certificate, Certificate != before.Certificate);
        return changed;

        void Note(UserField field, bool differs)
        {
            if (differs)
            {
                changed.Add(field);
            }
        }
    }
}
