using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Tests.Support;
using DensaiAdmin.Web.Verbs;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Tests.Verbs;

/// <summary>Verbs without a running server.</summary>
[Web]
public class VerbTests
{
    [Fact]
    public async Task Issue_AfterRevoke_WritesACertificateThatOthersAccept()
    {
        using var house = await VerbHouse.OpenAsync();
        var csr = await house.NewRequestAsync();

        var tooEarly = await house.RunAsync("issue", "0501D00601U", "--csr", csr);
        var revoked = await house.RunAsync("revoke", "0501d00601u", "--reason", "superseded", "--operator", "counter1");
        var issued = await house.RunAsync("issue", "0501D00601U", "--csr", csr);

        Assert.Equal((1, ""), (tooEarly.ExitCode, tooEarly.Output));
        Assert.Equal((0, ""), (revoked.ExitCode, revoked.Error));
        Assert.Equal((0, ""), (issued.ExitCode, issued.Error));
        using var certificate = X509Certificate2.CreateFromPem(issued.Output);
        Assert.Contains("0501D00601U", certificate.Subject, StringComparison.Ordinal);
        await File.WriteAllTextAsync(house.At("leaf.pem"), issued.Output, TestContext.Current.CancellationToken);
        var evaluated = await Tool.OpenSsl(
            "verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", Path.Combine(house.DataDirectory, "demo", "ca.pem"),
            house.At("leaf.pem"));
        Assert.True(evaluated.ExitCode == 0, evaluated.All);
        var record = house.History().Single(r => r is { Operation: HistoryOperation.Issue, Detail: "issued", SerialNumber: not null }
            && r.SerialNumber == certificate.SerialNumber);
        Assert.StartsWith("terminal:", record.Source, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Issue_TakesPemAndDer(bool pem)
    {
        using var house = await VerbHouse.OpenAsync();
        var csr = await house.NewRequestAsync();
        if (!pem)
        {
            Assert.Equal(0, (await Tool.OpenSsl("req", "-in", csr, "-outform", "DER", "-out", csr + ".der")).ExitCode);
            csr += ".der";
        }

        Assert.Equal(0, (await house.RunAsync("issue", "0501D00601N", "--csr", csr, "--operator", "counter2")).ExitCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n")]
    [InlineData("-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n")]
    [InlineData("0000000")]
    public async Task Issue_OfWhatIsNoRequest_IsRefusedInOneLine(string content)
    {
        using var house = await VerbHouse.OpenAsync();
        await File.WriteAllTextAsync(house.At("x.csr"), content, TestContext.Current.CancellationToken);

        CheckRefused(await house.RunAsync("issue", "0501D00601N", "--csr", house.At("x.csr")));
    }

    [Theory]
    [InlineData("issue", "0501D00601N", "--csr", "/no/such/file")]
    [InlineData("issue", "0501D00601N", "--csr", "/")]
    [InlineData("revoke", "0501D00601N", "--reason", "superseded", "--operator", "counter1")]
    [InlineData("revoke", "0501D00601S", "--reason", "superseded", "--operator", "counter1")]
    [InlineData("revoke", "nobody\u0007", "--reason", "superseded", "--operator", "counter1")]
    [InlineData("revoke", "0501D00601U", "--reason", "superseded", "--operator", "nobody")]
    [InlineData("revoke", "0501D00601U", "--reason", "superseded", "--operator", "0501D00601M")]
    [InlineData("unlock", "nobody", "--operator", "counter1")]
    [InlineData("unlock", "0501D00601U", "--operator", "counter1")]
    [InlineData("operator", "add", "counter1", "--name", "窓口", "--role", "approver")]
    [InlineData("seed", "--companies", "5", "--users", "3")]
    public async Task Refusals_SayWhyInOneLine_AndChangeNothing(params string[] args)
    {
        using var house = await VerbHouse.OpenAsync();
        var before = house.Read(db => (db.Users.Count(), db.Certificates.Count(), db.Certificates.Count(c => c.RevokedAt != null)));

        CheckRefused(await house.RunAsync(args));

        Assert.Equal(
            before, house.Read(db => (db.Users.Count(), db.Certificates.Count(), db.Certificates.Count(c => c.RevokedAt != null))));
    }

    [Theory]
    [InlineData("crl", "now")]
    [InlineData("audit", "verify")]
    [InlineData("ca", "show")]
    [InlineData("migrate")]
    [InlineData("revoke", "0501D00601U", "--reason", "superseded", "--operator", "counter1")]
    [InlineData("backup", "b.tar")]
    [InlineData("doctor")]
    public async Task Database_ThatAnotherProgramKeepsToItself_IsToldInOneLine(params string[] verb)
    {
        using var house = await VerbHouse.OpenAsync();
        Assert.NotEmpty(house.History());
        using var other = new SqliteConnection($"Data Source={Path.Combine(house.DataDirectory, "densai.db")};Pooling=False");
        other.Open();
        using var hold = other.CreateCommand();
        hold.CommandText = "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE;";
        hold.ExecuteNonQuery();

        var said = await house.RunAsync([.. verb.Select(word => word == "b.tar" ? house.At(word) : word)]);

        Assert.Equal(1, said.ExitCode);
        Assert.DoesNotContain("Exception", said.Output + said.Error, StringComparison.Ordinal);
        if (verb[0] != "doctor")
        {
            CheckRefused(said);
            Assert.Contains("ロックしてい", said.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Revoke_WithoutAServer_PublishesTheList()
    {
        using var house = await VerbHouse.OpenAsync();

        Assert.Equal(0, (await house.RunAsync("revoke", "0501D60001M", "--reason", "keyCompromise", "--operator", "counter1")).ExitCode);

        var (serial, list) = house.Read(db => (
            db.Users.Include(u => u.CurrentCertificate).Single(u => u.LoginId == "0501D60001M").CurrentCertificate!,
            db.PublishedCrls.OrderByDescending(c => c.Number).First().Der!));
        Assert.Equal(X509RevocationReason.KeyCompromise, serial.Reason);
        await File.WriteAllBytesAsync(house.At("crl.der"), list, TestContext.Current.CancellationToken);
        var shown = await Tool.OpenSsl("crl", "-inform", "DER", "-in", house.At("crl.der"), "-noout", "-text");
        Assert.Contains(serial.SerialNumber.ToString(), shown.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CrlNow_PublishesTheNextNumber()
    {
        using var house = await VerbHouse.OpenAsync();
        var before = house.Read(db => db.PublishedCrls.Max(c => c.Number));

        var said = await house.RunAsync("crl", "now");

        Assert.Equal(0, said.ExitCode);
        Assert.Equal(before + 1, house.Read(db => db.PublishedCrls.Max(c => c.Number)));
        Assert.Contains(house.History(), r => r is { Operation: HistoryOperation.CrlPublication, Detail: "crl-published" });
    }

    [Fact]
    public async Task CaShow_TellsTheCasAndTheirLists()
    {
        using var house = await VerbHouse.OpenAsync();

        var said = await house.RunAsync("ca", "show");

        Assert.Equal(0, said.ExitCode);
        var ca = house.Read(db => db.PublishedCrls.OrderByDescending(c => c.Number).First());
        Assert.Contains(ca.IssuerKeyIdentifier, said.Output, StringComparison.Ordinal);
        Assert.Contains($"番号 {ca.Number}", said.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("PRIVATE", said.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AuditVerify_IntactHistory_IsDone()
    {
        using var house = await VerbHouse.OpenAsync();

        var said = await house.RunAsync("audit", "verify");

        Assert.Equal(0, said.ExitCode);
        Assert.Contains($"{house.History().Count} records", said.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("UPDATE HistoryRecords SET Detail = 'x' WHERE Sequence = 3", 3)]
    [InlineData("DELETE FROM HistoryRecords WHERE Sequence = 3", 3)]
    [InlineData("DELETE FROM HistoryRecords WHERE Sequence > (SELECT MAX(Sequence) - 2 FROM HistoryRecords)", -1)]
    [InlineData(
        "UPDATE HistoryRecords SET Sequence = CASE Sequence WHEN 3 THEN -4 WHEN 4 THEN -3 END WHERE Sequence IN (3, 4); "
            + "UPDATE HistoryRecords SET Sequence = -Sequence WHERE Sequence < 0",
        3)]
    public async Task AuditVerify_EditedDeletedCutOrSwapped_NamesTheFirstBadRecord(string sql, int bad)
    {
        using var house = await VerbHouse.OpenAsync();
        var count = house.History().Count;
        house.Tamper(sql);

        var said = await house.RunAsync("audit", "verify");

        CheckRefused(said);
        Assert.Contains($"Record {(bad > 0 ? bad : count - 1)} ", said.Error, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(OfWhatIsThere))]
    public async Task Verb_WhereThereIsNothing_SaysSo_AndMakesNothing(string verb, bool isThere, string environment)
    {
        using var house = VerbHouse.Empty(environment);
        if (isThere)
        {
            Directory.CreateDirectory(house.DataDirectory);
        }

        var said = await house.RunAsync(Examples[verb]);
        if (verb == "doctor")
        {
            Assert.Contains("まだありません。最初の起動で作成します。", said.Output);
        }
        else
        {
            CheckRefused(said);
        }

        Assert.Equal(isThere, Directory.Exists(house.DataDirectory));
        Assert.False(isThere && Directory.EnumerateFileSystemEntries(house.DataDirectory).Any());
        Assert.False(File.Exists(house.AnchorFile));
    }

    [Fact]
    public void Verbs_AllHaveAnExample_AndFewMayMakeADataDirectory()
    {
        Assert.Equal(VerbTable.All.Select(verb => verb.Name).Order(StringComparer.Ordinal), Examples.Keys.Order(StringComparer.Ordinal));
        Assert.All(Examples, example => Assert.Equal(example.Key, CommandLine.Parse(example.Value, out _)?.Verb.Name));
        Assert.Equal(
            ["demo reset", "migrate", "operator add", "restore", "seed"],
            Examples.Where(e => CommandLine.Parse(e.Value, out _)!.Call.MayMakeStore).Select(e => e.Key).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("audit", "verify")]
    [InlineData("ca", "show")]
    public async Task Verb_ThatOnlyLooks_ChangesNoFile(params string[] verb)
    {
        using var house = await VerbHouse.OpenAsync("Testing");
        var before = Hashes(house);

        var said = await house.RunAsync(verb);

        Assert.True(said.ExitCode == 0, said.Error);
        Assert.Equal(before, Hashes(house));
    }

    [Fact]
    public async Task Verb_ThatOnlyLooks_DoesNotMakeAPassphrase()
    {
        using var house = await VerbHouse.OpenAsync();
        File.Delete(Path.Combine(house.DataDirectory, "dev-passphrase"));

        CheckRefused(await house.RunAsync("audit", "verify"));
        CheckRefused(await house.RunAsync("ca", "show"));

        Assert.False(File.Exists(Path.Combine(house.DataDirectory, "dev-passphrase")));
    }

    [Fact]
    public async Task OperatorAdd_PrintsAOneTimePassword_AndLogsNone()
    {
        using var house = await VerbHouse.OpenAsync();

        var said = await house.RunAsync("operator", "add", "counter3", "--name", "窓口担当三", "--role", "clerk");

        Assert.Equal(0, said.ExitCode);
        var password = OneTime(said);
        Assert.DoesNotContain(house.History(), r => (r.Detail + r.Value + r.TargetLoginId).Contains(password, StringComparison.Ordinal));
        Assert.Contains(house.History(), r => r is { Operation: HistoryOperation.OperatorRegistration, TargetLoginId: "counter3" });
    }

    [Fact]
    public async Task DemoReset_MakesTheBankAnew_RelativeToNow()
    {
        using var house = await VerbHouse.OpenAsync();
        await house.RunAsync("revoke", "0501D00601U", "--reason", "superseded", "--operator", "counter1");
        var before = house.Read(db => db.Installations.Single().Key);

        var said = await house.RunAsync("demo", "reset");

        Assert.Equal((0, ""), (said.ExitCode, said.Error));
        Assert.NotEqual(before, house.Read(db => db.Installations.Single().Key));
        Assert.Equal(
            CertificateStatus.Issued,
            house.Read(db => db.Users.Single(u => u.LoginId == "0501D00601U").CertificateStatusAt(DateTimeOffset.UtcNow)));
        Assert.Equal(0, (await house.RunAsync("audit", "verify")).ExitCode);
    }

    [Fact]
    public async Task DemoReset_OfARealBank_RemovesNothing()
    {
        using var house = await VerbHouse.OpenAsync();
        house.Tamper("UPDATE Installations SET EverHeldDemoBank = 0");
        var before = house.History().Count;

        CheckRefused(await house.RunAsync("demo", "reset"));

        Assert.Equal(before, house.History().Count);
    }

    [Fact]
    public async Task DemoResetAndSeed_OutsideDevelopment_AreRefused()
    {
        using var house = await VerbHouse.OpenAsync("Testing");

        CheckRefused(await house.RunAsync("demo", "reset"));
        CheckRefused(await house.RunAsync("seed", "--companies", "1", "--users", "1"));
    }

    [Fact]
    public async Task Seed_AddsCompaniesAndUsers()
    {
        using var house = await VerbHouse.OpenAsync();
        var before = house.Read(db => (Companies: db.Companies.Count(), Users: db.Users.Count()));

        Assert.Equal(0, (await house.RunAsync("seed", "--companies", "3", "--users", "12", "--largest", "8")).ExitCode);

        Assert.Equal((before.Companies + 3, before.Users + 12), house.Read(db => (db.Companies.Count(), db.Users.Count())));
    }

    [Fact]
    public async Task Migrate_BringsAnEmptyDirectoryUp()
    {
        using var house = VerbHouse.Empty("Testing");

        Assert.Equal(0, (await house.RunAsync("migrate")).ExitCode);

        Assert.Empty(house.Read(db => db.Database.GetPendingMigrations()));
    }

    [Fact]
    public async Task WrongUsage_EndsWith2_AndOneLine()
    {
        using var house = await VerbHouse.OpenAsync();

        var said = await house.RunAsync("revoke", "0501D00601U");

        Assert.Equal((2, ""), (said.ExitCode, said.Output));
        Assert.StartsWith("usage: revoke ", said.Error, StringComparison.Ordinal);
        Assert.Single(said.Error.TrimEnd('\n').Split('\n'));
    }

    public static TheoryData<string, bool, string> OfWhatIsThere()
    {
        var data = new TheoryData<string, bool, string>();
        foreach (var verb in Examples.Where(e => !CommandLine.Parse(e.Value, out _)!.Call.MayMakeStore).Select(e => e.Key))
        {
            foreach (var environment in (string[])["Development", "Testing"])
            {
                data.Add(verb, false, environment);
                data.Add(verb, true, environment);
            }
        }

        return data;
    }

    internal static readonly Dictionary<string, string[]> Examples = new(StringComparer.Ordinal)
    {
        ["issue"] = ["issue", "0501D00601N", "--csr", "/no/such/file"],
        ["revoke"] = ["revoke", "0501D00601U", "--reason", "superseded", "--operator", "counter1"],
        ["unlock"] = ["unlock", "0501D00601U", "--operator", "counter1"],
        ["crl now"] = ["crl", "now"],
        ["audit verify"] = ["audit", "verify"],
        ["ca show"] = ["ca", "show"],
        ["doctor"] = ["doctor"],
        ["operator add"] = ["operator", "add", "counter3", "--name", "窓口担当三", "--role", "clerk"],
        ["backup"] = ["backup", "/no/such/place/backup.tar"],
        ["restore"] = ["restore", "/no/such/backup.tar"],
        ["reconcile"] = ["reconcile"],
        ["migrate"] = ["migrate"],
        ["demo reset"] = ["demo", "reset"],
        ["seed"] = ["seed", "--companies", "1", "--users", "1"],
    };

    // SQLite's own shared memory is no content; a reader makes it where it stands.
    private static Dictionary<string, string> Hashes(VerbHouse house) =>
        Directory.EnumerateFiles(house.DataDirectory, "*", SearchOption.AllDirectories).Append(house.AnchorFile)
            .Where(file => !file.EndsWith("-shm", StringComparison.Ordinal)
                && !file.EndsWith("-wal", StringComparison.Ordinal)
                && !file.EndsWith("in-use.lock", StringComparison.Ordinal))
            .ToDictionary(
                file => file, file => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file))),
                StringComparer.Ordinal);

    internal static void CheckRefused(Said said)
    {
        Assert.Equal((1, ""), (said.ExitCode, said.Output));
        var line = Assert.Single(said.Error.TrimEnd('\n').Split('\n'));
        Assert.NotEmpty(line);
        Assert.DoesNotContain(line, char.IsControl);
    }

    internal static string OneTime(Said said) =>
        said.Output.Split('\n').Single(l => l.Contains("one-time password", StringComparison.Ordinal)).Split(": ")[1];
}
