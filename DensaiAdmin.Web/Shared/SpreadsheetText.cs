using System.Text;
using System.Text.RegularExpressions;

namespace DensaiAdmin.Web.Shared;

/// <summary>
/// Keeps a value the text that it is when a spreadsheet (Excel, LibreOffice) opens a CSV: an apostrophe in front of what would otherwise
/// be a formula, a number, a date, a time, a truth value or an error. A value that begins with an apostrophe gets another, so that a
/// program takes exactly one away and has the value again.
/// </summary>
internal static class SpreadsheetText
{
    private const char Mark = '\'';

    // Longer than any number or date that a spreadsheet reads; what is longer is text already.
    private const int MaxRead = 400;

    /// <summary>The value as it is written.</summary>
    public static string Guard(string value) => IsRead(value) ? Mark + value : value;

    /// <summary>Whether a spreadsheet would take the value for something else than text.</summary>
    internal static bool IsRead(string value)
    {
        if (value.Length == 0)
        {
            return false;
        }

        // Blanks in front do not keep a spreadsheet from reading on; a tab or a line break there is a trick by itself.
        if (value[0] is Mark or '\t' or '\r' or '\n')
        {
            return true;
        }

        var trimmed = value.Trim();
        if (trimmed.Length == 0)
        {
            return false;
        }

        // Spreadsheets of East Asia take the wide forms as well.
        if (trimmed[0] is '=' or '+' or '-' or '@' or '\uFF1D' or '\uFF0B' or '\uFF0D' or '\uFF20' or '\u2212' or '#' or Mark)
        {
            return true;
        }

        return trimmed.Length <= MaxRead && Read.IsMatch(Folded(trimmed));
    }

    private static string Folded(string value)
    {
        try
        {
            return value.Normalize(NormalizationForm.FormKC).ToUpperInvariant();
        }
        catch (ArgumentException)
        {
            // Half a surrogate pair is in no number.
            return "";
        }
    }

    // Every way at once, in any locale: an apostrophe too many is seen, a number in place of an ID is not.
    private static readonly Regex Read = new(
        """
        ^(?:
          (?:TRUE|FALSE|WAHR|FALSCH|VRAI|FAUX|真|偽)(?:\(\))?                                       # truth values
        | [($¥€£%]*\s*[-+]?\s*[$¥€£]?\s*(?:\d[\d\s,'_]*(?:\.\d*)?|\d{1,3}(?:\.\d{3})+(?:,\d+)?|[.,]\d+)
          (?:\s*[ED]\s*[-+]?\s*\d+)?\s*[)%$¥€£円]*
          # numbers, amounts, exponents
        | \d+\s+\d+\s*/\s*\d+                                                                  # fractions
        | (?:(?:明治|大正|昭和|平成|令和|[MTSHR])\s*)?\d{1,6}\s*[-/.,年]\s*\d{1,6}(?:\s*[-/.,月]\s*\d{1,6}日?|月)?(?:[\sT]+.*)? # dates
        | (?:(?:明治|大正|昭和|平成|令和)\s*)(?:\d{1,2}|元)\s*年.*
        | \d{1,4}\s*[年月日時分秒](?:[\s\d年月日時分秒午前後:]*)
        | (?:午前|午後)?\s*\d{1,4}\s*[:時].*                                                      # times
        | \d{1,2}\s*[AP]\.?M?\.?
        | (?:(?:MON|TUE|WED|THU|FRI|SAT|SUN)[A-Z]*[\s,.]*)?(?:\d{1,4}[\s,./-]*)?
          (?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)(?:[A-Z]*)[\s,./-]*\d[\s\d,:./APM-]*
        | \d{1,4}[\s,./-]*(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)[A-Z]{0,6}\.?
        )$
        """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
}
