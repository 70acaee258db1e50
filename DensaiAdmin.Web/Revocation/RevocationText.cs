namespace DensaiAdmin.Web.Revocation;

/// <summary>Words of this room's screens.</summary>
public sealed class RevocationText;
