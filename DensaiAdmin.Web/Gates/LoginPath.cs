using DensaiAdmin.Web.Settings;
using DensaiAdmin.Web.Shared;

namespace DensaiAdmin.Web.Gates;

/// <summary>The way to BLGI002 and back to the page that was asked for.</summary>
internal static class LoginPath
{
    public const string Login = "/login";
    public const string ReturnUrl = "ReturnUrl";

    /// <summary>BLGI001, on the public origin: where ログアウト leads.</summary>
    public static string Entrance(EndpointOptions endpoints) => new Uri(endpoints.Public, Login).ToString();

    /// <summary>Where a request without a session is sent. Only a page that was opened can be returned to.</summary>
    public static string For(HttpContext context)
    {
        var request = context.Request;
        var asked = request.Path + request.QueryString.ToString();
        return HttpMethods.IsGet(request.Method) && asked != "/" && asked.Length < 1000
            ? $"{Login}?{ReturnUrl}={Uri.EscapeDataString(asked)}"
            : Login;
    }

    /// <summary>The address to go to after login: the one asked for when it lies on this origin, else home.</summary>
    public static string After(string? returnUrl) =>
        LocalAddress.Read(returnUrl) is { } local && !local.StartsWith(Login, StringComparison.OrdinalIgnoreCase) ? local : Urls.Home;
}
