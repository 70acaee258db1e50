namespace DensaiAdmin.Web.Sessions;

/// <summary>Words of what a session says of itself: its coming end, too many pages.</summary>
public sealed class SessionsText;
