using System.Globalization;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using Microsoft.Extensions.Logging;

namespace DensaiAdmin.Core.Authority;

/// <summary>
/// Looks at the store while nobody acts: whether it is still the one that was written last, whether its rows still say what was published,
/// and whether its history still hangs together. The acts themselves look as well; this finds what nobody would ask for until the next one.
/// </summary>
internal sealed partial class StoreDisagreementJob : BackgroundJob
{
    /// <summary>What was done behind the product's back is told within this time.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    /// <summary>Code of an alarm: an older database, or one whose last records were deleted, stood in the place of the right one.</summary>
    public const string Replaced = "store-replaced";

    /// <summary>Code of an alarm: records of the history were edited, deleted or swapped.</summary>
    public const string HistoryBroken = "history-broken";

    private readonly StoreWriter _writer;
    private readonly StoreVersion _version;
    private readonly CrlPublisher _crls;
    private readonly HistoryWatch _history;
    private readonly Alarms _alarms;

    // -1: looked at when it begins.
    private (long Connection, long Commits) _looked = (-1, -1);
    private bool _isBrokenTold;

    public StoreDisagreementJob(
        StoreWriter writer, StoreVersion version, CrlPublisher crls, HistoryWatch history, Alarms alarms, TimeProvider clock,
        ILogger<StoreDisagreementJob> log)
        : base(clock, log)
    {
        (_writer, _version, _crls, _history, _alarms) = (writer, version, crls, history, alarms);
        writer.FilesChanged += history.Doubt;
    }

    public override JobTitle Title { get; } = new("データベースの監視", "watch over the database");

    public override void Dispose()
    {
        _writer.FilesChanged -= _history.Doubt;
        base.Dispose();
    }

    /// <summary>One look.</summary>
    /// <exception cref="StoreUnavailableException">There is nothing to look at, or another store than the right one.</exception>
    internal async Task LookAsync(CancellationToken cancellation = default)
    {
        // Nothing is written: the writer holds the store against the anchor before it does anything, and tells log and health what it
        // found.
        await _writer.PerformAnyTimeAsync(_ => true, cancellation);
        if (_writer.TakeMended() is { } replacement)
        {
            var subject = string.Create(CultureInfo.InvariantCulture, $"{Replaced}:{replacement.Expected}:{replacement.FoundAt:O}");
            await _alarms.RaiseAsync(AlarmKind.StoreDisagreement, subject, new() { Value = Replaced }, cancellation);
        }

        await TellBrokenHistoryAsync(cancellation);
        var version = _version.Read();
        if (version != _looked)
        {
            await _crls.LookAsync(cancellation);
            _looked = version;
        }
    }

    protected override async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Every, Clock);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            await LookAsync(stopping);
            NoteRound();
        }
    }

    private async Task TellBrokenHistoryAsync(CancellationToken cancellation)
    {
        if (_history.Last is not { IsIntact: false } broken)
        {
            _isBrokenTold = false;
        }
        else if (!_isBrokenTold)
        {
            var day = JapanTime.JstDate(broken.At).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            await _alarms.RaiseAsync(AlarmKind.StoreDisagreement, $"{HistoryBroken}:{day}", new() { Value = HistoryBroken }, cancellation);
            _isBrokenTold = true;
        }
    }
}
