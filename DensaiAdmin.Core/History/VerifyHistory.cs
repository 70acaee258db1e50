using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.History;

/// <summary>Result of <c>audit verify</c>.</summary>
/// <param name="Records">How many records stand in the chain.</param>
/// <param name="FirstBadSequence">The first record that is edited, missing, swapped or cut off; null when all is well.</param>
/// <param name="Finding">
/// Code of what is wrong there: edited, missing, gap-unanchored, unlinked, cut, anchor-differs, anchor-unsigned, anchor-gap (lines before
/// that record's are missing).
/// </param>
public sealed record HistoryVerification(long Records, long? FirstBadSequence, string? Finding)
{
    /// <summary>Everything behind that record is missing, and the anchor knows of it.</summary>
    public const string Cut = "cut";

    /// <summary>A record that goes on above a gap which no signed line of the anchor tells.</summary>
    public const string GapUnanchored = "gap-unanchored";

    /// <summary>A record dated before the one ahead of it, without <c>reconcile --clock</c> (R26).</summary>
    public const string DatedBack = "dated-back";

    public bool IsIntact => FirstBadSequence is null;
}

/// <summary>
/// Walks the whole chain and holds it against the signed anchor (R22). Records and lines are streamed; memory grows
/// with the heads that the anchor holds only.
/// </summary>
public sealed class VerifyHistory(IDbContextFactory<DensaiDbContext> contexts, HistoryAnchor anchor)
{
    public async Task<HistoryVerification> RunAsync(CancellationToken cancellation = default)
    {
        var anchored = new Dictionary<long, byte[]>();
        var gaps = new HashSet<(long After, long Until)>();
        long last = 0;
        var isUnsigned = false;
        long? unlinked = null;
        AnchorLine? before = null;
        foreach (var (line, isSigned) in anchor.Read())
        {
            if (!isSigned)
            {
                isUnsigned = true;
                continue;
            }

            if (IsCopy(line, before, anchored))
            {
                continue;
            }

            gaps.UnionWith(HistoryGap.Of(line));
            unlinked ??= IsLinked(line, before) ? null : line.Sequence;
            before = line;
            last = Math.Max(last, line.Sequence);
            var head = Convert.FromHexString(line.Head);
            // Two signed heads of one record: the history was forked, and no record can be both.
            if (!anchored.TryAdd(line.Sequence, head) && !anchored[line.Sequence].AsSpan().SequenceEqual(head))
            {
                anchored[line.Sequence] = [];
            }
        }

        await using var db = await contexts.CreateDbContextAsync(cancellation);
        long expected = 0;
        long records = 0;
        var previous = new byte[32];
        var latest = DateTimeOffset.MinValue;
        await foreach (var record in db.HistoryRecords.AsNoTracking().OrderBy(r => r.Sequence).AsAsyncEnumerable()
            .WithCancellation(cancellation))
        {
            expected++;
            records++;
            if (record.Sequence != expected)
            {
                if (!HistoryGap.Is(record, expected - 1))
                {
                    return new(records - 1, expected, "missing");
                }

                if (!gaps.Contains((expected - 1, record.Sequence - 1)))
                {
                    return new(records - 1, record.Sequence, HistoryVerification.GapUnanchored);
                }

                expected = record.Sequence;
            }

            if (!record.PreviousHash.AsSpan().SequenceEqual(previous))
            {
                return new(records, expected, "unlinked");
            }

            if (!record.ComputeHash().AsSpan().SequenceEqual(record.Hash))
            {
                return new(records, expected, "edited");
            }

            if (anchored.TryGetValue(expected, out var head) && !record.Hash.AsSpan().SequenceEqual(head))
            {
                return new(records, expected, "anchor-differs");
            }

            if (record.At < latest && !ClockStep.Is(record, latest))
            {
                return new(records, expected, HistoryVerification.DatedBack);
            }

            previous = record.Hash;
            latest = record.At;
        }

        if (last > expected)
        {
            return new(records, expected + 1, HistoryVerification.Cut);
        }

        return isUnsigned ? new(records, 0, "anchor-unsigned")
            : unlinked is { } behindTheGap ? new(records, behindTheGap, "anchor-gap")
            : new(records, null, null);
    }

    // Written twice, or copied: it says nothing new. What was taken out before a line makes that line a stranger, not a copy.
    private static bool IsCopy(AnchorLine line, AnchorLine? before, Dictionary<long, byte[]> anchored) =>
        before is not null && !IsLinked(line, before) && line.Sequence <= before.Sequence
        && anchored.TryGetValue(line.Sequence, out var head)
        && string.Equals(Convert.ToHexString(head), line.Head, StringComparison.Ordinal);

    // Lines of earlier versions are linked to nothing, and none of them follows one that is.
    private static bool IsLinked(AnchorLine line, AnchorLine? before) => line.Previous switch
    {
        null => before?.Previous is null,
        "" => before is null,
        var previous => string.Equals(previous, before?.TextHash, StringComparison.Ordinal),
    };
}
