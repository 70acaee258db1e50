namespace DensaiAdmin.Web.Services;

/// <summary>Words of this room's screens.</summary>
public sealed class ServicesText;
