using System.Globalization;

namespace DensaiAdmin.Web.Shared;

/// <summary>Marks what stays Japanese on a page in another language, so that it is read aloud as Japanese.</summary>
internal static class Spoken
{
    /// <summary>For the lang attribute of names and times: "ja" on a page that is not Japanese, else nothing.</summary>
    public static string? Japanese => CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "ja" ? null : "ja";
}
