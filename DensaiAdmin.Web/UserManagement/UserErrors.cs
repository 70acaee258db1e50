using DensaiAdmin.Core;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Web.Shared;
using Microsoft.Extensions.Localization;

namespace DensaiAdmin.Web.UserManagement;

/// <summary>Turns what Core refuses into words at the fields.</summary>
internal static class UserErrors
{
    public static ErrorReport Of(
        IReadOnlyList<UserDataFault> faults, IStringLocalizer<UsersText> text, IStringLocalizer<SharedText> shared,
        InstitutionOptions institution) => new(
        text["Error_Heading"],
        [.. faults.Select(fault => UserDataWords.Of(fault, shared, institution))],
        ErrorCodes.Of(faults[0]));
}
