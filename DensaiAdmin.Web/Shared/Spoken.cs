using System.Globalization;
using DensaiAdmin.Core;
using Microsoft.AspNetCore.Components;

namespace DensaiAdmin.Web.Shared;

/// <summary>Marks what stays Japanese on a page in another language, so that it is read aloud as Japanese.</summary>
internal static class Spoken
{
    /// <summary>For the lang attribute of names and times: "ja" on a page that is not Japanese, else nothing.</summary>
    public static string? Japanese => CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "ja" ? null : "ja";

    /// <summary>The whole attribute, for HTML that is written as text.</summary>
    public static MarkupString AsJapanese => new(Japanese is null ? "" : " lang=\"ja\"");

    /// <summary>An hour inside a sentence, to the second: 8時59分59秒, or 8:59:59 (JST).</summary>
    public static string Hour(DateTimeOffset at) => CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "ja"
        ? JapanTime.FormatHour(at)
        : JapanTime.ToJst(at).ToString("H:mm:ss '(JST)'", CultureInfo.InvariantCulture);
}
