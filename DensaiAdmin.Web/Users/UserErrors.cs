using System.Globalization;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Web.Shared;
using Microsoft.Extensions.Localization;

namespace DensaiAdmin.Web.Users;

/// <summary>Turns what Core refuses into words at the fields.</summary>
internal static class UserErrors
{
    public static string Code(UserRefusal refusal) => string.Create(CultureInfo.InvariantCulture, $"E-BRSK-{60 + (int)refusal:0000}");

    public static ErrorReport Of(IReadOnlyList<UserDataFault> faults, IStringLocalizer<UsersText> text, IStringLocalizer<SharedText> shared, InstitutionOptions institution) => new(
        text["Error_Heading"],
        [.. faults.Select(fault => UserDataWords.Of(fault, shared, institution))],
        string.Create(CultureInfo.InvariantCulture, $"E-BRSK-{50 + (int)faults[0]:0000}"));
}
