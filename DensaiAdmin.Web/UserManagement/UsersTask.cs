namespace DensaiAdmin.Web.UserManagement;

/// <summary>The entries of BRSK001.</summary>
public enum UsersTask
{
    Password,
    Accounts,
    Suspension,
    Revocation,
}
