using Microsoft.AspNetCore.Localization;

namespace DensaiAdmin.Web.Layout;

/// <summary>The header's language link: writes the culture cookie and returns to the page it stands on.</summary>
internal static class LanguageEndpoint
{
    public const string Route = "/language";

    public static readonly string[] Languages = ["ja", "en"];

    public static string NameOf(string language) => language == "en" ? "English" : "日本語";

    public static string Href(string language, string returnUrl) =>
        $"{Route}?culture={language}&returnUrl={Uri.EscapeDataString(returnUrl)}";

    /// <summary>
    /// True for a path on this very origin. Browsers read "//host" and "/\host" as another host, and drop tabs and
    /// line ends before they look, so any control character refuses too.
    /// </summary>
    public static bool IsLocal(string? url) =>
        url is ['/', ..] && url is not ['/', '/' or '\\', ..] && !url.Any(char.IsControl);

    public static IResult Switch(HttpContext context, string? culture, string? returnUrl)
    {
        if (Languages.Contains(culture, StringComparer.Ordinal))
        {
            context.Response.Cookies.Append(
                CookieRequestCultureProvider.DefaultCookieName,
                CookieRequestCultureProvider.MakeCookieValue(new RequestCulture(culture!)),
                new CookieOptions
                {
                    Path = "/",
                    Secure = true,
                    HttpOnly = true,
                    SameSite = SameSiteMode.Lax,
                    IsEssential = true,
                    MaxAge = TimeSpan.FromDays(365),
                });
        }

        return Results.LocalRedirect(IsLocal(returnUrl) ? returnUrl! : "/");
    }
}
