using DensaiAdmin.Web.Shared;
using Microsoft.AspNetCore.Localization;

namespace DensaiAdmin.Web.Layout;

/// <summary>The header's language link: writes the culture cookie and returns to the page it stands on.</summary>
internal static class LanguageEndpoint
{
    public const string Route = "/language";

    public const string Cookie = "__Host-densai-language";

    public static readonly string[] Languages = ["ja", "en"];

    public static string NameOf(string language) => language == "en" ? "English" : "日本語";

    public static string Href(string language, string returnUrl) =>
        $"{Route}?culture={language}&returnUrl={Uri.EscapeDataString(returnUrl)}";

    public static IResult Switch(HttpContext context, string? culture, string? returnUrl)
    {
        if (Languages.Contains(culture, StringComparer.Ordinal))
        {
            context.Response.Cookies.Append(
                Cookie,
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

        return Results.LocalRedirect(LocalAddress.Read(returnUrl) ?? Urls.Home);
    }
}
