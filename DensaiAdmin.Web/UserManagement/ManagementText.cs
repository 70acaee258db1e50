namespace DensaiAdmin.Web.UserManagement;

/// <summary>Words of this room's screens.</summary>
public sealed class ManagementText;
