using System.Threading.Channels;
using DensaiAdmin.Core.History;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace DensaiAdmin.Core.Acts;

/// <summary>The store could not make an act durable and anchored. Nothing of the act was shown as done; it may be tried again.</summary>
public sealed class StoreUnavailableException(string message, bool isUncertain, Exception? inner = null) : Exception(message, inner)
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

    // Time servers set a clock back by less; more is the correction of a clock that was wrong, and is followed.
    private static readonly TimeSpan MostHeldBack = TimeSpan.FromMinutes(1);

    private readonly Channel<Waiting> _queue = Channel.CreateBounded<Waiting>(new BoundedChannelOptions(4096) { SingleReader = true });
    private readonly StoreOptions _store;
    private readonly HistoryAnchor _anchor;
    private readonly TimeProvider _clock;
    private readonly ILogger<ActWriter> _log;
    private readonly Thread _thread;
    private SqliteConnection? _connection;
    private Statements? _statements;
    private DbContextOptions<DensaiDbContext>? _options;
    private DateTimeOffset _latest;

    public ActWriter(StoreOptions store, HistoryAnchor anchor, TimeProvider clock, ILogger<ActWriter> log)
    {
        _store = store;
        _anchor = anchor;
        _clock = clock;
        _log = log;
        _thread = new Thread(Run) { IsBackground = true, Name = "act-writer" };
        _thread.Start();
    }

    /// <summary>
    /// Performs an act: runs the delegate inside the write transaction and completes when everything is durable and anchored.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The commit failed and nothing is done, or only the anchor failed: see <see cref="StoreUnavailableException.IsUncertain"/>.</exception>
    public async Task<T> PerformAsync<T>(Func<Act, T> act, CancellationToken cancellation = default)
    {
        var waiting = new Waiting<T>(act);
        await _queue.Writer.WriteAsync(waiting, cancellation);
        return await waiting.Completion;
    }

    /// <summary>
    /// Goes through an act and takes all of it back: nothing is stored, recorded, anchored or pushed. What must be quick the first time
    /// has then run once before.
    /// </summary>
    internal async Task RehearseAsync(Action<Act> act, CancellationToken cancellation = default)
    {
        try
        {
            await PerformAsync<bool>(
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
            if (chain.HasGrown || performed.Exists(p => p.Act.Anchored.Count > 0))
            {
                _anchor.Append(chain.Sequence, chain.Hash, performed.SelectMany(p => p.Act.Anchored), Now());
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
        var sql = _statements!;
        sql.Execute("SAVEPOINT act");
        var mark = chain.Mark();
        var act = new Act(() => Open(transaction), sql, Now());
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

    // Acts follow each other in time as they do in the chain: who reads on from the instant of the last reading (the CRL) would
    // miss one that was dated before it.
    private DateTimeOffset Now()
    {
        var now = _clock.GetUtcNow().ToWholeMilliseconds();
        return _latest = now < _latest && _latest - now < MostHeldBack ? _latest : now;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A commit failed; the acts in it were refused.")]
    private static partial void LogCommitFailed(ILogger logger, Exception fault);

    [LoggerMessage(Level = LogLevel.Error, Message = "A push after a commit failed.")]
    private static partial void LogPushFailed(ILogger logger, Exception fault);

    private sealed class RehearsalOverException : Exception;

    private abstract class Waiting
    {
        public abstract void Run(Act act);

        public abstract void Complete();

        public abstract void Fail(Exception fault);
    }

    private sealed class Waiting<T>(Func<Act, T> act) : Waiting
    {
        private readonly TaskCompletionSource<T> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T _result = default!;

        public Task<T> Completion => _source.Task;

        public override void Run(Act a) => _result = act(a);

        public override void Complete() => _source.TrySetResult(_result);

        public override void Fail(Exception fault) => _source.TrySetException(fault);
    }
}
