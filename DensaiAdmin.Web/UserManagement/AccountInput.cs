namespace DensaiAdmin.Web.UserManagement;

/// <summary>What the fields of BRSK006 hold.</summary>
public sealed class AccountInput
{
    public string LoginId { get; set; } = "";

    public string Name { get; set; } = "";

    public string MailAddress { get; set; } = "";
}
