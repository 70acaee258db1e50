namespace DensaiAdmin.Web.Notices;

/// <summary>Words of this room's screens.</summary>
public sealed class NoticesText;
