namespace DensaiAdmin.Web.ExpiryNotices;

/// <summary>Words of this room's screens.</summary>
public sealed class RenewalText;
