namespace DensaiAdmin.Web.Renewal;

/// <summary>Words of this room's screens.</summary>
public sealed class RenewalText;
