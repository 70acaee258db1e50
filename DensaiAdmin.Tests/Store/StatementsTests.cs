using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store.Sqlite;
using DensaiAdmin.Tests.Support;
using Microsoft.Data.Sqlite;

namespace DensaiAdmin.Tests.Store;

public class StatementsTests
{
    [Fact]
    public async Task Insert_ByStatement_StoresWhatTheModelStores()
    {
        using var bank = TestBank.Open();
        var user = await bank.AddUser("0501D00601U", await bank.AddCompany());
        await InsertBothAsync(bank, "Certificates", serial =>
        {
            var certificate = new Certificate(
                user.Id, "0A", serial, [1, 2, 3], default, default, bank.Now, bank.Now.AddDays(1), bank.Now);
            certificate.Revoke(bank.Now.AddHours(1), 1, "counter1", X509RevocationReason.KeyCompromise);
            return certificate;
        });
        await InsertBothAsync(
            bank, "IssueIntents", serial => new IssueIntent(serial, user.Id, "0A", default, bank.Now.AddDays(1), bank.Now));
        await InsertBothAsync(bank, "OutboxMails", serial => new OutboxMail(
            MailKind.CertificateIssued, Correspondent.Of(user), serial.ToString(), serial.ToString(), "件名", "本文\n",
            bank.Now)
        { OwnerId = user.Id, CertificateId = 7 });
    }

    [Fact]
    public async Task Statement_OfAnActThatFails_LeavesNothing()
    {
        using var bank = TestBank.Open();
        var user = await bank.AddUser("0501D00601U", await bank.AddCompany());

        await Assert.ThrowsAsync<InvalidOperationException>(() => bank.Act(work =>
        {
            work.Sql.Execute("UPDATE Users SET Name = 'changed' WHERE Id = $id", ("$id", user.Id));
            throw new InvalidOperationException("after the statement");
        }));
        var error = await Assert.ThrowsAsync<SqliteException>(() => bank.Act(work => work.Sql.Execute(
            "INSERT INTO Companies (Number, Name, AuthenticationMethod) VALUES ('0501D00601', 'twice', 'Certificate')")));

        Assert.Equal(19, error.SqliteErrorCode);
        Assert.Equal("でんさい0501D00601U", bank.Read(db => db.Users.Single().Name));
        Assert.Equal(1, bank.Read(db => db.Companies.Count()));
    }

    [Fact]
    public async Task Context_AndStatements_SeeEachOthersSavedRowsInOneAct()
    {
        using var bank = TestBank.Open();
        var user = await bank.AddUser("0501D00601U", await bank.AddCompany());

        await bank.Act(work =>
        {
            work.Sql.Execute("UPDATE Users SET Name = 'by statement' WHERE Id = $id", ("$id", user.Id));
            Assert.Equal("by statement", work.Db.Users.Single().Name);
            work.Db.Users.Single().Suspend(work.Now);
            work.Db.SaveChanges();
            Assert.Equal(work.Now.ToUnixTimeMilliseconds(), work.Sql.Scalar("SELECT SuspendedAt FROM Users"));
        });
    }

    private static async Task InsertBothAsync<T>(TestBank bank, string table, Func<SerialNumber, T> make)
        where T : class
    {
        var (first, second) = (SerialNumber.New(), SerialNumber.New());
        await bank.Act(work =>
        {
            work.Db.Set<T>().Add(make(first));
            work.Db.SaveChanges();
            Assert.Equal(2, work.Sql.Insert(make(second)));
        });

        var rows = Rows(bank, table);
        Assert.Equal(2, rows.Count);
        Assert.Equal(rows[0].Replace(first.ToString(), "*"), rows[1].Replace(second.ToString(), "*"));
    }

    // Every column with the type SQLite keeps it in, without the key.
    private static List<string> Rows(TestBank bank, string table)
    {
        using var connection = new SqliteConnection(SqliteEngine.HowToOpen(bank.Store).ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT * FROM {table} ORDER BY Id";
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
        {
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Where(i => reader.GetName(i) != "Id").Select(i =>
                reader.GetName(i) + "=" + (reader.IsDBNull(i) ? "null"
                    : reader.GetValue(i) is byte[] octets ? Convert.ToHexString(octets)
                    : $"{reader.GetValue(i).GetType().Name} {reader.GetValue(i)}"))));
        }

        return rows;
    }
}
