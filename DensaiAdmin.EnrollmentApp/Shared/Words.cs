using System.Globalization;
using System.Resources;

namespace DensaiAdmin.EnrollmentApp.Shared;

/// <summary>Every text a person reads here, in the current UI language: Japanese unless English was chosen.</summary>
internal static class Words
{
    public static readonly CultureInfo Japanese = CultureInfo.GetCultureInfo("ja");
    public static readonly CultureInfo English = CultureInfo.GetCultureInfo("en");

    private static readonly ResourceManager Text = new("DensaiAdmin.EnrollmentApp.Shared.AppText", typeof(Words).Assembly);

    public static bool IsEnglish => CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "en";

    public static string Of(string key) => TryOf(key) ?? throw new MissingManifestResourceException($"No words for {key}");

    public static string Of(string key, params object[] values) => string.Format(CultureInfo.InvariantCulture, Of(key), values);

    /// <summary>With a number: English has a singular of its own, under the key with <c>_One</c>.</summary>
    public static string Counted(string key, double count) => Of(count == 1 ? key + "_One" : key, count);

    public static string List(IEnumerable<string> items) => string.Join(Of("List_Comma"), items);

    public static string? TryOf(string key) => Text.GetString(key, IsEnglish ? English : Japanese);
}
