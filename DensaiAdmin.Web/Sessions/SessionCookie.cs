using DensaiAdmin.Web.Settings;

namespace DensaiAdmin.Web.Sessions;

/// <summary>
/// The cookie that names a session, one name for each origin: two origins on one host share one cookie jar, and a session is worth
/// nothing on the other origin.
/// </summary>
internal static class SessionCookie
{
    // 32 octets in base64url; anything else was never one of ours and needs no query.
    private const int TokenLength = 43;

    private static CookieOptions Options => new()
    {
        Secure = true,
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Path = "/",
        IsEssential = true,
    };

    /// <summary>The token that this request names on its own origin, or null.</summary>
    public static string? Read(HttpContext context) =>
        NameOf(context.RequestOrigin()) is { } name && context.Request.Cookies[name] is { Length: TokenLength } token ? token : null;

    public static void Write(HttpContext context, string token) => context.Response.Cookies.Append(Name(context), token, Options);

    public static void Delete(HttpContext context) => context.Response.Cookies.Delete(Name(context), Options);

    private static string Name(HttpContext context) =>
        NameOf(context.RequestOrigin()) ?? throw new InvalidOperationException("No session lives on this origin.");

    private static string? NameOf(Origin? origin) => origin switch
    {
        Origin.Public => "__Host-densai-public",
        Origin.Certificate => "__Host-densai-cert",
        Origin.Pki or null => null,
    };
}
