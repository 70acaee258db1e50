using System.Threading.Channels;
using DensaiAdmin.Core.History;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace DensaiAdmin.Core.Acts;

/// <summary>The store could not make an act durable and anchored. Nothing of the act was shown as done; it may be tried again.</summary>
public class StoreUnavailableException(string message, bool isUncertain, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether the act may stand in the store all the same, because only its anchor line failed: then nobody may say that nothing changed.</summary>
    public bool IsUncertain { get; } = isUncertain;
}

/// <summary>
/// The one writer. The history chain has one head, so acts are serial anyway: those that wait together share a
/// transaction and its one flush to disk, each inside its own savepoint. Readers never wait for it.
/// </summary>
public sealed partial class ActWriter : IDisposable
{
    private const int MostPerCommit = 64;

    private readonly Channel<Waiting> _queue = Channel.CreateBounded<Waiting>(new BoundedChannelOptions(4096) { SingleReader = true });
    private readonly StoreOptions _store;
    private readonly HistoryAnchor _anchor;
    private readonly ClockGuard _clock;
    private readonly ILogger<ActWriter> _log;
    private readonly Thread _thread;
    private SqliteConnection? _connection;
    private Statements? _statements;
    private DbContextOptions<DensaiDbContext>? _options;

    public ActWriter(StoreOptions store, HistoryAnchor anchor, ClockGuard clock, ILogger<ActWriter> log)
    {
        _store = store;
        _anchor = anchor;
        _clock = clock;
        _log = log;
        _thread = new Thread(Run) { IsBackground = true, Name = "act-writer" };
        _thread.Start();
    }

    /// <summary>The clock that dates the acts; asked before anybody is let in or anything signed (R26).</summary>
    public ClockGuard Clock => _clock;

    /// <summary>
    /// Performs an act: runs the delegate inside the write transaction and completes when everything is durable and anchored. Refused while
    /// the clock is not to be trusted (R26).
    /// </summary>
    /// <exception cref="ClockNotTrustedException">The clock is not to be trusted; the delegate did not run.</exception>
    /// <exception cref="StoreUnavailableException">The commit failed and nothing is done, or only the anchor failed: see <see cref="StoreUnavailableException.IsUncertain"/>.</exception>
    public Task<T> PerformAsync<T>(Func<Act, T> act, CancellationToken cancellation = default) =>
        EnqueueAsync(new Waiting<T>(act, needsClock: true), cancellation);

    /// <summary>
    /// The same for what must work whatever the clock says (R26): a revocation, a suspension, a logout, the CRL, what is refused and how
    /// often somebody tried, and the upkeep that lets nobody in. Such an act is dated by the latest record while the clock is behind, by what
    /// has passed since it was trusted while it is ahead.
    /// </summary>
    /// <inheritdoc cref="PerformAsync"/>
    public Task<T> PerformAnyTimeAsync<T>(Func<Act, T> act, CancellationToken cancellation = default) =>
        EnqueueAsync(new Waiting<T>(act, needsClock: false), cancellation);

    private async Task<T> EnqueueAsync<T>(Waiting<T> waiting, CancellationToken cancellation)
    {
        await _queue.Writer.WriteAsync(waiting, cancellation);
        return await waiting.Completion;
    }

    /// <summary>
    /// Performs an act whose first record goes on above records that are lost (<c>reconcile</c>). It must record <see cref="HistoryGap.Entry"/>
    /// first and anchor the gap.
    /// </summary>
    /// <param name="lostUntil">Sequence of the last record that is lost.</param>
    /// <param name="act">As in <see cref="PerformAsync"/>.</param>
    /// <param name="cancellation">Ends the wait for the writer.</param>
    internal Task<T> PerformAboveGapAsync<T>(long lostUntil, Func<Act, T> act, CancellationToken cancellation = default) =>
        EnqueueAsync(new Waiting<T>(act, needsClock: true) { LostUntil = lostUntil }, cancellation);

    /// <summary>
    /// Goes through an act and takes all of it back: nothing is stored, recorded, anchored or pushed. What must be quick the first time
    /// has then run once before.
    /// </summary>
    internal async Task RehearseAsync(Action<Act> act, CancellationToken cancellation = default)
    {
        try
        {
            await PerformAnyTimeAsync<bool>(
                a =>
                {
                    act(a);
                    a.Save();
                    throw new RehearsalOverException();
                },
                cancellation);
        }
        catch (RehearsalOverException)
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
        var batch = new List<Waiting>(MostPerCommit);
        while (_queue.Reader.WaitToReadAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult())
        {
            batch.Clear();
            while (batch.Count < MostPerCommit && _queue.Reader.TryRead(out var waiting))
            {
                batch.Add(waiting);
            }

            PerformBatch(batch);
        }
    }

    private void PerformBatch(List<Waiting> batch)
    {
        var performed = new List<(Waiting Waiting, Act Act)>(batch.Count);
        var isDurable = false;
        try
        {
            _anchor.CatchUp();
            var connection = Connect();
            using var transaction = connection.BeginTransaction();
            _statements!.Begin(transaction);
            var chain = HistoryChain.ReadHead(connection, transaction);
            foreach (var waiting in batch)
            {
                PerformOne(waiting, transaction, chain, performed);
            }

            transaction.Commit();
            isDurable = true;
            if (performed.FindLast(p => p.Act.Entries.Count > 0).Act is { } newest)
            {
                _clock.NoteRecorded(newest.Now);
            }

            if (chain.HasGrown || performed.Exists(p => p.Act.Anchored.Count > 0))
            {
                _anchor.Append(chain.Sequence, chain.Hash, performed.SelectMany(p => p.Act.Anchored), performed[^1].Act.Now);
            }
        }
        catch (Exception fault)
        {
            LogCommitFailed(_log, fault);
            Disconnect();
            if (isDurable)
            {
                // Only the anchor failed. The callers are told that it is uncertain, but a session that ended in the store must
                // not stay open on a screen; the line is owed, and no act begins before it is written.
                Push(performed);
            }

            var unavailable = new StoreUnavailableException("The act could not be made durable.", isDurable, fault);
            foreach (var waiting in batch)
            {
                waiting.Fail(unavailable);
            }

            return;
        }

        Push(performed);
        foreach (var (waiting, _) in performed)
        {
            waiting.Complete();
        }
    }

    private void Push(List<(Waiting Waiting, Act Act)> performed)
    {
        foreach (var action in performed.SelectMany(p => p.Act.AfterCommitActions))
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

    private void PerformOne(Waiting waiting, SqliteTransaction transaction, HistoryChain chain, List<(Waiting, Act)> performed)
    {
        var (at, reading) = _clock.DateAct();
        if (waiting.NeedsClock && !reading.IsTrusted)
        {
            waiting.Fail(new ClockNotTrustedException(reading));
            return;
        }

        var sql = _statements!;
        sql.Execute("SAVEPOINT act");
        var mark = chain.Mark();
        chain.SkipTo(waiting.LostUntil);
        var act = new Act(() => Open(transaction), sql, at, chain.Sequence + 1);
        try
        {
            waiting.Run(act);
            act.Save();
            foreach (var entry in act.Entries)
            {
                chain.Append(sql, entry, act.Now);
            }

            sql.Execute("RELEASE act");
            performed.Add((waiting, act));
        }
        catch (Exception fault) when (!IsOfTheStore(fault))
        {
            sql.Execute("ROLLBACK TO act");
            chain.ReturnTo(mark);
            waiting.Fail(fault);
        }
        finally
        {
            act.Close();
        }
    }

    private DensaiDbContext Open(SqliteTransaction transaction)
    {
        var db = new DensaiDbContext(_options!);
        db.Database.AutoSavepointsEnabled = false;
        db.Database.UseTransaction(transaction);
        return db;
    }

    // What is wrong with the disk or the file, not with the act: then no act of the batch may count as done (SQLite result codes
    // BUSY, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB), however deep EF wrapped it.
    private static bool IsOfTheStore(Exception? fault) =>
        fault is not null && (fault is SqliteException { SqliteErrorCode: 5 or 8 or 10 or 11 or 13 or 14 or 26 } || IsOfTheStore(fault.InnerException));

    private SqliteConnection Connect()
    {
        if (_connection is null)
        {
            // Not pooled: after a fault the next batch begins on a handle of its own, not on the one that failed.
            var connection = new SqliteConnection(new SqliteConnectionStringBuilder(_store.ConnectionString) { Pooling = false }.ToString());
            connection.Open();
            SqlitePragmas.Apply(connection);
            _options = new DbContextOptionsBuilder<DensaiDbContext>().UseSqlite(connection).Options;
            using (var db = new DensaiDbContext(_options))
            {
                _statements = new Statements(connection, db.Model);
            }

            _connection = connection;
        }

        return _connection;
    }

    private void Disconnect()
    {
        _statements?.Dispose();
        _statements = null;
        _connection?.Dispose();
        _connection = null;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A commit failed; the acts in it were refused.")]
    private static partial void LogCommitFailed(ILogger logger, Exception fault);

    [LoggerMessage(Level = LogLevel.Error, Message = "A push after a commit failed.")]
    private static partial void LogPushFailed(ILogger logger, Exception fault);

    private sealed class RehearsalOverException : Exception;

    private abstract class Waiting(bool needsClock)
    {
        public bool NeedsClock { get; } = needsClock;

        public long LostUntil { get; init; }

        public abstract void Run(Act act);

        public abstract void Complete();

        public abstract void Fail(Exception fault);
    }

    private sealed class Waiting<T>(Func<Act, T> act, bool needsClock) : Waiting(needsClock)
    {
        private readonly TaskCompletionSource<T> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T _result = default!;

        public Task<T> Completion => _source.Task;

        public override void Run(Act a) => _result = act(a);

        public override void Complete() => _source.TrySetResult(_result);

        public override void Fail(Exception fault) => _source.TrySetException(fault);
    }
}
