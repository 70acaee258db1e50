namespace DensaiAdmin.Web.Users;

/// <summary>Words of this room's screens.</summary>
public sealed class UsersText;
