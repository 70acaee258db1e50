using System.Globalization;
using DensaiAdmin.Core.HistorySearch;
using DensaiAdmin.Core.Registry;
using Microsoft.Extensions.Localization;

namespace DensaiAdmin.Web.HistorySearch;

/// <summary>
/// Turns the codes of the history into words. A code's word may have a place for its value; a value that is a code itself has a word of
/// its own. A test holds every code of Core to this.
/// </summary>
internal sealed class HistoryWords(IStringLocalizer<HistoryText> text)
{
    /// <summary>What a company never has records of: the bank's own operations.</summary>
    private static readonly HistoryOperation[] OfTheBank =
        [HistoryOperation.OperatorRegistration, HistoryOperation.CrlPublication, HistoryOperation.Operation, HistoryOperation.Alarm];

    /// <summary>Their value is what somebody typed, whatever it looks like.</summary>
    private static readonly string[] AsTyped = ["not-found", "registered", "deleted"];

    // Between the codes of what was changed and what stood there before.
    private const string BeforeMark = ": ";

    /// <summary>The operations that a customer may filter by, in the order shown.</summary>
    public static IReadOnlyList<HistoryOperation> Operations { get; } = [.. Enum.GetValues<HistoryOperation>().Except(OfTheBank)];

    public string Of(HistoryOperation operation) => text["Op_" + operation];

    public string Of(HistoryResult result) => text["Res_" + result];

    /// <summary>内容: what happened, its value and how often.</summary>
    public string Of(HistoryLine line) => Detail(line.Detail, line.Value) + (line.Count > 1 ? text["Times", line.Count] : "");

    public string Detail(string code, string? value)
    {
        var word = text["Detail_" + code].Value;
        return word.Contains("{0}", StringComparison.Ordinal)
            ? string.Format(
                CultureInfo.CurrentCulture, word, AsTyped.Contains(code, StringComparer.Ordinal) ? value ?? "-" : Value(Split(value).Codes))
            : word;
    }

    /// <summary>What stood there before a change, where the record has it.</summary>
    public static string? Before(HistoryLine line) =>
        AsTyped.Contains(line.Detail, StringComparer.Ordinal) ? null : Split(line.Value).Before;

    /// <summary>Where from; what is no address is said in words.</summary>
    public string Source(string source) => source switch
    {
        "*" => text["Source_many"],
        "server" or "local" => text["Source_" + source],
        _ => source,
    };

    /// <summary>A short remark in brackets at the end stays on one line.</summary>
    public static IEnumerable<(string Text, bool IsTogether)> Parts(string words)
    {
        var at = words.LastIndexOf('（');
        return at > 0 && words.Length - at <= 10 ? [(words[..at], false), (words[at..], true)] : [(words, false)];
    }

    private string Value(string? value) =>
        value is null ? "-" : string.Join(
            text["List_Separator"],
            value.Split(',').Select(part => IsCode(part) ? Known("Value_", part) : IsDetail(part) ? Known("Detail_", part) : part));

    private string Known(string kind, string code) => text[kind + code] is { ResourceNotFound: false } word ? word.Value : code;

    private static bool IsDetail(string part) =>
        part.Contains('-', StringComparison.Ordinal)
            && char.IsAsciiLetterLower(part[0])
            && part.All(c => char.IsAsciiLetterLower(c) || c == '-');

    /// <summary>「Name,MailAddress: 山田 &lt;a@b&gt;」: codes of what was changed, then what stood there.</summary>
    private static (string? Codes, string? Before) Split(string? value) =>
        value?.IndexOf(BeforeMark, StringComparison.Ordinal) is > 0 and var at && value[..at].Split(',').All(IsCode)
            ? (value[..at], value[(at + BeforeMark.Length)..])
            : (value, null);

    // As enums are written: a number, an algorithm or an address is none.
    private static bool IsCode(string part) => part.Length > 0 && char.IsAsciiLetterUpper(part[0]) && part.All(char.IsAsciiLetter);
}
