namespace DensaiAdmin.Web.UserManagement;

/// <summary>The entries of BSSK001.</summary>
public enum ManagementTask
{
    Company,
    Users,
    History,
    Mails,
}
