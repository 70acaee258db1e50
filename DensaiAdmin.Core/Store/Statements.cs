using System.Data.Common;
using System.Text;
using DensaiAdmin.Core.Pki;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace DensaiAdmin.Core.Store;

/// <summary>
/// Prepared statements of the writer's connection, for what every act writes and for the acts that come by the thousand: the same
/// tables, columns and conversions as the model's, at a twentieth of the cost of a context's change tracking. Used by the writer's
/// thread only. Their text is SQL that every engine reads: names in quotes, parameters as <c>@name</c>.
/// </summary>
internal sealed class Statements(DbConnection connection, IModel model) : IDisposable
{
    private readonly Dictionary<string, DbCommand> _commands = new(StringComparer.Ordinal);
    private readonly Dictionary<Type, Insertion> _insertions = [];
    private DbTransaction? _transaction;

    /// <summary>Every statement from here on runs in this transaction.</summary>
    public void Begin(DbTransaction? transaction) => _transaction = transaction;

    /// <summary>Runs a statement; returns how many rows it changed.</summary>
    public int Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters) =>
        Prepare(sql, parameters).ExecuteNonQuery();

    /// <summary>The first column of the first row, or null.</summary>
    public object? Scalar(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters) =>
        Prepare(sql, parameters).ExecuteScalar() is { } value and not DBNull ? value : null;

    /// <summary>Reads rows. The same text must not be read again before the reader is closed.</summary>
    public DbDataReader Read(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters) =>
        Prepare(sql, parameters).ExecuteReader();

    /// <summary>Inserts a row as the model maps it.</summary>
    /// <returns>Its key, where the store makes that; else 0.</returns>
    public long Insert<T>(T row)
        where T : class
    {
        if (!_insertions.TryGetValue(typeof(T), out var insertion))
        {
            insertion = new Insertion(
                connection,
                model.FindEntityType(typeof(T)) ?? throw new ArgumentException($"{typeof(T).Name} is not stored.", nameof(row)));
            _insertions[typeof(T)] = insertion;
        }

        return insertion.Run(row, _transaction);
    }

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

    private DbCommand Prepare(string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        if (!_commands.TryGetValue(sql, out var command))
        {
            command = connection.CreateCommand();
            command.CommandText = sql;
            foreach (var (name, _) in parameters)
            {
                Add(command, name);
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
                Sha256Hash hash => hash.ToByteArray(),
                SerialNumber serial => serial.ToString(),
                var value => value,
            };
        }

        return command;
    }

    private static void Add(DbCommand command, string name)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        command.Parameters.Add(parameter);
    }

    private sealed class Insertion : IDisposable
    {
        private readonly DbCommand _command;
        private readonly (IClrPropertyGetter Getter, ValueConverter? Converter)[] _columns;

        public Insertion(DbConnection connection, IEntityType type)
        {
            var made = type.FindPrimaryKey()!.Properties.SingleOrDefault(p => p.ValueGenerated == ValueGenerated.OnAdd);
            var properties = type.GetProperties().Where(p => p != made).ToList();
            _columns = [.. properties.Select(p => (p.GetGetter(), p.GetTypeMapping().Converter))];
            var names = new StringBuilder();
            var values = new StringBuilder();
            _command = connection.CreateCommand();
            foreach (var property in properties)
            {
                names.Append(names.Length > 0 ? ", " : "").Append('"').Append(property.GetColumnName()).Append('"');
                values.Append(values.Length > 0 ? ", " : "").Append('@').Append(property.Name);
                Add(_command, "@" + property.Name);
            }

            var returning = made is null ? "" : $" RETURNING \"{made.GetColumnName()}\"";
#pragma warning disable CA2100 // Names of the model; the values are parameters.
            _command.CommandText = $"INSERT INTO \"{type.GetTableName()}\" ({names}) VALUES ({values}){returning}";
#pragma warning restore CA2100
        }

        public long Run(object row, DbTransaction? transaction)
        {
            _command.Transaction = transaction;
            for (var i = 0; i < _columns.Length; i++)
            {
                var (getter, converter) = _columns[i];
                var value = getter.GetClrValue(row);
                _command.Parameters[i].Value = (value is null || converter is null ? value : converter.ConvertToProvider(value))
                    ?? DBNull.Value;
            }

            return _command.ExecuteScalar() is long key ? key : 0;
        }

        public void Dispose() => _command.Dispose();
    }
}
