using System.Diagnostics;
using System.Threading.Channels;
using DensaiAdmin.Core.Registry;
using Microsoft.Extensions.Logging;

namespace DensaiAdmin.Core.Store;

/// <summary>
/// The one writer. The history chain has one head, so acts are serial anyway: those that wait together share a
/// transaction and its one flush to disk, each inside its own savepoint. Readers never wait for it.
/// </summary>
public sealed partial class StoreWriter : IDisposable
{
    private const int MaxPerCommit = 64;

    // Whoever waits for another process's write lock is answered well within five seconds: this, and one more try.
    private static readonly TimeSpan MaxWaitForLock = TimeSpan.FromSeconds(3);

    private readonly Channel<Waiting> _queue = Channel.CreateBounded<Waiting>(new BoundedChannelOptions(4096) { SingleReader = true });
    private readonly HistoryAnchor _anchor;
    private readonly ClockGuard _clock;
    private readonly ILogger<StoreWriter> _log;
    private readonly Thread _thread;
    private readonly IWriterConnection _connection;
    private IWriteTransaction? _transaction;

    // A commit of which nobody could say yet whether it stands. No act begins before that is known.
    private Doubt? _doubt;
    private bool _isAnchorLost;
    private volatile StoreReplacement? _replacement;
    private StoreReplacement? _mended;

    public StoreWriter(StoreOptions store, HistoryAnchor anchor, ClockGuard clock, ILogger<StoreWriter> log)
    {
        _connection = StoreEngine.Of(store).OpenWriter();
        _anchor = anchor;
        _clock = clock;
        _log = log;
        _thread = new Thread(Run) { IsBackground = true, Name = "store-writer" };
        _thread.Start();
    }

    /// <summary>The clock that dates the acts; asked before anybody is let in or anything signed (R26).</summary>
    public ClockGuard Clock => _clock;

    /// <summary>
    /// Null while the store is the one that was written last. Otherwise every act is refused, and whoever reads the store must be, too:
    /// what another file says of sessions, stops and revocations counts for nothing.
    /// </summary>
    public StoreReplacement? Replacement => _replacement;

    /// <summary>
    /// Raised when somebody else wrote to the database or put another file in its place, whether the history still fits or not; and once
    /// more when it fits again. On the writer's thread: handlers only hand over.
    /// </summary>
    public event Action? FilesChanged;

    /// <summary>
    /// Raised with the records of each act that is durable, before its caller learns of it. On the writer's thread: handlers only hand
    /// over.
    /// </summary>
    internal event Action<IReadOnlyList<HistoryEntry>>? Recorded;

    /// <summary>A replacement that is over and was not told to the history yet; null for none, and after the first call.</summary>
    internal StoreReplacement? TakeMended() => Interlocked.Exchange(ref _mended, null);

    /// <summary>
    /// Performs an act: runs the delegate inside the write transaction and completes when everything is durable and anchored. Refused while
    /// the clock is not to be trusted (R26).
    /// </summary>
    /// <exception cref="ClockNotTrustedException">The clock is not to be trusted; the delegate did not run.</exception>
    /// <exception cref="StoreUnavailableException">
    /// The commit failed and nothing is done, or only the anchor failed: see <see cref="StoreUnavailableException.IsUncertain"/>.
    /// </exception>
    public Task<T> PerformAsync<T>(Func<UnitOfWork, T> perform, CancellationToken cancellation = default) =>
        EnqueueAsync(new Waiting<T>(perform, needsClock: true), cancellation);

    /// <summary>
    /// The same for what must work whatever the clock says (R26): a revocation, a suspension, a logout, the CRL, what is refused and how
    /// often somebody tried, and the upkeep that lets nobody in. Such an act is dated by the latest record while the clock is behind, by
    /// what has passed since it was trusted while it is ahead.
    /// </summary>
    /// <inheritdoc cref="PerformAsync"/>
    public Task<T> PerformAnyTimeAsync<T>(Func<UnitOfWork, T> perform, CancellationToken cancellation = default) =>
        EnqueueAsync(new Waiting<T>(perform, needsClock: false), cancellation);

    /// <summary>
    /// Runs before an act begins to wait. What a use case read until then may change here, as it does whenever an act of another comes
    /// first: tests change the world between a check and its act.
    /// </summary>
    internal Func<Task>? BeforeWaiting { get; set; }

    private async Task<T> EnqueueAsync<T>(Waiting<T> waiting, CancellationToken cancellation)
    {
        if (BeforeWaiting is { } before)
        {
            await before();
        }

        await _queue.Writer.WriteAsync(waiting, cancellation);
        return await waiting.Completion;
    }

    /// <summary>
    /// Performs an act whose first record goes on above records that are lost (<c>reconcile</c>). It must record
    /// <see cref="HistoryGap.Entry"/>
    /// first and anchor the gap. Dated as by <see cref="PerformAnyTimeAsync"/>.
    /// </summary>
    /// <param name="lostUntil">
    /// Sequence of the last record that is lost; 0 where the store has that first record and only the anchor lacks it.
    /// </param>
    /// <param name="perform">As in <see cref="PerformAsync"/>.</param>
    /// <param name="cancellation">Ends the wait for the writer.</param>
    internal Task<T> PerformAboveGapAsync<T>(long lostUntil, Func<UnitOfWork, T> perform, CancellationToken cancellation = default) =>
        EnqueueAsync(new Waiting<T>(perform, needsClock: false) { LostUntil = lostUntil }, cancellation);

    /// <summary>
    /// Makes a write of its own durable, in the store and in the anchor, without changing anything: that every act will be able to is known
    /// only by doing it.
    /// </summary>
    /// <exception cref="StoreUnavailableException">It could not.</exception>
    public async Task ProbeAsync(CancellationToken cancellation = default)
    {
        try
        {
            await PerformAnyTimeAsync(
                work =>
                {
                    _transaction!.Touch();
                    _anchor.Probe();
                    return true;
                },
                cancellation);
        }
        catch (IOException fault)
        {
            throw new StoreUnavailableException("The anchor cannot be written.", isUncertain: false, fault);
        }
    }

    /// <summary>
    /// Goes through an act and takes all of it back: nothing is stored, recorded, anchored or pushed. What must be quick the first time
    /// has then run once before.
    /// </summary>
    internal async Task WarmUpAsync(Action<UnitOfWork> perform, CancellationToken cancellation = default)
    {
        try
        {
            await PerformAnyTimeAsync<bool>(
                work =>
                {
                    perform(work);
                    work.Save();
                    throw new WarmUpOverException();
                },
                cancellation);
        }
        catch (WarmUpOverException)
        {
            // As it must end: what throws is rolled back.
        }
    }

    /// <summary>Waits for the acts already taken, then stops.</summary>
    public void Dispose()
    {
        if (_queue.Writer.TryComplete())
        {
            _thread.Join();
            _connection.Dispose();
        }
    }

    private void Run()
    {
        var batch = new List<Waiting>(MaxPerCommit);
        while (_queue.Reader.WaitToReadAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult())
        {
            batch.Clear();
            Take(batch, MaxPerCommit);
            PerformBatch(batch);
        }
    }

    private void Take(List<Waiting> batch, int max)
    {
        while (batch.Count < max && _queue.Reader.TryRead(out var waiting))
        {
            batch.Add(waiting);
        }
    }

    private void PerformBatch(List<Waiting> batch)
    {
        var performed = new List<(Waiting Waiting, UnitOfWork Act)>(batch.Count);
        Doubt? attempt = null;
        var isDurable = false;
        try
        {
            Settle();
            _anchor.CatchUp();
            _isAnchorLost = false;
            if (!Look(batch))
            {
                return;
            }

            using var transaction = _transaction = Begin(batch);
            if (transaction is null)
            {
                return;
            }

            var chain = transaction.ReadHead();
            if (!HoldAgainstAnchor(chain, batch))
            {
                return;
            }

            foreach (var waiting in batch)
            {
                PerformOne(waiting, transaction, chain, performed);
            }

            attempt = new Doubt(transaction.Prove(chain.HasGrown ? chain.Mark() : null), performed);
            transaction.Commit();
            isDurable = true;
            Conclude(attempt);
            if (!_connection.TakeUp())
            {
                throw new IOException("The database was replaced while an act was written to it.");
            }
        }
        catch (Exception fault)
        {
            if (fault is not AnchorLostException)
            {
                LogCommitFailed(_log, StoreUnavailableException.CauseOf(fault), StoreUnavailableException.Unexplained(fault));
            }
            else if (!_isAnchorLost)
            {
                _isAnchorLost = true;
                LogAnchorLost(_log);
            }

            _connection.Disconnect();
            if (isDurable)
            {
                // Only the anchor failed, or the file is another one now. The callers are told that it is uncertain, but a session that
                // ended in the store must not stay open on a screen; the line is owed, and no act begins before it is written.
                Push(performed);
                Fail(batch, isUncertain: true, fault);
                return;
            }

            // Whether a commit that failed stands is not told by its failure: what was written of it may be taken up by the next who opens
            // the file. An older doubt that could not be settled before this batch began stays one.
            _doubt = attempt ?? _doubt;
            switch (attempt is null ? false : TrySettle())
            {
                case true:
                    LogStandsAllTheSame(_log);
                    Complete(performed);
                    break;
                case false:
                    Fail(batch, isUncertain: false, fault);
                    break;
                case null:
                    Fail(batch, isUncertain: true, fault);
                    break;
            }

            return;
        }

        Push(performed);
        Complete(performed);
    }

    /// <summary>What is kept in memory of another database, or of one that somebody else wrote to, is worth nothing.</summary>
    /// <returns>Whether there is a database at all.</returns>
    private bool Look(List<Waiting> batch)
    {
        var found = _connection.Look();
        if (found.IsChanged)
        {
            LogFilesChanged(_log);
            TellFilesChanged();
        }

        if (!found.IsThere)
        {
            Refuse(batch, found: -1);
        }

        return found.IsThere;
    }

    private void TellFilesChanged()
    {
        try
        {
            FilesChanged?.Invoke();
        }
        catch (Exception fault)
        {
            LogPushFailed(_log, fault);
        }
    }

    /// <summary>
    /// No act goes on above a head that is not the anchored one: it would fork the history, and hide what was cut off. Only whoever
    /// reconciles may (<see cref="PerformAboveGapAsync"/>). Those that may not are told and leave the batch.
    /// </summary>
    /// <returns>Whether anybody is left.</returns>
    private bool HoldAgainstAnchor([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] HistoryChain? chain, List<Waiting> batch)
    {
        if (chain is not null
            && (_anchor.Newest is not { } newest || (newest.Sequence == chain.Sequence && newest.Hash.AsSpan().SequenceEqual(chain.Hash))))
        {
            if (_replacement is { } over)
            {
                _replacement = null;
                Interlocked.Exchange(ref _mended, over);
                LogInPlaceAgain(_log, chain.Sequence);
                TellFilesChanged();
            }

            return true;
        }

        var refused = batch.FindAll(waiting => waiting.LostUntil is null || chain is null);
        Refuse(refused, chain?.Sequence ?? -1);
        batch.RemoveAll(refused.Contains);
        if (batch.Count > 0)
        {
            return true;
        }

        // The next look is at the file as it is then.
        _connection.OpenAnew();
        TellFilesChanged();
        return false;
    }

    private void Refuse(List<Waiting> batch, long found)
    {
        if (batch.Count == 0)
        {
            return;
        }

        var before = _replacement;
        var replacement = new StoreReplacement(_anchor.Newest?.Sequence ?? 0, found, before?.FoundAt ?? _clock.GetUtcNow());
        _replacement = replacement;
        if (before is null)
        {
            LogReplaced(_log, found, replacement.Expected);
        }

        Fail(batch, isUncertain: false, new StoreReplacedException(replacement));
    }

    /// <summary>Takes the write lock, which another process may hold for a while; null when everybody who waited for it was told.</summary>
    private IWriteTransaction? Begin(List<Waiting> batch)
    {
        while (true)
        {
            try
            {
                return _connection.Begin();
            }
            catch (Exception locked) when (StoreEngine.FaultOf(locked) is StoreFault.Locked)
            {
                // Whoever came meanwhile waits from when they came, and not from when those before them gave up.
                Take(batch, int.MaxValue);
                var late = batch.FindAll(waiting => waiting.HasWaited > MaxWaitForLock);
                batch.RemoveAll(late.Contains);
                Fail(late, isUncertain: false, locked);
                if (batch.Count == 0)
                {
                    LogLocked(_log, StoreUnavailableException.CauseOf(locked));
                    return null;
                }
            }
        }
    }

    private static void Fail(List<Waiting> batch, bool isUncertain, Exception fault)
    {
        var unavailable = fault as StoreReplacedException
            ?? new StoreUnavailableException("The act could not be made durable.", isUncertain, fault);
        foreach (var waiting in batch)
        {
            waiting.Fail(unavailable);
        }
    }

    private static void Complete(List<(Waiting Waiting, UnitOfWork Act)> performed)
    {
        foreach (var (waiting, _) in performed)
        {
            waiting.Complete();
        }
    }

    // What follows a commit that stands, before anybody is told.
    private void Conclude(Doubt commit)
    {
        // A list that was published has a date, too, and no record.
        if (commit.Performed.FindLast(p => p.Act.Entries.Count > 0 || p.Act.Anchored.Count > 0).Act is { } newest)
        {
            _clock.NoteRecorded(newest.Now);
        }

        var notes = commit.Performed.SelectMany(p => p.Act.Anchored).ToList();
        if (commit.Proof.Head is not null || notes.Count > 0)
        {
            var (sequence, hash) = commit.Proof.Head ?? _connection.ReadHead();
            _anchor.Append(sequence, hash, notes, commit.Performed[^1].Act.Now);
        }
    }

    // Null where it cannot be found out, or its anchor line cannot be written.
    private bool? TrySettle()
    {
        try
        {
            return Settle();
        }
        catch (Exception fault)
        {
            LogNotSettled(_log, StoreUnavailableException.CauseOf(fault), StoreUnavailableException.Unexplained(fault));
            _connection.Disconnect();
            return null;
        }
    }

    /// <summary>
    /// Finds out whether the commit in doubt stands, and sees to it that this stays so: a write of ours after it either covers what it left
    /// in the write-ahead log or is durable with it.
    /// </summary>
    /// <returns>Whether it stands; false when none is in doubt.</returns>
    private bool Settle()
    {
        if (_doubt is not { } doubt)
        {
            return false;
        }

        var stands = _connection.Settle(doubt.Proof);
        _doubt = null;
        if (stands)
        {
            Push(doubt.Performed);
            Conclude(doubt);
        }

        return stands;
    }

    private void Push(List<(Waiting Waiting, UnitOfWork Act)> performed)
    {
        foreach (var action in performed.SelectMany(p => p.Act.AfterCommitActions.Append(() => Recorded?.Invoke(p.Act.Entries))))
        {
            try
            {
                action();
            }
            catch (Exception fault)
            {
                LogPushFailed(_log, fault);
            }
        }
    }

    private void PerformOne(Waiting waiting, IWriteTransaction transaction, HistoryChain chain, List<(Waiting, UnitOfWork)> performed)
    {
        var (at, reading) = _clock.DateWork();
        if (waiting.NeedsClock && !reading.IsTrusted)
        {
            waiting.Fail(new ClockNotTrustedException(reading));
            return;
        }

        var sql = transaction.Sql;
        sql.Execute("SAVEPOINT act");
        var mark = chain.Mark();
        chain.SkipTo(waiting.LostUntil ?? 0);
        var work = new UnitOfWork(transaction.OpenContext, sql, at, chain.Sequence + 1);
        try
        {
            waiting.Run(work);
            work.Save();
            foreach (var entry in work.Entries)
            {
                chain.Append(sql, entry, work.Now);
            }

            sql.Execute("RELEASE act");
            performed.Add((waiting, work));
        }
        catch (Exception fault) when (!IsOfTheStore(fault))
        {
            sql.Execute("ROLLBACK TO act");
            chain.ReturnTo(mark);
            waiting.Fail(fault);
        }
        finally
        {
            work.Close();
        }
    }

    // Then no act of the batch may count as done.
    private static bool IsOfTheStore(Exception fault) => StoreUnavailableException.IsOfTheStore(fault);

    [LoggerMessage(
        Level = LogLevel.Critical,
        Message = "ALARM: the anchor file was removed or cut while the server runs. No act is taken before it is back.")]
    private static partial void LogAnchorLost(ILogger logger);

    [LoggerMessage(Level = LogLevel.Error, Message = "A commit, or the anchor line of one, failed: {Cause}")]
    private static partial void LogCommitFailed(ILogger logger, string cause, Exception? fault);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Somebody else wrote to the database or put another file in its place; it is opened anew.")]
    private static partial void LogFilesChanged(ILogger logger);

    [LoggerMessage(
        Level = LogLevel.Critical,
        Message = "ALARM StoreDisagreement: store-replaced. "
            + "The database's newest record is {Found}, the anchor's is {Expected}; every act is refused.")]
    private static partial void LogReplaced(ILogger logger, long found, long expected);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The database is the one that was written last again, up to record {Sequence}; acts are taken.")]
    private static partial void LogInPlaceAgain(ILogger logger, long sequence);

    [LoggerMessage(Level = LogLevel.Error, Message = "A push after a commit failed.")]
    private static partial void LogPushFailed(ILogger logger, Exception fault);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Another process holds the database's write lock; the acts that waited for it were refused: {Cause}")]
    private static partial void LogLocked(ILogger logger, string cause);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Whether a commit that failed stands cannot be found out; no act begins before it is known: {Cause}")]
    private static partial void LogNotSettled(ILogger logger, string cause, Exception? fault);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A commit that was told to have failed stands; its acts are done.")]
    private static partial void LogStandsAllTheSame(ILogger logger);

    private sealed class WarmUpOverException : Exception;

    /// <summary>A commit, and how to tell whether it stands.</summary>
    private sealed record Doubt(CommitProof Proof, List<(Waiting Waiting, UnitOfWork Act)> Performed);

    private abstract class Waiting(bool needsClock)
    {
        private readonly long _since = Stopwatch.GetTimestamp();

        public bool NeedsClock { get; } = needsClock;

        /// <summary>Not null for who reconciles.</summary>
        public long? LostUntil { get; init; }

        public TimeSpan HasWaited => Stopwatch.GetElapsedTime(_since);

        public abstract void Run(UnitOfWork work);

        public abstract void Complete();

        public abstract void Fail(Exception fault);
    }

    private sealed class Waiting<T>(Func<UnitOfWork, T> perform, bool needsClock) : Waiting(needsClock)
    {
        private readonly TaskCompletionSource<T> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T _result = default!;

        public Task<T> Completion => _source.Task;

        public override void Run(UnitOfWork work) => _result = perform(work);

        public override void Complete() => _source.TrySetResult(_result);

        public override void Fail(Exception fault) => _source.TrySetException(fault);
    }
}
