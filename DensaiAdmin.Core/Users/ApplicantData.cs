using System.Globalization;
using System.Text;
using DensaiAdmin.Core.Mail;

namespace DensaiAdmin.Core.Users;

/// <summary>What is wrong with what a person wrote about themselves.</summary>
public enum ApplicantFault
{
    /// <summary>No login ID: empty, or with what a login ID cannot have.</summary>
    LoginIdNotUsable,

    /// <summary>More characters than fit into the certificate's subject.</summary>
    LoginIdTooLong,

    /// <summary>Somebody has or had it; IDs are never given twice.</summary>
    LoginIdTaken,

    /// <summary>No name, or one with characters that cannot be shown.</summary>
    NameNotUsable,

    /// <summary>More than <see cref="ApplicantData.MostNameCharacters"/> characters.</summary>
    NameTooLong,

    /// <summary>Not exactly one mail address.</summary>
    MailAddressNotUsable,
}

/// <summary>
/// Login ID, name and mail address as a person wrote them, and as they are stored: login ID and address in NFKC, since a Japanese
/// keyboard gives full width, the name as it was written.
/// </summary>
/// <param name="LoginId">ログインID.</param>
/// <param name="Name">利用者名.</param>
/// <param name="MailAddress">メールアドレス.</param>
public sealed record ApplicantData(string? LoginId, string? Name, string? MailAddress)
{
    /// <summary>The most characters of a name.</summary>
    public const int MostNameCharacters = 100;

    /// <summary>The form in which it is judged and stored.</summary>
    public ApplicantData Normalized() => new(Narrow(LoginId), Composed(Name), Narrow(MailAddress));

    /// <summary>Everything that is wrong, apart from whether the login ID is free. To be asked of the normalized form.</summary>
    public IReadOnlyList<ApplicantFault> Faults(InstitutionOptions institution)
    {
        var faults = new List<ApplicantFault>();
        // RFC 7617: the login ID goes before the first colon, so that none with one could ever fetch a certificate.
        if (LoginId is not { Length: > 0 } || LoginId.Contains(':', StringComparison.Ordinal)
            || (Users.LoginId.Canonical(LoginId) is null && LoginId.Length <= Users.LoginId.MostCharacters))
        {
            faults.Add(ApplicantFault.LoginIdNotUsable);
        }
        else if (LoginId.Length > Users.LoginId.MostCharactersOfNew(institution))
        {
            faults.Add(ApplicantFault.LoginIdTooLong);
        }

        if (Name is not { Length: > 0 } || Name.EnumerateRunes().Any(IsUnseen))
        {
            faults.Add(ApplicantFault.NameNotUsable);
        }
        else if (Name.Length > MostNameCharacters)
        {
            faults.Add(ApplicantFault.NameTooLong);
        }

        if (MailAddress is null || MailAddressPolicy.Judge(MailAddress) is not null)
        {
            faults.Add(ApplicantFault.MailAddressNotUsable);
        }

        return faults;
    }

    private static bool IsUnseen(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.Surrogate;

    private static string Narrow(string? text) => In(NormalizationForm.FormKC, text);

    private static string Composed(string? text) => In(NormalizationForm.FormC, text);

    private static string In(NormalizationForm form, string? text)
    {
        try
        {
            return text is null or { Length: > 1000 } ? "" : text.Normalize(form).Trim();
        }
        catch (ArgumentException)
        {
            // Half a surrogate pair is no text.
            return "";
        }
    }
}
