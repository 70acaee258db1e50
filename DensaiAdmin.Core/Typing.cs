using System.Globalization;
using System.Text;

namespace DensaiAdmin.Core;

/// <summary>How people type what stands on paper in groups.</summary>
internal static class Typing
{
    // More than any number or code has, with every separator one could think of.
    private const int Max = 200;

    /// <summary>NFKC and upper case, without blanks and dashes; empty for what is no text or far too long.</summary>
    public static string Bare(string? typed)
    {
        if (typed is null || typed.Length > Max)
        {
            return "";
        }

        try
        {
            return string.Concat(typed.Normalize(NormalizationForm.FormKC).ToUpperInvariant().Where(c => !IsSeparator(c)));
        }
        catch (ArgumentException)
        {
            return "";
        }
    }

    // The long vowel mark and the minus sign are what a Japanese keyboard gives for a dash.
    private static bool IsSeparator(char c) => char.IsWhiteSpace(c) || c is 'ー' or '−'
        || char.GetUnicodeCategory(c) is UnicodeCategory.DashPunctuation;
}
