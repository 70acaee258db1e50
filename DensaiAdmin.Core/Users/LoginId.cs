using System.Globalization;
using System.Text;

namespace DensaiAdmin.Core.Users;

/// <summary>
/// ログインID: opaque, compared by NFKC and invariant upper case without surrounding space, stored as given and never given twice.
/// </summary>
public static class LoginId
{
    /// <summary>The most characters a login ID may have.</summary>
    public const int MostCharacters = 64;

    /// <summary>The form in which two IDs are the same, or null when the input cannot be an ID (empty, too long, unpaired surrogate, control characters).</summary>
    public static string? Canonical(string? given)
    {
        if (string.IsNullOrWhiteSpace(given) || given.Length > MostCharacters * 4)
        {
            return null;
        }

        string folded;
        try
        {
            folded = given.Normalize(NormalizationForm.FormKC).Trim().ToUpperInvariant();
        }
        catch (ArgumentException)
        {
            return null;
        }

        return folded.Length is 0 or > MostCharacters || folded.Any(Invisible) ? null : folded;
    }

    private static bool Invisible(char c) =>
        char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;
}
