namespace DensaiAdmin.Web.Management;

/// <summary>Words of this room's screens.</summary>
public sealed class ManagementText;
