using System.Globalization;
using System.Text;

namespace DensaiAdmin.Core.Registry;

/// <summary>
/// ログインID: opaque, compared by NFKC and invariant upper case without surrounding space, stored as given and never given twice.
/// </summary>
public static class LoginId
{
    /// <summary>The most characters a login ID may have.</summary>
    public const int MaxCharacters = 64;

    private const int MaxCommonNameCharacters = 64;

    /// <summary>
    /// The form in which two IDs are the same, or null when the input cannot be an ID (empty, too long, unpaired surrogate, control
    /// characters).
    /// </summary>
    public static string? Canonical(string? given)
    {
        if (string.IsNullOrWhiteSpace(given) || given.Length > MaxCharacters * 4)
        {
            return null;
        }

        string folded;
        try
        {
            // Upper case may make what NFKC then joins (i and a dot above), so once is not always enough to come to rest.
            folded = Fold(given);
            for (var again = Fold(folded); again != folded; again = Fold(folded))
            {
                folded = again;
            }
        }
        catch (ArgumentException)
        {
            return null;
        }

        return folded.Length is 0 or > MaxCharacters || folded.EnumerateRunes().Any(Invisible) ? null : folded;
    }

    /// <summary>
    /// How many characters a new login ID may have so that the subject of a certificate holds it (RFC 5280 appendix A: ub-common-name).
    /// </summary>
    public static int MaxCharactersOfNew(InstitutionOptions institution) => Math.Min(
        MaxCharacters,
        MaxCommonNameCharacters - institution.CommonNameTemplate.Replace(InstitutionOptions.LoginIdPlace, "", StringComparison.Ordinal)
            .Length);

    private static string Fold(string text) =>
        text.Normalize(NormalizationForm.FormKC).Trim().ToUpperInvariant().Normalize(NormalizationForm.FormKC);

    // What nobody sees on a screen would make two IDs that look alike. Beside the categories: marks and letters that are drawn as
    // nothing by definition (Unicode Default_Ignorable_Code_Point), and the blank pattern of Braille.
    private static bool Invisible(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator
            or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        || rune.Value is 0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or (>= 0x180B and <= 0x180F) or 0x2800 or 0x3164
            or (>= 0xFE00 and <= 0xFE0F) or 0xFFA0 or (>= 0xE0100 and <= 0xE01EF);
}
