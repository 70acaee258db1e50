using System.Globalization;
using System.Resources;
using DensaiAdmin.Core.Enrollment;
using Microsoft.Net.Http.Headers;

namespace DensaiAdmin.Web.Enrollment;

/// <summary>Words of the EST answers. A program asks on a person's behalf, so the language is the request's and not a cookie's.</summary>
internal static class EstText
{
    private static readonly ResourceManager Words = new(typeof(EstText));
    private static readonly CultureInfo Japanese = CultureInfo.GetCultureInfo("ja");
    private static readonly CultureInfo English = CultureInfo.GetCultureInfo("en");

    public static string Of(EnrollRefusal refusal, HttpRequest request) => Of(refusal.ToString(), request);

    public static string Of(string key, HttpRequest request) => Words.GetString(key, LanguageOf(request)) ?? key;

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

        return english > japanese ? English : Japanese;
    }

    private static bool IsOf(StringWithQualityHeaderValue language, string primary) =>
        language.Value.Equals(primary, StringComparison.OrdinalIgnoreCase) || language.Value.StartsWith(primary + "-", StringComparison.OrdinalIgnoreCase);
}
