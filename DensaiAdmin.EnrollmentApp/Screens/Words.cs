using System.Globalization;
using System.Resources;

namespace DensaiAdmin.EnrollmentApp.Screens;

/// <summary>Every word a person reads here, in the language of the moment: Japanese unless English was chosen.</summary>
internal static class Words
{
    public static readonly CultureInfo Japanese = CultureInfo.GetCultureInfo("ja");
    public static readonly CultureInfo English = CultureInfo.GetCultureInfo("en");

    private static readonly ResourceManager Text = new("DensaiAdmin.EnrollmentApp.Screens.AppText", typeof(Words).Assembly);

    public static bool IsEnglish => CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "en";

    public static string Of(string key) => TryOf(key) ?? throw new MissingManifestResourceException($"No words for {key}");

    public static string Of(string key, params object[] named) => string.Format(CultureInfo.InvariantCulture, Of(key), named);

    /// <summary>With its number, which English says of one in another way than of more.</summary>
    public static string Counted(string key, double count) => Of(count == 1 ? key + "_One" : key, count);

    public static string? TryOf(string key) => Text.GetString(key, IsEnglish ? English : Japanese);
}
