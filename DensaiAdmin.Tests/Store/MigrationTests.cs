using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Core.Store.Sqlite;
using DensaiAdmin.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Tests.Store;

public class MigrationTests
{
    [Fact]
    public void Migrations_Applied_MakeWhatTheModelSays()
    {
        using var db = new DensaiDbContext(new DbContextOptionsBuilder<DensaiDbContext>().UseSqlite("Data Source=:memory:").Options);

        Assert.False(db.Database.HasPendingModelChanges());
    }

    // A migration that rebuilds a table knows only what its own model says: one made beside another would drop that one's columns.
    [Fact]
    public void Migrations_OneAfterAnother_LeaveEveryColumnOfTheModel()
    {
        using var db = new DensaiDbContext(new DbContextOptionsBuilder<DensaiDbContext>().UseSqlite("Data Source=:memory:").Options);
        db.Database.OpenConnection();
        SqliteSchema.Migrate(db);

        Assert.All(db.Model.GetEntityTypes(), type =>
        {
            var there = db.Database.SqlQuery<string>($"SELECT name AS Value FROM pragma_table_info({type.GetTableName()})").ToList();
            Assert.Empty(type.GetProperties().Select(p => p.GetColumnName()).Except(there, StringComparer.Ordinal));
        });
    }

    [Fact]
    public void Records_OfAHistory_StandAsTheyWereHashed_AndTheNarrowIndexesFindThem()
    {
        using var db = new DensaiDbContext(new DbContextOptionsBuilder<DensaiDbContext>().UseSqlite("Data Source=:memory:").Options);
        db.Database.OpenConnection();
        SqliteSchema.Migrate(db);
        var connection = (SqliteConnection)db.Database.GetDbConnection();
        using (var sql = new Statements(connection, db.Model))
        {
            var chain = HistoryChain.ReadHead(connection, null);
            var entry = new HistoryEntry
            {
                Operation = HistoryOperation.Login,
                Result = HistoryResult.Done,
                CompanyId = 1,
                Source = "192.0.2.1",
                Detail = "act",
            };
            HistoryEntry[] entries =
                [entry, entry with { Result = HistoryResult.Refused }, entry with { Operation = HistoryOperation.Issue }];
            foreach (var next in entries)
            {
                chain.Append(sql, next, DateTimeOffset.UnixEpoch);
            }
        }

        Assert.Equal(3, db.HistoryRecords.AsNoTracking().AsEnumerable().Count(r => r.ComputeHash().AsSpan().SequenceEqual(r.Hash)));
        Assert.Equal([2], Found("IX_HistoryRecords_CompanyId_At_Sequence_Operation_Result", "Result = 'Refused'"));
        Assert.Equal([3], Found("IX_HistoryRecords_CompanyId_Operation_At_Sequence_Result", "Operation <> 'Login'"));

        // SQLite refuses the query where it cannot be answered by that index.
        List<long> Found(string index, string condition)
        {
            using var command = connection.CreateCommand();
            command.CommandText = $"SELECT Sequence FROM HistoryRecords INDEXED BY {index} WHERE {condition}";
            using var reader = command.ExecuteReader();
            var found = new List<long>();
            while (reader.Read())
            {
                found.Add(reader.GetInt64(0));
            }

            return found;
        }
    }

    [Theory]
    [InlineData("UPDATE HistoryRecords SET Detail = 'other'")]
    [InlineData("DELETE FROM HistoryRecords")]
    [InlineData("INSERT OR REPLACE INTO HistoryRecords SELECT * FROM HistoryRecords")]
    public async Task History_WhoeverWrites_IsOnlyAppendedTo(string statement)
    {
        using var bank = TestBank.Open();
        await bank.Act(work => work.Record(
            new HistoryEntry { Operation = HistoryOperation.Operation, Result = HistoryResult.Done, Source = "here", Detail = "act" }));

        using var connection = new SqliteConnection(SqliteEngine.HowToOpen(bank.Store).ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = statement;
        Assert.Contains(
            "only appended to", Assert.Throws<SqliteException>(() => command.ExecuteNonQuery()).Message, StringComparison.Ordinal);
    }
}
