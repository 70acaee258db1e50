using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Core.Store.Sqlite;
using DensaiAdmin.Tests.Support;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Tests.Registry;

/// <summary>The number of users that stands beside a company is the number that counting them gives, whatever became of them.</summary>
public class CompanySizeTests
{
    /// <summary>What may befall a user in the store, our code's ways and those of whoever holds the file.</summary>
    public enum Step
    {
        Register,
        RegisterDeleted,
        RegisterStaff,
        Delete,
        Restore,
        Move,
        MoveToStaff,
        Rename,
        Erase,
    }

    [Property(MaxTest = 25, Arbitrary = [typeof(Lives)])]
    public void Size_AfterAnyChangesOfUsers_IsWhatCountingThemGives(Step[] steps)
    {
        using var store = new Store();
        foreach (var (number, step) in steps.Index())
        {
            store.Take(step, number);
        }

        Assert.Equal(store.Counted(), store.Kept());
    }

    [Fact]
    public async Task Size_AfterAnActThatFailed_IsAsBefore()
    {
        using var bank = TestBank.Open();
        var company = await bank.AddCompany();
        await bank.AddUser("0501D00601M", company, UserRole.Master);

        await Assert.ThrowsAsync<DbUpdateException>(() => bank.AddUser("0501D00601M", company));

        Assert.Equal(1, bank.Read(db => db.CompanySizes.Single(s => s.CompanyId == company.Id).Users));
    }

    public static class Lives
    {
        public static Arbitrary<Step[]> Steps() =>
            Gen.Elements(Enum.GetValues<Step>()).ListOf().Select(steps => steps.Prepend(Step.Register).ToArray()).ToArbitrary();
    }

    /// <summary>Two companies in a database in memory.</summary>
    private sealed class Store : IDisposable
    {
        private readonly DensaiDbContext _db = new(
            new DbContextOptionsBuilder<DensaiDbContext>().UseSqlite("Data Source=:memory:").Options);

        public Store()
        {
            _db.Database.OpenConnection();
            SqliteSchema.Migrate(_db);
            Run("INSERT INTO Companies (Id, Number, Name, AuthenticationMethod, MaxUsers) "
                + "VALUES (1, 'a', 'a', 'Certificate', 9), (2, 'b', 'b', 'Certificate', 9)");
        }

        public void Take(Step step, int number)
        {
            var company = 1 + (number % 2);
            // Somebody who is there already; nobody, where none is.
            var somebody = $"(SELECT Id FROM Users ORDER BY Id LIMIT 1 OFFSET {number} % (1 + (SELECT COUNT(*) FROM Users)))";
            Run(step switch
            {
                Step.Register => Insert(number, $"{company}", "NULL"),
                Step.RegisterDeleted => Insert(number, $"{company}", "1"),
                Step.RegisterStaff => Insert(number, "NULL", "NULL"),
                Step.Delete => $"UPDATE Users SET DeletedAt = {number + 1} WHERE Id = {somebody}",
                Step.Restore => $"UPDATE Users SET DeletedAt = NULL WHERE Id = {somebody}",
                Step.Move => $"UPDATE Users SET CompanyId = {company} WHERE Id = {somebody}",
                Step.MoveToStaff => $"UPDATE Users SET CompanyId = NULL WHERE Id = {somebody}",
                Step.Rename => $"UPDATE Users SET Name = 'n{number}' WHERE Id = {somebody}",
                Step.Erase => $"DELETE FROM Users WHERE Id = {somebody}",
            });
        }

        public List<(long Company, long Users)> Kept() => Read("SELECT CompanyId, Users FROM CompanySizes WHERE Users <> 0 ORDER BY 1");

        public List<(long Company, long Users)> Counted() =>
            Read("SELECT CompanyId, COUNT(*) FROM Users WHERE CompanyId IS NOT NULL AND DeletedAt IS NULL GROUP BY 1 ORDER BY 1");

        public void Dispose() => _db.Dispose();

        private static string Insert(int number, string company, string deletedAt) =>
            "INSERT INTO Users (CompanyId, LoginId, CanonicalLoginId, Name, MailAddress, Role, LoginPassword, LoginPasswordVersion, "
                + "ConfirmationPassword, ConfirmationPasswordVersion, CreatedAt, DeletedAt) "
                + $"VALUES ({company}, 'u{number}', 'U{number}', '', '', 'General', '', 0, '', 0, 0, {deletedAt})";

        private void Run(string sql)
        {
            using var command = _db.Database.GetDbConnection().CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }

        private List<(long Company, long Users)> Read(string sql)
        {
            using var command = _db.Database.GetDbConnection().CreateCommand();
            command.CommandText = sql;
            using var reader = command.ExecuteReader();
            var rows = new List<(long, long)>();
            while (reader.Read())
            {
                rows.Add((reader.GetInt64(0), reader.GetInt64(1)));
            }

            return rows;
        }
    }
}
