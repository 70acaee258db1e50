using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using DensaiAdmin.Core.Registry;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using SQLitePCL;

namespace DensaiAdmin.Core.Store;

/// <summary>
/// The store could not make an act durable and anchored. Nothing of the act was shown as done; unless it is uncertain, nothing of it is
/// done and it may be tried again.
/// </summary>
public class StoreUnavailableException(string message, bool isUncertain, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>
    /// Whether the act may stand in the store all the same, because only its anchor line failed or nobody could look: then nobody may say
    /// that nothing changed.
    /// </summary>
    public bool IsUncertain { get; } = isUncertain;

    /// <summary>
    /// Whether something is wrong with the disk or the file, not with what was asked of it, however deep it is wrapped: SQLite's result
    /// codes BUSY, LOCKED, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB.
    /// </summary>
    public static bool IsOfTheStore(Exception? fault) =>
        fault is not null && (fault is SqliteException { SqliteErrorCode: 5 or 6 or 8 or 10 or 11 or 13 or 14 or 26 } || IsOfTheStore(fault.InnerException));

    /// <summary>What a log says of a fault in one line.</summary>
    public static string CauseOf(Exception fault) => fault.GetBaseException().Message;

    /// <summary>
    /// The fault itself where the log needs its stack: not where disk, lock, anchor or clock explain it, of which a stack tells no more.
    /// </summary>
    public static Exception? Unexplained(Exception fault) =>
        fault is StoreReplacedException or ClockNotTrustedException || IsOfTheStore(fault) || fault.GetBaseException() is IOException
            ? null
            : fault;
}

/// <summary>
/// The head of the history in the store is not the one that was anchored last: the database was replaced or cut while the program ran.
/// Nothing is read from it and nothing written to it until the right one is back.
/// </summary>
public sealed class StoreReplacedException(StoreReplacement replacement)
    : StoreUnavailableException(
        $"The store's head is record {replacement.Found}, and the anchor's is record {replacement.Expected}: the database was replaced or cut.", isUncertain: false)
{
    /// <summary>What was found.</summary>
    public StoreReplacement Replacement { get; } = replacement;
}

/// <summary>A database that is not the one this program wrote last.</summary>
/// <param name="Expected">Sequence of the record that was anchored last.</param>
/// <param name="Found">
/// Sequence of the store's newest record: lower, or the same or higher with another content; -1 where it has no history at all.
/// </param>
/// <param name="FoundAt">When it was found first, UTC, application clock.</param>
public sealed record StoreReplacement(long Expected, long Found, DateTimeOffset FoundAt);

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
    private readonly StoreOptions _store;
    private readonly HistoryAnchor _anchor;
    private readonly ClockGuard _clock;
    private readonly ILogger<StoreWriter> _log;
    private readonly Thread _thread;
    private SqliteConnection? _connection;
    private Statements? _statements;
    private DbContextOptions<DensaiDbContext>? _options;

    // A commit of which nobody could say yet whether it stands. No act begins before that is known.
    private Doubt? _doubt;
    private bool _isAnchorLost;
    private long _mark;

    // As they were when this writer had looked at them or written last.
    private StoreFiles? _files;
    private volatile StoreReplacement? _replacement;
    private StoreReplacement? _mended;

    public StoreWriter(StoreOptions store, HistoryAnchor anchor, ClockGuard clock, ILogger<StoreWriter> log)
    {
        _store = store;
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
                    Mark(work.Sql);
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
            Disconnect();
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
            if (!LookAtFiles(batch))
            {
                return;
            }

            var wasOpen = _connection is not null;
            using var transaction = Begin(batch);
            if (transaction is null)
            {
                return;
            }

            if (!wasOpen && _files is { } looked)
            {
                // Until now whoever closed last took the log away with them. From here on it stays, for this connection is there.
                _files = StoreFiles.Of(_store) with { Database = looked.Database };
            }

            var sql = _statements!;
            var chain = ReadHead(transaction);
            if (!HoldAgainstAnchor(chain, batch))
            {
                return;
            }

            var changes = sql.TotalChanges();
            foreach (var waiting in batch)
            {
                PerformOne(waiting, transaction, chain, performed);
            }

            if (!chain.HasGrown && sql.TotalChanges() != changes)
            {
                // Without a record there is nothing else to tell by whether it was committed.
                Mark(sql);
            }

            attempt = new Doubt(chain.HasGrown ? (chain.Sequence, chain.Hash) : null, _mark, performed);
            transaction.Commit();
            isDurable = true;
            Conclude(attempt);
            if (!TakeUpFiles())
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

            Disconnect();
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

    /// <summary>
    /// Opens anew what is no longer the file it was, or was written by somebody else: what is kept in memory of it is worth nothing.
    /// </summary>
    /// <returns>Whether there is a file at all.</returns>
    private bool LookAtFiles(List<Waiting> batch)
    {
        var files = StoreFiles.Of(_store);
        if (_files is { } known && !files.IsUntouchedSince(known))
        {
            LogFilesChanged(_log);
            OpenAnew();
        }

        _files = files;
        if (files.Database != default)
        {
            return true;
        }

        Refuse(batch, found: -1);
        return false;
    }

    /// <summary>Takes up what the own commit made of the files.</summary>
    /// <returns>False where another file came meanwhile: what was committed may be in one that nobody will open again.</returns>
    private bool TakeUpFiles()
    {
        var files = StoreFiles.Of(_store);
        if (_files is { } known && !files.AreThoseOf(known))
        {
            return false;
        }

        _files = files;
        return true;
    }

    private void OpenAnew()
    {
        if (_connection is { Handle: { } handle })
        {
            // Closed last it would write its log, of another file, into the one that stands there now.
            _ = raw.sqlite3_db_config(handle, raw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, out _);
        }

        Disconnect();
        // Those who read stand on the old file as well.
        SqliteConnection.ClearAllPools();
        TellFilesChanged();
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

    private static HistoryChain? ReadHead(SqliteTransaction transaction)
    {
        try
        {
            return HistoryChain.ReadHead(transaction.Connection!, transaction);
        }
        catch (SqliteException noTable) when (noTable.SqliteErrorCode == 1)
        {
            // A database, and none of ours.
            return null;
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
        OpenAnew();
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
    private SqliteTransaction? Begin(List<Waiting> batch)
    {
        while (true)
        {
            try
            {
                var transaction = Connect().BeginTransaction();
                _statements!.Begin(transaction);
                return transaction;
            }
            catch (SqliteException locked) when (locked.SqliteErrorCode is 5 or 6)
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
        if (commit.Head is not null || notes.Count > 0)
        {
            var (sequence, hash) = commit.Head ?? HeadNow();
            _anchor.Append(sequence, hash, notes, commit.Performed[^1].Act.Now);
        }
    }

    private (long Sequence, byte[] Hash) HeadNow()
    {
        var chain = HistoryChain.ReadHead(Connect(), null);
        return (chain.Sequence, chain.Hash);
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
            Disconnect();
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

        Disconnect();
        var connection = Connect();
        var stands = doubt.Head is { } head
            ? _statements!.Scalar("SELECT Hash FROM HistoryRecords WHERE Sequence = $sequence", ("$sequence", head.Sequence)) is byte[] hash
            && hash.AsSpan().SequenceEqual(head.Hash)
            : doubt.Stood || _mark == doubt.Mark;
        // The mark written next is not the one in doubt, which nobody could tell from it when this has to be asked again.
        _doubt = doubt = doubt with { Stood = stands };
        _mark = doubt.Mark;
        using (var transaction = connection.BeginTransaction())
        {
            _statements!.Begin(transaction);
            Mark(_statements);
            transaction.Commit();
        }

        if (stands)
        {
            // Whatever became of the flush that failed: all of it is written again, into the database itself.
            _statements!.Begin(null);
            if (_statements.Scalar("PRAGMA wal_checkpoint(TRUNCATE)") is not 0L)
            {
                // Told by a row, not by a fault: somebody still reads what it would have to take away.
                throw new IOException("What was committed in doubt could not be written again while somebody reads.");
            }
        }

        TakeUpFiles();

        _doubt = null;
        if (stands)
        {
            Push(doubt.Performed);
            Conclude(doubt);
        }

        return stands;
    }

    // A number in the file's header that nothing else uses: writing it is a write, and reading it tells which commit was the last.
    private void Mark(Statements sql)
    {
        _mark = (_mark + 1) & int.MaxValue;
        sql.ExecuteOnce(string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {_mark}"));
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

    private void PerformOne(Waiting waiting, SqliteTransaction transaction, HistoryChain chain, List<(Waiting, UnitOfWork)> performed)
    {
        var (at, reading) = _clock.DateWork();
        if (waiting.NeedsClock && !reading.IsTrusted)
        {
            waiting.Fail(new ClockNotTrustedException(reading));
            return;
        }

        var sql = _statements!;
        sql.Execute("SAVEPOINT act");
        var mark = chain.Mark();
        chain.SkipTo(waiting.LostUntil ?? 0);
        var work = new UnitOfWork(() => Open(transaction), sql, at, chain.Sequence + 1);
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

    private DensaiDbContext Open(SqliteTransaction transaction)
    {
        var db = new DensaiDbContext(_options!);
        db.Database.AutoSavepointsEnabled = false;
        db.Database.UseTransaction(transaction);
        return db;
    }

    // Then no act of the batch may count as done.
    private static bool IsOfTheStore(Exception fault) => StoreUnavailableException.IsOfTheStore(fault);

    private SqliteConnection Connect()
    {
        if (_connection is null)
        {
            // Never made here: where the file was moved away, an empty one in its place would be taken for it.
            // Not pooled: after a fault the next batch begins on a handle of its own, not on the one that failed.
            // Tries for a second at a time, so that whoever waits is looked after in between.
            var how = new SqliteConnectionStringBuilder(_store.ConnectionString)
            {
                Mode = SqliteOpenMode.ReadWrite,
                Pooling = false,
                DefaultTimeout = 1,
            };
            var connection = new SqliteConnection(how.ToString());
            try
            {
                connection.Open();
                SqlitePragmas.Apply(connection);
                _options = new DbContextOptionsBuilder<DensaiDbContext>().UseSqlite(connection).Options;
                using (var db = new DensaiDbContext(_options))
                {
                    _statements = new Statements(connection, db.Model);
                }

                _mark = (long)_statements.Scalar("PRAGMA user_version")!;
                _connection = connection;
            }
            catch
            {
                // Tried again and again while another holds the file, it would leave a handle behind each time.
                _statements?.Dispose();
                _statements = null;
                connection.Dispose();
                throw;
            }
        }

        return _connection;
    }

    private void Disconnect()
    {
        _statements?.Dispose();
        _statements = null;
        _connection?.Dispose();
        _connection = null;
        // Whoever closes last tidies the log up; that is no other's doing.
        if (_files is { } known && StoreFiles.Of(_store) is var files && files.Database.IsSameFileAs(known.Database))
        {
            _files = files with { Log = default, Index = default };
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "ALARM: the anchor file was removed or cut while the server runs. No act is taken before it is back.")]
    private static partial void LogAnchorLost(ILogger logger);

    [LoggerMessage(Level = LogLevel.Error, Message = "A commit, or the anchor line of one, failed: {Cause}")]
    private static partial void LogCommitFailed(ILogger logger, string cause, Exception? fault);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Somebody else wrote to the database or put another file in its place; it is opened anew.")]
    private static partial void LogFilesChanged(ILogger logger);

    [LoggerMessage(
        Level = LogLevel.Critical,
        Message = "ALARM StoreDisagreement: store-replaced. The database's newest record is {Found}, the anchor's is {Expected}; every act is refused.")]
    private static partial void LogReplaced(ILogger logger, long found, long expected);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database is the one that was written last again, up to record {Sequence}; acts are taken.")]
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

    /// <summary>A commit, and how to tell whether it stands: by its newest record, or by the mark where it has none.</summary>
    /// <param name="Head">Its newest record.</param>
    /// <param name="Mark">The mark in the file when it was tried.</param>
    /// <param name="Performed">The acts in it.</param>
    private sealed record Doubt((long Sequence, byte[] Hash)? Head, long Mark, List<(Waiting Waiting, UnitOfWork Act)> Performed)
    {
        /// <summary>Whether the mark was found: another is written over it before the doubt is over.</summary>
        public bool Stood { get; init; }
    }

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
