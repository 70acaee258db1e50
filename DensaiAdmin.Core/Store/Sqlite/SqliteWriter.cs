using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using SQLitePCL;

namespace DensaiAdmin.Core.Store.Sqlite;

/// <summary>
/// The writer's connection to the file. SQLite itself never looks again at what it once opened, so the files are looked at before each
/// transaction and after each commit.
/// </summary>
internal sealed class SqliteWriter(StoreOptions store) : IWriterConnection
{
    private SqliteConnection? _connection;
    private Statements? _statements;
    private DbContextOptions<DensaiDbContext>? _options;

    // As they were when they had been looked at or written last.
    private StoreFiles? _files;

    // A number in the file's header that nothing else uses: writing it is a write, and reading it tells which commit was the last.
    private long _mark;

    /// <inheritdoc/>
    public StoreLook Look()
    {
        var files = StoreFiles.Of(store);
        var isChanged = _files is { } known && !files.IsUntouchedSince(known);
        if (isChanged)
        {
            OpenAnew();
        }

        _files = files;
        return new(IsThere: files.Database != default, isChanged);
    }

    /// <inheritdoc/>
    public bool TakeUp()
    {
        var files = StoreFiles.Of(store);
        if (_files is { } known && !files.AreThoseOf(known))
        {
            return false;
        }

        _files = files;
        return true;
    }

    /// <inheritdoc/>
    public IWriteTransaction Begin()
    {
        var wasOpen = _connection is not null;
        var transaction = new Transaction(this, Connect().BeginTransaction());
        if (!wasOpen && _files is { } looked)
        {
            // Until now whoever closed last took the log away with them. From here on it stays, for this connection is there.
            _files = StoreFiles.Of(store) with { Database = looked.Database };
        }

        return transaction;
    }

    /// <inheritdoc/>
    public (long Sequence, byte[] Hash) ReadHead() => HistoryChain.ReadHead(Connect(), null).Mark();

    /// <inheritdoc/>
    public bool Settle(CommitProof proof)
    {
        var marked = (MarkedCommit)proof;
        Disconnect();
        var connection = Connect();
        marked.Stood = marked.Head is { } head
            ? _statements!.Scalar(
                "SELECT \"Hash\" FROM \"HistoryRecords\" WHERE \"Sequence\" = @sequence", ("@sequence", head.Sequence)) is byte[] hash
                && hash.AsSpan().SequenceEqual(head.Hash)
            : marked.Stood || _mark == marked.Mark;
        // The mark written next is not the one in doubt, which nobody could tell from it when this has to be asked again.
        _mark = marked.Mark;
        using (var transaction = connection.BeginTransaction())
        {
            Mark(transaction);
            transaction.Commit();
        }

        if (marked.Stood)
        {
            // Whatever became of the flush that failed: all of it is written again, into the database itself.
            _statements!.Begin(null);
            if (_statements.Scalar("PRAGMA wal_checkpoint(TRUNCATE)") is not 0L)
            {
                // Told by a row, not by a fault: somebody still reads what it would have to take away.
                throw new IOException("What was committed in doubt could not be written again while somebody reads.");
            }
        }

        TakeUp();
        return marked.Stood;
    }

    /// <inheritdoc/>
    public void Disconnect()
    {
        _statements?.Dispose();
        _statements = null;
        _connection?.Dispose();
        _connection = null;
        // Whoever closes last tidies the log up; that is no other's doing.
        if (_files is { } known && StoreFiles.Of(store) is var files && files.Database.IsSameFileAs(known.Database))
        {
            _files = files with { Log = default, Index = default };
        }
    }

    /// <inheritdoc/>
    public void OpenAnew()
    {
        if (_connection is { Handle: { } handle })
        {
            // Closed last it would write its log, of another file, into the one that stands there now.
            _ = raw.sqlite3_db_config(handle, raw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, out _);
        }

        Disconnect();
        // Those who read stand on the old file as well.
        SqliteConnection.ClearAllPools();
    }

    public void Dispose() => Disconnect();

    private SqliteConnection Connect()
    {
        if (_connection is not null)
        {
            return _connection;
        }

        var how = SqliteEngine.HowToOpen(store);
        // Never made here: where the file was moved away, an empty one in its place would be taken for it.
        how.Mode = SqliteOpenMode.ReadWrite;
        // Not pooled: after a fault the next transaction begins on a handle of its own, not on the one that failed.
        how.Pooling = false;
        // Tries for a second at a time, so that whoever waits is looked after in between.
        how.DefaultTimeout = 1;
        var connection = new SqliteConnection(how.ToString());
        try
        {
            connection.Open();
            SqliteEngine.Prepare(connection);
            _options = new DbContextOptionsBuilder<DensaiDbContext>().UseSqlite(connection).Options;
            using (var db = new DensaiDbContext(_options))
            {
                _statements = new Statements(connection, db.Model);
            }

            _mark = (long)_statements.Scalar("PRAGMA user_version")!;
            _connection = connection;
            return connection;
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

    private void Mark(SqliteTransaction transaction)
    {
        _mark = (_mark + 1) & int.MaxValue;
        using var command = transaction.Connection!.CreateCommand();
        command.Transaction = transaction;
#pragma warning disable CA2100 // A number of our own; a pragma takes no parameters.
        command.CommandText = string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {_mark}");
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private sealed class Transaction : IWriteTransaction
    {
        private readonly SqliteWriter _writer;
        private readonly SqliteTransaction _transaction;
        private readonly long _changes;

        public Transaction(SqliteWriter writer, SqliteTransaction transaction)
        {
            (_writer, _transaction) = (writer, transaction);
            Sql = writer._statements!;
            Sql.Begin(transaction);
            _changes = TotalChanges();
        }

        public Statements Sql { get; }

        public HistoryChain? ReadHead()
        {
            try
            {
                return HistoryChain.ReadHead(_transaction.Connection!, _transaction);
            }
            catch (SqliteException fault) when (SqliteFaults.IsMissingTable(fault))
            {
                return null;
            }
        }

        public DensaiDbContext OpenContext()
        {
            var db = new DensaiDbContext(_writer._options!);
            db.Database.AutoSavepointsEnabled = false;
            db.Database.UseTransaction(_transaction);
            return db;
        }

        public void Touch() => _writer.Mark(_transaction);

        public CommitProof Prove((long Sequence, byte[] Hash)? head)
        {
            if (head is null && TotalChanges() != _changes)
            {
                // Without a record there is nothing else to tell by whether it was committed.
                Touch();
            }

            return new MarkedCommit(head, _writer._mark);
        }

        public void Commit() => _transaction.Commit();

        public void Dispose() => _transaction.Dispose();

        // How many rows this connection changed so far, those that were taken back included.
        private long TotalChanges() => (long)Sql.Scalar("SELECT total_changes()")!;
    }

    /// <summary>A commit, known by its newest record, or by the mark in the file where it has none.</summary>
    private sealed class MarkedCommit((long Sequence, byte[] Hash)? head, long mark) : CommitProof(head)
    {
        /// <summary>The mark in the file when it was tried.</summary>
        public long Mark { get; } = mark;

        /// <summary>Whether it was found to stand: another mark is written over it before the doubt is over.</summary>
        public bool Stood { get; set; }
    }
}
