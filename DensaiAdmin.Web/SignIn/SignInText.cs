namespace DensaiAdmin.Web.SignIn;

/// <summary>Words of the login screens.</summary>
public sealed class SignInText;
