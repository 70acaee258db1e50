namespace DensaiAdmin.Web.Announcements;

/// <summary>Words of this room's screens.</summary>
public sealed class AnnouncementsText;
