using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using Microsoft.Extensions.Logging;

namespace DensaiAdmin.Core.History;

/// <summary>
/// Refusals that nobody authenticated stands behind: recorded once per source, kind and minute, with a count (R22), so that
/// a flood of them neither fills the history nor slows the acts of customers.
/// </summary>
public sealed class RefusalCounter(StoreWriter writer, TimeProvider clock, ILogger<RefusalCounter> log) : BackgroundJob(clock, log)
{
    // A flood from invented addresses is summed under one source instead of filling the memory.
    private const int MaxBuckets = 10_000;
    private const string ManySources = "*";

    private readonly Lock _gate = new();
    private Dictionary<Bucket, HistoryEntry> _counting = [];

    public override JobTitle Title { get; } = new("拒否した操作の記録", "recording of counted refusals");

    /// <summary>Counts one refusal. Returns at once; the record follows at the end of the minute or at an orderly stop.</summary>
    public void Count(HistoryEntry refusal)
    {
        lock (_gate)
        {
            Add(refusal);
        }
    }

    /// <summary>Writes what was counted so far.</summary>
    public async Task FlushAsync(CancellationToken cancellation = default)
    {
        Dictionary<Bucket, HistoryEntry> counted;
        lock (_gate)
        {
            if (_counting.Count == 0)
            {
                return;
            }

            (counted, _counting) = (_counting, []);
        }

        try
        {
            await writer.PerformAnyTimeAsync(
                work =>
                {
                    foreach (var entry in counted.Values)
                    {
                        work.Record(entry);
                    }

                    return true;
                },
                cancellation);
            NoteRound();
        }
        catch (OperationCanceledException)
        {
            // Nothing was handed to the writer; the stop that cancelled writes it.
            PutBack(counted);
            throw;
        }
        catch (StoreUnavailableException fault) when (fault.IsUncertain)
        {
            // They may stand, and mostly do: recorded twice they would tell of refusals that never were.
            NoteFault(fault);
        }
        catch (Exception fault)
        {
            // Kept, and tried again with the next minute.
            PutBack(counted);
            NoteFault(fault);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await FlushAsync(CancellationToken.None);
    }

    // At the server's stop, StopAsync writes the rest.
    protected override async Task RunAsync(CancellationToken stopping)
    {
        using var minute = new PeriodicTimer(TimeSpan.FromMinutes(1), Clock);
        while (await minute.WaitForNextTickAsync(stopping))
        {
            await FlushAsync(stopping);
        }
    }

    private void PutBack(Dictionary<Bucket, HistoryEntry> counted)
    {
        lock (_gate)
        {
            foreach (var entry in counted.Values)
            {
                Add(entry);
            }
        }
    }

    private void Add(HistoryEntry refusal)
    {
        var bucket = BucketOf(refusal);
        if (!_counting.ContainsKey(bucket) && _counting.Count >= MaxBuckets)
        {
            refusal = new HistoryEntry
            {
                Operation = refusal.Operation,
                Result = refusal.Result,
                Source = ManySources,
                Detail = refusal.Detail,
                Count = refusal.Count,
            };
            bucket = BucketOf(refusal);
        }

        _counting[bucket] = _counting.TryGetValue(bucket, out var before) ? Sum(before, refusal) : refusal;
    }

    // A record that stands for several names only what they have in common: twelve tries on eleven IDs are not twelve on one of them.
    private static HistoryEntry Sum(HistoryEntry one, HistoryEntry other) => one with
    {
        Count = one.Count + other.Count,
        LoginId = Common(one.LoginId, other.LoginId),
        TargetUserId = one.TargetUserId == other.TargetUserId ? one.TargetUserId : null,
        TargetLoginId = Common(one.TargetLoginId, other.TargetLoginId),
        SerialNumber = Common(one.SerialNumber, other.SerialNumber),
        ReceiptNumber = Common(one.ReceiptNumber, other.ReceiptNumber),
    };

    private static string? Common(string? one, string? other) => string.Equals(one, other, StringComparison.Ordinal) ? one : null;

    // The company is part of the kind: no company's record counts what concerns another.
    private static Bucket BucketOf(HistoryEntry refusal) =>
        new(refusal.Source, refusal.Operation, refusal.Result, refusal.Detail, refusal.Value, refusal.CompanyId, refusal.UserId);

    private readonly record struct Bucket(
        string Source, HistoryOperation Operation, HistoryResult Result, string Detail, string? Value, long? CompanyId, long? UserId);
}
