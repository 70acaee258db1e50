using Microsoft.Data.Sqlite;

namespace DensaiAdmin.Core.Store.Sqlite;

/// <summary>
/// SQLite counts for one open connection the commits of all others, of whatever process, and answers without reading a page.
/// </summary>
internal sealed class SqliteVersion(StoreOptions store) : StoreVersion
{
    private readonly Lock _gate = new();
    private SqliteConnection? _connection;
    private SqliteCommand? _command;

    // A new connection counts from anew: without this, its number could be one that stood for something else.
    private long _connections;

    /// <inheritdoc/>
    public override (long Connection, long Commits) Read()
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

    /// <inheritdoc/>
    public override void OpenAnew()
    {
        lock (_gate)
        {
            Disconnect();
        }
    }

    public override void Dispose()
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
            var how = SqliteEngine.HowToOpen(store);
            how.Mode = SqliteOpenMode.ReadOnly;
            how.Pooling = false;
            _connection = new SqliteConnection(how.ToString());
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
