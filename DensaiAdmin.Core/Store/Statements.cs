using System.Data.Common;
using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace DensaiAdmin.Core.Store;

/// <summary>
/// Prepared statements of the writer's connection, for what every act writes and for the acts that come by the thousand: the same
/// tables, columns and conversions as the model's, at a twentieth of the cost of a context's change tracking. Used by the writer's
/// thread only.
/// </summary>
internal sealed class Statements(SqliteConnection connection, IModel model) : IDisposable
{
    private readonly Dictionary<string, SqliteCommand> _commands = new(StringComparer.Ordinal);
    private readonly Dictionary<Type, Insertion> _insertions = [];
    private SqliteTransaction? _transaction;

    /// <summary>Every statement from here on runs in this transaction.</summary>
    public void Begin(SqliteTransaction? transaction) => _transaction = transaction;

    /// <summary>Runs a statement; returns how many rows it changed.</summary>
    public int Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters) =>
        Prepare(sql, parameters).ExecuteNonQuery();

    /// <summary>Runs a statement whose text does not come again, and is therefore not kept.</summary>
    public void ExecuteOnce(string sql)
    {
        using var command = connection.CreateCommand();
        command.Transaction = _transaction;
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>How many rows this connection changed so far, those that were taken back included.</summary>
    public long TotalChanges() => (long)Scalar("SELECT total_changes()")!;

    /// <summary>The first column of the first row, or null.</summary>
    public object? Scalar(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters) =>
        Prepare(sql, parameters).ExecuteScalar() is { } value and not DBNull ? value : null;

    /// <summary>Reads rows. The same text must not be read again before the reader is closed.</summary>
    public DbDataReader Read(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters) =>
        Prepare(sql, parameters).ExecuteReader();

    /// <summary>Inserts a row as the model maps it; a key that the store makes is the store's to make.</summary>
    public void Insert<T>(T row)
        where T : class
    {
        if (!_insertions.TryGetValue(typeof(T), out var insertion))
        {
            insertion = new Insertion(
                connection,
                model.FindEntityType(typeof(T)) ?? throw new ArgumentException($"{typeof(T).Name} is not stored.", nameof(row)));
            _insertions[typeof(T)] = insertion;
        }

        insertion.Run(row, _transaction);
    }

    /// <summary>The key of the row inserted last.</summary>
    public long LastKey() => (long)Scalar("SELECT last_insert_rowid()")!;

    public void Dispose()
    {
        foreach (var command in _commands.Values)
        {
            command.Dispose();
        }

        foreach (var insertion in _insertions.Values)
        {
            insertion.Dispose();
        }
    }

    private SqliteCommand Prepare(string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        if (!_commands.TryGetValue(sql, out var command))
        {
            command = connection.CreateCommand();
            command.CommandText = sql;
            foreach (var (name, _) in parameters)
            {
                command.Parameters.Add(new SqliteParameter { ParameterName = name });
            }

            _commands[sql] = command;
        }

        command.Transaction = _transaction;
        for (var i = 0; i < parameters.Length; i++)
        {
            command.Parameters[i].Value = parameters[i].Value switch
            {
                null => DBNull.Value,
                DateTimeOffset instant => instant.ToUnixTimeMilliseconds(),
                var value => value,
            };
        }

        return command;
    }

    private sealed class Insertion : IDisposable
    {
        private readonly SqliteCommand _command;
        private readonly (IClrPropertyGetter Getter, ValueConverter? Converter)[] _columns;

        public Insertion(SqliteConnection connection, IEntityType type)
        {
            var properties = type.GetProperties().Where(p => !(p.IsPrimaryKey() && p.ValueGenerated == ValueGenerated.OnAdd)).ToList();
            _columns = [.. properties.Select(p => (p.GetGetter(), p.GetTypeMapping().Converter))];
            var names = new StringBuilder();
            var values = new StringBuilder();
            _command = connection.CreateCommand();
            foreach (var property in properties)
            {
                names.Append(names.Length > 0 ? ", " : "").Append('"').Append(property.GetColumnName()).Append('"');
                values.Append(values.Length > 0 ? ", " : "").Append('$').Append(property.Name);
                _command.Parameters.Add(new SqliteParameter { ParameterName = "$" + property.Name });
            }

            _command.CommandText = $"INSERT INTO \"{type.GetTableName()}\" ({names}) VALUES ({values})";
        }

        public void Run(object row, SqliteTransaction? transaction)
        {
            _command.Transaction = transaction;
            for (var i = 0; i < _columns.Length; i++)
            {
                var (getter, converter) = _columns[i];
                var value = getter.GetClrValue(row);
                _command.Parameters[i].Value = (value is null || converter is null ? value : converter.ConvertToProvider(value))
                    ?? DBNull.Value;
            }

            _command.ExecuteNonQuery();
        }

        public void Dispose() => _command.Dispose();
    }
}
