namespace DensaiAdmin.Web.Users;

/// <summary>The entries of BRSK001.</summary>
public enum UsersTask
{
    Password,
    Accounts,
    Suspension,
    Revocation,
}
