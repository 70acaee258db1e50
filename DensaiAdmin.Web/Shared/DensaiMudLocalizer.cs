using System.Globalization;
using Microsoft.Extensions.Localization;
using MudBlazor;

namespace DensaiAdmin.Web.Shared;

/// <summary>Gives MudBlazor Japanese words. In any other language it answers "not found", and MudBlazor falls back to English.</summary>
internal sealed class DensaiMudLocalizer(IStringLocalizer<MudBlazorText> text) : MudLocalizer
{
    public override LocalizedString this[string key] =>
        IsJapanese ? text[key] : new LocalizedString(key, key, resourceNotFound: true);

    private static bool IsJapanese => CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "ja";
}
