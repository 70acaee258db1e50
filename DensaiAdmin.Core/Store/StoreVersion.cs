using Microsoft.Data.Sqlite;

namespace DensaiAdmin.Core.Store;

/// <summary>
/// Tells whether anything was committed since somebody last asked: what was read then still stands as long as the number is the same.
/// SQLite counts for one open connection the commits of all others, of whatever process, and answers without reading a page.
/// </summary>
public sealed class StoreVersion(StoreOptions store) : IDisposable
{
    private readonly Lock _gate = new();
    private SqliteConnection? _connection;
    private SqliteCommand? _command;

    // A new connection counts from anew: without this, its number could be one that stood for something else.
    private long _connections;

    /// <summary>A number that changes with every commit, and is never seen again afterwards.</summary>
    /// <exception cref="SqliteException">The store cannot be read.</exception>
    public (long Connection, long Commits) Read()
    {
        lock (_gate)
        {
            try
            {
                var commits = (long)Command().ExecuteScalar()!;
                return (_connections, commits);
            }
            catch (SqliteException)
            {
                Disconnect();
                throw;
            }
        }
    }

    /// <summary>
    /// Stands on the file that the name leads to now: what was read of another is never taken for what stands in this one.
    /// </summary>
    public void OpenAnew()
    {
        lock (_gate)
        {
            Disconnect();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            Disconnect();
        }
    }

    private SqliteCommand Command()
    {
        if (_command is null)
        {
            _connections++;
            _connection = new SqliteConnection(
                new SqliteConnectionStringBuilder(store.ConnectionString) { Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
            _connection.Open();
            _command = _connection.CreateCommand();
            _command.CommandText = "PRAGMA data_version";
            _command.Prepare();
        }

        return _command;
    }

    private void Disconnect()
    {
        _command?.Dispose();
        _connection?.Dispose();
        (_command, _connection) = (null, null);
    }
}
