using DensaiAdmin.Web.Shared;
using Microsoft.Extensions.Localization;

namespace DensaiAdmin.Web.Revocation;

/// <summary>What the three screens of the wizard have in common.</summary>
internal static class RevocationSteps
{
    public static IReadOnlyList<string> Names(IStringLocalizer<RevocationText> text) =>
        [text["Step_Choose"], text["Step_Confirm"], text["Step_Done"]];

    public static IReadOnlyList<Crumb> Crumbs(IStringLocalizer<RevocationText> text, IStringLocalizer<SharedText> shared) =>
    [
        new(shared["Tab_Home"], Urls.Home),
        new(shared["Tab_Management"], Urls.Management),
        new(shared["Crumb_Users"], Urls.Users),
        new(text["Crumb"]),
    ];
}
