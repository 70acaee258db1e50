namespace DensaiAdmin.Web.PasswordChange;

/// <summary>Words of this room's screens.</summary>
public sealed class PasswordChangeText;
