using DensaiAdmin.Core.Registry;

namespace DensaiAdmin.Core.Store;

/// <summary>
/// The only hole that a history may have: an old copy of the data was put back, and <c>reconcile</c> went on above what the anchor knows of
/// the records that are lost. It is worth something only where a signed line of the anchor says so too.
/// </summary>
internal static class HistoryGap
{
    /// <summary>Code of the record that stands behind the hole.</summary>
    public const string Detail = "reconciled";

    /// <summary>The record that goes on.</summary>
    /// <param name="after">Sequence of the last record before the hole.</param>
    /// <param name="until">Sequence of the last record that is lost.</param>
    /// <param name="source">Where reconcile was run.</param>
    public static HistoryEntry Entry(long after, long until, string source) => new()
    {
        Operation = HistoryOperation.Operation,
        Result = HistoryResult.Done,
        Source = source,
        Detail = Detail,
        Value = Value(after, until),
    };

    /// <summary>Whether the record says of itself that it goes on after that one.</summary>
    public static bool Is(HistoryRecord record, long after) =>
        record is { Operation: HistoryOperation.Operation, Result: HistoryResult.Done, Detail: Detail } && record.Sequence > after + 1
        && string.Equals(record.Value, Value(after, record.Sequence - 1), StringComparison.Ordinal);

    /// <summary>Every hole that a signed line of the anchor knows.</summary>
    public static HashSet<(long After, long Until)> Anchored(HistoryAnchor anchor) =>
        [.. anchor.Read().Where(read => read.IsSigned).SelectMany(read => Of(read.Line))];

    /// <summary>The holes that a line of the anchor knows.</summary>
    public static IEnumerable<(long After, long Until)> Of(AnchorLine line) =>
        line.Notes.Where(note => note.StartsWith(AnchorNote.Gap.Mark)).Select(AnchorNote.Parse).OfType<AnchorNote.Gap>()
            .Select(gap => (gap.After, gap.Until));

    private static string Value(long after, long until) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{after}-{until}");
}
