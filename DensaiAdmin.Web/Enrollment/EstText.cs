using System.Globalization;
using System.Resources;
using DensaiAdmin.Core.Enrollment;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Web.Shared;
using Microsoft.Net.Http.Headers;

namespace DensaiAdmin.Web.Enrollment;

/// <summary>Words of the EST answers. A program asks on a person's behalf, so the language is the request's and not a cookie's.</summary>
internal static class EstText
{
    private static readonly ResourceManager Words = new(typeof(EstText));
    private static readonly ResourceManager Pages = new(typeof(SharedText));
    private static readonly CultureInfo Ja = CultureInfo.GetCultureInfo("ja");
    private static readonly CultureInfo En = CultureInfo.GetCultureInfo("en");

    public static string Of(EnrollRefusal refusal, HttpRequest request) => Of(refusal.ToString(), request);

    public static string Of(string key, HttpRequest request) => Words.GetString(key, LanguageOf(request)) ?? key;

    /// <summary>Whom to ask, in the words of the pages.</summary>
    public static string Of(Helper helper, HttpRequest request) =>
        Pages.GetString("Helper_" + helper, LanguageOf(request)) ?? helper.ToString();

    public static string Japanese(string key) => Words.GetString(key, Ja) ?? key;

    public static string English(string key) => Words.GetString(key, En) ?? key;

    /// <summary>Japanese, unless Accept-Language puts English before it.</summary>
    internal static CultureInfo LanguageOf(HttpRequest request)
    {
        var (japanese, english) = (0.0, 0.0);
        foreach (var language in request.GetTypedHeaders().AcceptLanguage)
        {
            var quality = language.Quality ?? 1;
            japanese = IsOf(language, "ja") ? Math.Max(japanese, quality) : japanese;
            english = IsOf(language, "en") ? Math.Max(english, quality) : english;
        }

        return english > japanese ? En : Ja;
    }

    private static bool IsOf(StringWithQualityHeaderValue language, string primary) =>
        language.Value.Equals(primary, StringComparison.OrdinalIgnoreCase)
            || language.Value.StartsWith(primary + "-", StringComparison.OrdinalIgnoreCase);
}
