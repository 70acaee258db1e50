using System.Globalization;
using DensaiAdmin.Core.Registry;

namespace DensaiAdmin.Core.History;

/// <summary>The only step back in time that a history may have: <c>reconcile --clock</c> recorded it, with both instants (R26).</summary>
internal static class ClockStep
{
    /// <summary>Code of the record.</summary>
    public const string Detail = "clock-reconciled";

    private const string Format = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
    private const string Between = " > ";

    /// <summary>The record from which time goes on.</summary>
    /// <param name="latest">Date of the record before it, or of a list that was published since, UTC.</param>
    /// <param name="now">Its own date, UTC.</param>
    /// <param name="source">Where reconcile was run.</param>
    public static HistoryEntry Entry(DateTimeOffset latest, DateTimeOffset now, string source) => new()
    {
        Operation = HistoryOperation.Operation,
        Result = HistoryResult.Done,
        Source = source,
        Detail = Detail,
        Value = Value(latest, now),
    };

    /// <summary>Whether the record says of itself that time goes on from there.</summary>
    /// <param name="record">The record.</param>
    /// <param name="previous">
    /// Date of the record before it, UTC. What the clock was held against may be later: a list has a date, too, and no record.
    /// </param>
    public static bool Is(HistoryRecord record, DateTimeOffset previous) =>
        record is { Operation: HistoryOperation.Operation, Result: HistoryResult.Done, Detail: Detail }
        && record.Value?.Split(Between) is [var latest, var now]
        && string.Equals(now, Text(record.At), StringComparison.Ordinal)
        && DateTimeOffset.TryParseExact(latest, Format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
        && at >= previous;

    private static string Value(DateTimeOffset latest, DateTimeOffset now) => Text(latest) + Between + Text(now);

    private static string Text(DateTimeOffset at) => at.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture);
}
