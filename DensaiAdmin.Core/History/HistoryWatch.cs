using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace DensaiAdmin.Core.History;

/// <summary>What the last walk along the chain found.</summary>
/// <param name="At">When it ended, UTC.</param>
/// <param name="IsIntact">Whether nothing was edited, missing, swapped or cut off.</param>
public sealed record HistoryState(DateTimeOffset At, bool IsIntact);

/// <summary>
/// Walks the chain beside the daily work (R22), so that a page can say how it stands without walking it: from the first record once a
/// day and at the start, else only what was added since. The anchor's last line suffices: who holds the chain's end holds all of it.
/// </summary>
public sealed partial class HistoryWatch(
    IDbContextFactory<DensaiDbContext> contexts, HistoryAnchor anchor, TimeProvider clock, ILogger<HistoryWatch> log)
    : BackgroundJob(clock, log)
{
    private const int BatchSize = 1_000;

    // The first answers after a start come before it.
    private static readonly TimeSpan Start = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Anew = TimeSpan.FromDays(1);

    // Between strides others get the core.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(4);

    private Mark? _mark;
    private DateTimeOffset _begunAt;
    private volatile HistoryState? _last;
    private volatile bool _isDoubted;

    public override JobTitle Title { get; } = new("操作履歴の検証", "verification of the operation history");

    /// <summary>Null until the first walk has ended.</summary>
    public HistoryState? Last => _last;

    /// <summary>The next walk begins at the first record, and soon.</summary>
    public void Doubt() => _isDoubted = true;

    /// <summary>One walk. A finding stands until a walk from the first record finds none.</summary>
    public async Task<HistoryState> WalkAsync(CancellationToken cancellation = default)
    {
        var now = Clock.GetUtcNow();
        // Begun by a clock that was ahead, the last one says nothing of when the next is due.
        var whole = _isDoubted || _mark is null || now < _begunAt || now - _begunAt >= Anew;
        _isDoubted = false;
        // Read first: records written meanwhile are beyond it.
        var anchored = whole ? anchor.Last() : null;
        var mark = await FollowAsync(whole ? null : _mark, anchored, cancellation);
        if (whole)
        {
            _begunAt = now;
        }

        _mark = mark;
        var state = new HistoryState(Clock.GetUtcNow(), mark is not null);
        if (!state.IsIntact && _last is not { IsIntact: false })
        {
            LogBroken(Log);
        }

        return _last = state;
    }

    protected override async Task RunAsync(CancellationToken stopping)
    {
        await Task.Delay(Start, Clock, stopping);
        while (true)
        {
            await WalkAsync(stopping);
            NoteRound();
            await Task.Delay(Interval, Clock, stopping);
        }
    }

    /// <summary>Where the walk ended, or null where the chain is broken.</summary>
    private async Task<Mark?> FollowAsync(Mark? from, AnchorLine? anchored, CancellationToken cancellation)
    {
        var mark = from ?? new Mark(0, new byte[32]);
        if (from is not null && !await StandsAsync(from, cancellation))
        {
            return null;
        }

        HashSet<(long After, long Until)>? gaps = null;
        while (true)
        {
            List<HistoryRecord> records;
            await using (var db = await contexts.CreateDbContextAsync(cancellation))
            {
                records = await db.HistoryRecords.AsNoTracking().Where(r => r.Sequence > mark.Sequence).OrderBy(r => r.Sequence)
                    .Take(BatchSize).ToListAsync(cancellation);
            }

            foreach (var record in records)
            {
                var follows = record.Sequence == mark.Sequence + 1
                    || (HistoryGap.Is(record, mark.Sequence)
                    && (gaps ??= HistoryGap.Anchored(anchor)).Contains((mark.Sequence, record.Sequence - 1)));
                if (!follows
                    || !record.PreviousHash.AsSpan().SequenceEqual(mark.Hash)
                    || !record.ComputeHash().AsSpan().SequenceEqual(record.Hash)
                    || (record.Sequence == anchored?.Sequence
                    && !string.Equals(Convert.ToHexString(record.Hash), anchored.Head, StringComparison.Ordinal)))
                {
                    return null;
                }

                mark = new(record.Sequence, record.Hash);
            }

            if (records.Count < BatchSize)
            {
                return anchored?.Sequence > mark.Sequence ? null : mark;
            }

            await Task.Delay(Pause, TimeProvider.System, cancellation);
        }
    }

    private async Task<bool> StandsAsync(Mark mark, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var hash = await db.HistoryRecords.Where(r => r.Sequence == mark.Sequence).Select(r => r.Hash).SingleOrDefaultAsync(cancellation);
        return mark.Sequence == 0 || hash?.AsSpan().SequenceEqual(mark.Hash) == true;
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "The operation history was changed: run audit verify to learn where.")]
    private static partial void LogBroken(ILogger logger);

    private sealed record Mark(long Sequence, byte[] Hash);
}
