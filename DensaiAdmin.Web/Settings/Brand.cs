using DensaiAdmin.Core;

namespace DensaiAdmin.Web.Settings;

/// <summary>
/// Words of the two tabs that lead to the bank's other services. Section <c>Institution:Tabs</c>; unset, the manual's words.
/// </summary>
public sealed class TabOptions
{
    public const string Section = "Institution:Tabs";

    [SettingText(SettingKind.Line, MaxLength = 20)]
    public string? Densai { get; init; }

    [SettingText(SettingKind.Line, MaxLength = 20)]
    public string? Gaitame { get; init; }
}

/// <summary>Names shown in header and footer, beside those that <see cref="InstitutionOptions"/> has. Section <c>Institution</c>.</summary>
public sealed class BrandOptions
{
    public const string Section = InstitutionOptions.Section;

    /// <summary>Beside the bank's name in the header. Unset: the name of the service.</summary>
    [SettingText(SettingKind.Line, MaxLength = 60)]
    public string? ConsoleName { get; init; }

    /// <summary>In the footer. Unset: <c>Copyright(C)</c> and the bank's name.</summary>
    [SettingText(SettingKind.Line)]
    public string? Copyright { get; init; }

    /// <summary>Address of the printed manual; no link is shown without one.</summary>
    [SettingText(SettingKind.HttpsAddress)]
    public string? ManualAddress { get; init; }

    /// <summary>Whom to ask, as a sentence or two; null shows our own words in the reader's language.</summary>
    [SettingText(SettingKind.Line)]
    public string? ContactText { get; init; }

    public TabOptions Tabs { get; init; } = new();
}

/// <summary>Names shown in header and footer, as the screens need them.</summary>
public sealed record Brand(
    string BankName, string ConsoleName, string Copyright, string? ManualAddress, string? ContactText, TabOptions Tabs,
    ContactOptions Contact)
{
    /// <summary>
    /// What the demo bank calls its console and writes into the footer; Production never shows either unless it is set so.
    /// </summary>
    internal static readonly IReadOnlyDictionary<string, string?> Demo = new Dictionary<string, string?>(StringComparer.Ordinal)
    {
        ["Institution:ConsoleName"] = "でんさいサービス・外為Web",
        ["Institution:Copyright"] = "Copyright(C) 2013 North Pacific Bank,LTD. All rights reserved",
        ["Institution:Contact:Telephone"] = "0120-000-000",
        ["Institution:Contact:Hours"] = "9時から17時まで（銀行休業日を除く）",
        ["Institution:Contact:Address"] = "札幌市中央区大通西三丁目",
    };

    internal static Brand From(IConfiguration configuration)
    {
        var institution = configuration.GetSection(InstitutionOptions.Section).Get<InstitutionOptions>() ?? new();
        var set = configuration.GetSection(BrandOptions.Section).Get<BrandOptions>() ?? new();
        return new(
            institution.BankName,
            Given(set.ConsoleName) ?? institution.ServiceName,
            Given(set.Copyright) ?? $"Copyright(C) {institution.BankName}",
            Given(set.ManualAddress),
            Given(set.ContactText),
            set.Tabs,
            institution.Contact);
    }

    private static string? Given(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;
}
