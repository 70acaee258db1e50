using System.Globalization;
using System.Text;

namespace DensaiAdmin.Core.Mail;

/// <summary>
/// Text in which no mail program finds anything to link (R24). Whatever they link by themselves (schemes, www, bare domains in any
/// script, mail addresses, paths to a server) stays readable but leads nowhere.
/// </summary>
internal static class DeadLinks
{
    // RFC 3490 3.1 and the signs that compatibility folding (NFKC) turns into one: a browser takes each of them for the dot of a domain.
    private const string Dots = ".\uFF0E\u3002\uFF61\u2024\uFE52";

    private const char SentenceEnd = '\u3002';

    /// <summary>What somebody chose: a name, a login ID, a label. Any dot between two characters may be a domain's.</summary>
    public static string OfValue(string value) => Deaden(value, ofSomebody: true);

    /// <summary>A whole text with our own sentences in it, where 。 between two Japanese characters ends a sentence.</summary>
    public static string Of(string text) => Deaden(text, ofSomebody: false);

    private static string Deaden(string text, bool ofSomebody)
    {
        // In full width they stay readable; and R24 wants the text "http" nowhere.
        var given = text
            .Replace("http", "ｈｔｔｐ", StringComparison.OrdinalIgnoreCase)
            .Replace("www.", "ｗｗｗ．", StringComparison.OrdinalIgnoreCase)
            .Replace(@"\\", "＼＼", StringComparison.Ordinal);
        var dead = new StringBuilder(given.Length);
        for (var i = 0; i < given.Length; i++)
        {
            var c = given[i];
            var (before, after) = (i > 0 ? given[i - 1] : ' ', i + 1 < given.Length ? given[i + 1] : ' ');
            if (c == '@')
            {
                dead.Append('＠');
            }
            else if (c == ':' && !char.IsWhiteSpace(after))
            {
                dead.Append('：');
            }
            else if (Dots.Contains(c, StringComparison.Ordinal) && JoinsLabels(before, c, after, ofSomebody))
            {
                // Brackets, not a wide dot: browsers know wide dots as well.
                dead.Append('[').Append(c).Append(']');
            }
            else
            {
                dead.Append(c);
            }
        }

        return dead.ToString();
    }

    private static bool JoinsLabels(char before, char dot, char after, bool ofSomebody) =>
        dot == SentenceEnd && !ofSomebody ? char.IsAsciiLetterOrDigit(before) && char.IsAsciiLetterOrDigit(after)
        : !char.IsWhiteSpace(before) && !IsPunctuation(after) && !char.IsWhiteSpace(after);

    // A hyphen may begin what a program takes for a label.
    private static bool IsPunctuation(char c) => c != '-' && CharUnicodeInfo.GetUnicodeCategory(c) is
        UnicodeCategory.OtherPunctuation or UnicodeCategory.OpenPunctuation or UnicodeCategory.ClosePunctuation
        or UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation;
}
