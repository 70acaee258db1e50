using System.Globalization;
using System.Text;
using DensaiAdmin.Core.Registry;

namespace DensaiAdmin.Core.Users;

/// <summary>The fields of 利用者情報 that are entered, and what a change may touch.</summary>
public enum UserField
{
    /// <summary>ログインID: given once, never changed.</summary>
    LoginId,

    /// <summary>利用者名.</summary>
    Name,

    /// <summary>メールアドレス.</summary>
    MailAddress,

    /// <summary>利用停止.</summary>
    Suspension,

    /// <summary>電子証明書: issued, renewed or revoked.</summary>
    Certificate,

    /// <summary>利用者区分.</summary>
    Role,
}

/// <summary>What is wrong with what was entered.</summary>
public enum UserDataFault
{
    LoginIdEmpty,

    /// <summary>Characters that no login ID has, or that EST's credentials (RFC 7617) cannot carry.</summary>
    LoginIdNotUsable,

    /// <summary>More than fits into the common name of a certificate.</summary>
    LoginIdTooLong,

    /// <summary>
    /// Somebody has or had it. Said in the words of <see cref="LoginIdNotUsable"/>: nobody learns of another company's IDs.
    /// </summary>
    LoginIdTaken,

    NameEmpty,

    /// <summary>Characters that nobody sees.</summary>
    NameNotUsable,

    NameTooLong,

    MailAddressEmpty,

    /// <summary>See <see cref="MailAddressPolicy"/>.</summary>
    MailAddressNotUsable,
}

/// <summary>利用者情報 as it is entered, by a master or by whom it is about: login ID, name, mail address.</summary>
public sealed record UserData(string LoginId, string Name, string MailAddress)
{
    /// <summary>Most characters of a 利用者名, as a person counts them.</summary>
    public const int MaxNameCharacters = 100;

    // Far more than any of the three has.
    private const int MaxTyped = 1000;

    /// <summary>As it is stored: ID and address in half width, the name composed, nothing around them.</summary>
    public UserData Tidy() =>
        new(Fold(LoginId, NormalizationForm.FormKC), Fold(Name, NormalizationForm.FormC), MailAddressPolicy.Tidy(MailAddress));

    /// <summary>
    /// Everything that is wrong with a new user's data, in the order of the form. Whether the ID is free, only the store knows.
    /// </summary>
    public IReadOnlyList<UserDataFault> Faults(
        InstitutionOptions institution) => [.. LoginIdFault(institution) is { } fault ? [fault] : (UserDataFault[])[], .. FaultsOfChange()];

    /// <summary>Everything that is wrong with what a change may set.</summary>
    public IReadOnlyList<UserDataFault> FaultsOfChange()
    {
        var faults = new List<UserDataFault>();
        if (Name.Length == 0)
        {
            faults.Add(UserDataFault.NameEmpty);
        }
        else if (Name.EnumerateRunes().Any(IsUnseen))
        {
            faults.Add(UserDataFault.NameNotUsable);
        }
        else if (Name.Length > User.MaxNameUnits || new StringInfo(Name).LengthInTextElements > MaxNameCharacters)
        {
            faults.Add(UserDataFault.NameTooLong);
        }

        switch (MailAddressPolicy.Evaluate(MailAddress))
        {
            case null:
                break;
            case MailAddressFault.Empty:
                faults.Add(UserDataFault.MailAddressEmpty);
                break;
            default:
                faults.Add(UserDataFault.MailAddressNotUsable);
                break;
        }

        return faults;
    }

    private UserDataFault? LoginIdFault(InstitutionOptions institution) =>
        LoginId.Length == 0 ? UserDataFault.LoginIdEmpty
        : LoginId.Length > Registry.LoginId.MaxCharactersOfNew(institution) ? UserDataFault.LoginIdTooLong
        : LoginId.Contains(':', StringComparison.Ordinal) || Registry.LoginId.Canonical(LoginId) is null ? UserDataFault.LoginIdNotUsable
        : null;

    // Half a surrogate pair comes as the replacement character.
    private static bool IsUnseen(Rune rune) => rune == Rune.ReplacementChar
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.Surrogate;

    private static string Fold(string typed, NormalizationForm form)
    {
        if (typed.Length > MaxTyped)
        {
            return typed;
        }

        try
        {
            return typed.Trim().Normalize(form).Trim();
        }
        catch (ArgumentException)
        {
            // Half a surrogate pair: kept, and then refused as what nobody sees.
            return typed.Trim();
        }
    }
}
