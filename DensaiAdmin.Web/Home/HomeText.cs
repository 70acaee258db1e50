namespace DensaiAdmin.Web.Home;

/// <summary>Words of this room's screens.</summary>
public sealed class HomeText;
