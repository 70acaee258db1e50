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

    public static ErrorReport Of(IReadOnlyList<UserDataFault> faults, IStringLocalizer<UsersText> text, InstitutionOptions institution) => new(
        text["Error_Heading"],
        [.. faults.Select(fault => new FieldError(Words(fault, text, institution), Field(fault)))],
        string.Create(CultureInfo.InvariantCulture, $"E-BRSK-{50 + (int)faults[0]:0000}"));

    // A taken ID is said as an unusable one: what another company's users are called is not for telling.
    private static string Words(UserDataFault fault, IStringLocalizer<UsersText> text, InstitutionOptions institution) => fault switch
    {
        UserDataFault.LoginIdTooLong => text["Fault_LoginIdTooLong", DensaiAdmin.Core.Users.LoginId.MostCharactersOfNew(institution)],
        UserDataFault.NameTooLong => text["Fault_NameTooLong", UserData.MostNameCharacters],
        _ => text["Fault_" + fault],
    };

    private static string Field(UserDataFault fault) => fault switch
    {
        UserDataFault.LoginIdEmpty or UserDataFault.LoginIdNotUsable or UserDataFault.LoginIdTooLong or UserDataFault.LoginIdTaken => "login-id",
        UserDataFault.NameEmpty or UserDataFault.NameNotUsable or UserDataFault.NameTooLong => "name",
        UserDataFault.MailAddressEmpty or UserDataFault.MailAddressNotUsable => "mail",
    };
}
