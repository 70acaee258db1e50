using System.Data.Common;
using System.Text.RegularExpressions;
using DensaiAdmin.Core.Store;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Tests.Support;

/// <summary>How SQLite would answer a query, one step a line.</summary>
internal static partial class QueryPlan
{
    /// <summary>Of a text. Its parameters stand for no value that matters to a plan.</summary>
    public static string Of(DensaiDbContext db, string sql)
    {
        db.Database.OpenConnection();
        return Explain(db.Database.GetDbConnection(), Parameter().Replace(sql, "1"), []);
    }

    /// <summary>Of a command, with its values.</summary>
    public static string Of(DbConnection connection, DbCommand command) =>
        Explain(connection, command.CommandText, command.Parameters.Cast<SqliteParameter>());

    private static string Explain(DbConnection connection, string sql, IEnumerable<SqliteParameter> parameters)
    {
        using var explain = connection.CreateCommand();
        explain.CommandText = "EXPLAIN QUERY PLAN " + sql;
        foreach (var parameter in parameters)
        {
            explain.Parameters.Add(new SqliteParameter(parameter.ParameterName, parameter.Value));
        }

        using var reader = explain.ExecuteReader();
        var plan = new List<string>();
        while (reader.Read())
        {
            plan.Add(reader.GetString(3));
        }

        return string.Join('\n', plan);
    }

    [GeneratedRegex(@"[@$]\w+", RegexOptions.NonBacktracking)]
    private static partial Regex Parameter();
}
