using System.Globalization;

namespace DensaiAdmin.Core.History;

/// <summary>The only step back in time that a history may have: <c>reconcile --clock</c> recorded it, with both instants (R26).</summary>
internal static class ClockStep
{
    /// <summary>Code of the record.</summary>
    public const string Detail = "clock-reconciled";

    /// <summary>The record from which time goes on.</summary>
    /// <param name="latest">Date of the record before it, UTC.</param>
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
    public static bool Is(HistoryRecord record, DateTimeOffset previous) =>
        record is { Operation: HistoryOperation.Operation, Result: HistoryResult.Done, Detail: Detail }
        && string.Equals(record.Value, Value(previous, record.At), StringComparison.Ordinal);

    private static string Value(DateTimeOffset latest, DateTimeOffset now) =>
        string.Create(CultureInfo.InvariantCulture, $"{latest.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} > {now.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}");
}
