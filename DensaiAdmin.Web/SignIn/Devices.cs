using Microsoft.Extensions.Localization;

namespace DensaiAdmin.Web.SignIn;

/// <summary>What a browser called itself, in words that its owner knows: browser and system, without the versions.</summary>
internal static class Devices
{
    // In this order: each of them also calls itself what stands further down.
    private static readonly (string Mark, string Name)[] Browsers =
    [
        ("Edg", "Microsoft Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
    ];

    private static readonly (string Mark, string Name)[] Systems =
    [
        ("Windows", "Windows"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"),
        ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
    ];

    /// <summary>「Chrome（Windows）」; what is not known is said so.</summary>
    public static string Of(string? userAgent, IStringLocalizer<SignInText> text) =>
        userAgent is null ? "-" : (Name(Browsers, userAgent), Name(Systems, userAgent)) switch
        {
            ({ } browser, { } system) => text["Device", browser, system],
            ({ } one, null) => one,
            (null, { } one) => one,
            _ => text["Device_Unknown"],
        };

    private static string? Name((string Mark, string Name)[] known, string userAgent) =>
        known.FirstOrDefault(k => userAgent.Contains(k.Mark, StringComparison.Ordinal)).Name;
}
