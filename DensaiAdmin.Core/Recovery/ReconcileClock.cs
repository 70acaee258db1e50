using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;

namespace DensaiAdmin.Core.Recovery;

/// <summary>What came of it.</summary>
public abstract record ReconcileClockOutcome
{
    private ReconcileClockOutcome()
    {
    }

    /// <summary>Time goes on from now.</summary>
    /// <param name="Latest">The latest recorded instant until then, UTC.</param>
    /// <param name="Now">What the clock said, UTC.</param>
    public sealed record Done(DateTimeOffset Latest, DateTimeOffset Now) : ReconcileClockOutcome;

    /// <summary>The clock is to be trusted; nothing was changed.</summary>
    public sealed record NotNeeded : ReconcileClockOutcome;
}

/// <summary>
/// Lets time go on from what the clock says now, although the latest record is dated later, because that one is wrong (R26): one record
/// with both instants, which is the only step back in time that an audit accepts. The next CRL is dated now.
/// </summary>
public sealed class ReconcileClock(StoreWriter writer, Alarms alarms)
{
    /// <summary>Reconciles the clock; people have looked at it.</summary>
    /// <param name="approval">Who agreed to it.</param>
    /// <param name="isByRootKey">Whether the root's exported key stood for those who are missing.</param>
    /// <param name="source">Where it was run, for the history.</param>
    /// <param name="cancellation">Ends the wait for the writer.</param>
    /// <exception cref="OperatorApprovalLapsedException">Who agreed is no operator.</exception>
    public async Task<ReconcileClockOutcome> RunAsync(
        OperatorApproval approval, bool isByRootKey, string source, CancellationToken cancellation = default)
    {
        var reading = writer.Clock.Read();
        if (reading.IsTrusted)
        {
            return new ReconcileClockOutcome.NotNeeded();
        }

        var latest = writer.Clock.Latest;
        writer.Clock.Accept();
        try
        {
            return await writer.PerformAsync<ReconcileClockOutcome>(
                work =>
                {
                    approval.Verify(work.Db, work.Now);
                    work.Record(ClockStep.Entry(latest, work.Now, source));
                    foreach (var (loginId, detail) in approval.LoginIds.Zip(["operator-asked", "operator-approved"]))
                    {
                        work.Record(Entry(
                            HistoryOperation.Confirmation, source,
                            detail) with
                        { LoginId = loginId, Value = nameof(HistoryOperation.Operation) });
                    }

                    if (isByRootKey)
                    {
                        work.Record(Entry(HistoryOperation.Confirmation, source, "reconciled-by-root-key"));
                        alarms.Raise(work, AlarmKind.BreakGlass, $"reconcile --clock {work.Now:O}", new() { Source = source });
                    }

                    return new ReconcileClockOutcome.Done(latest, work.Now);
                },
                cancellation);
        }
        catch
        {
            // Nothing was recorded: what was found before stands.
            writer.Clock.NoteRecorded(latest);
            throw;
        }
    }

    private static HistoryEntry Entry(HistoryOperation operation, string source, string detail) =>
        new() { Operation = operation, Result = HistoryResult.Done, Source = source, Detail = detail };
}
