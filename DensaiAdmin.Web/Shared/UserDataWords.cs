using DensaiAdmin.Core;
using DensaiAdmin.Core.Users;
using Microsoft.Extensions.Localization;

namespace DensaiAdmin.Web.Shared;

/// <summary>What is wrong with 利用者情報, in the same words wherever it is entered, at the inputs "login-id", "name" and "mail".</summary>
internal static class UserDataWords
{
    public static FieldError Of(UserDataFault fault, IStringLocalizer<SharedText> text, InstitutionOptions institution) => new(
        fault switch
        {
            UserDataFault.LoginIdTooLong => text["Fault_LoginIdTooLong", DensaiAdmin.Core.Registry.LoginId.MaxCharactersOfNew(institution)],
            // A taken ID is said as an unusable one: what another company's users are called is not for telling.
            UserDataFault.LoginIdTaken => text["Fault_LoginIdNotUsable"],
            UserDataFault.NameTooLong => text["Fault_NameTooLong", UserData.MaxNameCharacters],
            _ => text["Fault_" + fault],
        },
        fault switch
        {
            UserDataFault.LoginIdEmpty or UserDataFault.LoginIdNotUsable or UserDataFault.LoginIdTooLong
                or UserDataFault.LoginIdTaken => "login-id",
            UserDataFault.NameEmpty or UserDataFault.NameNotUsable or UserDataFault.NameTooLong => "name",
            UserDataFault.MailAddressEmpty or UserDataFault.MailAddressNotUsable => "mail",
        });
}
