using System.Globalization;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.DemoBank;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store.Sqlite;
using DensaiAdmin.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;

namespace DensaiAdmin.Tests.DemoBank;

public class SeedUsersTests
{
    static readonly DateTimeOffset Now = new(2026, 8, 31, 15, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(10_001, 100_000, 20_000, 8, 8)]
    [InlineData(10_000, 100_000, 20_000, 8, 9)]
    [InlineData(3, 10, null, 3, 4)]
    [InlineData(1, 50, 50, 50, 50)]
    public void Seed_Sizes_AddUpAndAreEven(int companies, int users, int? largest, int fewest, int max)
    {
        var sizes = Assert.IsType<int[]>(SeedUsers.Sizes(new SeedRequest(companies, users, largest)));

        Assert.Equal(companies, sizes.Length);
        Assert.Equal(users, sizes.Sum());
        Assert.Equal(largest ?? max, sizes[0]);
        var others = largest is null || companies == 1 ? sizes : sizes[1..];
        Assert.Equal((fewest, max), (others.Min(), others.Max()));
    }

    [Theory]
    [InlineData(0, 10, null)]
    [InlineData(11, 10, null)]
    [InlineData(3, 10, 9)]
    [InlineData(1, 10, 9)]
    [InlineData(2, 10, 0)]
    public async Task Seed_ThatDoesNotAddUp_AddsNothing(int companies, int users, int? largest)
    {
        using var installation = new DemoInstallation(Now);

        Assert.IsType<SeedOutcome.NotPossible>(await Seed(installation, new SeedRequest(companies, users, largest)));

        Assert.Equal(0, installation.Read(db => db.Companies.Count()));
        Assert.Equal(0, installation.Read(db => db.HistoryRecords.Count()));
    }

    /// <summary>What is dated back is on the next list of a server that runs, not only on the first after a restart.</summary>
    [Fact]
    public async Task Seed_BesideAPublisherThatRuns_HasItsRevocationsListedAtOnce()
    {
        using var installation = new DemoInstallation(Now);
        using var publisher = new CrlPublisher(
            installation.Authorities, installation.Writer, installation.Contexts, installation.Crl, installation.Anchor,
            new Alarms(installation.Writer, NullLogger<Alarms>.Instance), installation.Clock, NullLogger<CrlPublisher>.Instance);
        await publisher.StartAsync(TestContext.Current.CancellationToken);

        await Seed(installation).RunAsync(new SeedRequest(1, 400), cancellation: TestContext.Current.CancellationToken);
        await publisher.PublishAsync(always: false, TestContext.Current.CancellationToken);

        var revoked = installation.Read(
            db => db.Certificates.Where(c => c.RevokedAt != null && c.NotAfter >= Now).Select(c => c.SerialNumber).ToList());
        Assert.True(revoked.Count > 10);
        Assert.Subset(publisher.Current!.List.Entries.Select(e => e.Serial).ToHashSet(), revoked.ToHashSet());
        await publisher.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Seed_BesideTheDemoBank_AddsUsersInEveryState()
    {
        using var installation = new DemoInstallation(Now);
        await installation.EnsureAsync();
        var demo = installation.Read(db => (Users: db.Users.Count(), Certificates: db.Certificates.Count()));

        var seeded = Assert.IsType<SeedOutcome.Seeded>(await Seed(installation, new SeedRequest(Companies: 51, Users: 600, Largest: 200)));

        Assert.Equal((51, 600), (seeded.Companies, seeded.Users));
        Assert.Equal(600, installation.Read(db => db.Users.Count()) - demo.Users);
        Assert.Equal(seeded.Certificates, installation.Read(db => db.Certificates.Count()) - demo.Certificates);
        var users = installation.Read(
            db => db.Users.AsNoTracking().Include(u => u.CurrentCertificate).Where(u => u.LoginId.StartsWith("0501S")).ToList());
        Assert.Equal(200, users.Count(u => u.LoginId.StartsWith("0501S00001", StringComparison.Ordinal)));
        Assert.Equal(51, users.Count(u => u.Role == UserRole.Master));
        var states = users.CountBy(u => u.CertificateStatusAt(Now)).ToDictionary();
        Assert.All(Enum.GetValues<CertificateStatus>(), status => Assert.InRange(states[status], 20, 500));
        Assert.InRange(users.Count(u => u.CertificateStatusAt(Now) == CertificateStatus.Issued && JapanDays(u) <= 40), 30, 90);
        Assert.All(users, u =>
        {
            Assert.Equal(u.CurrentCertificate?.NotAfter, u.CertificateNotAfter);
            Assert.Equal(u.CurrentCertificate?.RevokedAt, u.CertificateRevokedAt);
            Assert.Equal(LoginId.Canonical(u.LoginId), u.CanonicalLoginId);
        });
        Assert.Single(users.Select(u => u.LoginPassword.Stored).Distinct(StringComparer.Ordinal));
        Assert.Contains(users, u => u.SuspendedAt is not null);
        var certificates = installation.Read(db => db.Certificates.AsNoTracking().ToList());
        Assert.True(certificates.CountBy(c => c.UserId).Max(c => c.Value) == 2);
        Assert.All(certificates, c => Assert.True(c.IssuedAt < Now && !(c.RevokedAt < c.IssuedAt) && !(c.RevokedAt > Now)));
    }

    [Fact]
    public async Task Seed_Again_AddsOtherCompanies()
    {
        using var installation = new DemoInstallation(Now);
        await Seed(installation, new SeedRequest(2, 10));
        await Seed(installation, new SeedRequest(2, 10));

        Assert.Equal(
            ["0501S00001", "0501S00002", "0501S00003", "0501S00004"],
            installation.Read(db => db.Companies.OrderBy(c => c.Number).Select(c => c.Number).ToList()));
        Assert.Equal(20, installation.Read(db => db.Users.Count()));
    }

    [Fact]
    public async Task Seed_OverSeveralCommits_LeavesAWholeHistoryAndWholeReferences()
    {
        using var installation = new DemoInstallation(Now);
        var told = new List<int>();
        var progress = new Telling(told);
        var seeded = Assert.IsType<SeedOutcome.Seeded>(
            await Seed(installation).RunAsync(new SeedRequest(500, 5_000), progress, TestContext.Current.CancellationToken));

        Assert.Equal([2_000, 4_000, 5_000], told);
        Assert.Equal(
            ["2000", "2000", "1000"], installation.Read(db => db.HistoryRecords.OrderBy(r => r.Sequence).Select(r => r.Value).ToList()));
        Assert.True(
            (await new VerifyHistory(installation.Contexts, installation.Anchor).RunAsync(TestContext.Current.CancellationToken)).IsIntact);
        Assert.All(installation.Anchor.Read(), line => Assert.True(line.IsSigned));
        var lines = installation.Anchor.Read().Select(l => l.Line).ToList();
        Assert.Equal(seeded.Certificates, lines.Sum(l => l.Issued().Count()));
        Assert.Equal(installation.Read(db => db.Certificates.Count(c => c.RevokedAt != null)), lines.Sum(l => l.Revoked().Count()));
        using var connection = new SqliteConnection(SqliteEngine.HowToOpen(installation.Store).ToString());
        connection.Open();
        using var check = connection.CreateCommand();
        check.CommandText = "PRAGMA foreign_key_check";
        using var broken = check.ExecuteReader();
        Assert.False(broken.Read());
    }

    [Fact]
    public async Task SeededCertificates_CheckedByOpenSsl_AreGood()
    {
        using var installation = new DemoInstallation(Now);
        await Seed(installation, new SeedRequest(2, 20));
        using var files = new TemporaryDirectory();
        var trust = files.Write("ca.pem", string.Concat(installation.Authorities.Certificates.Select(c => c.ToPem() + "\n")));

        foreach (var certificate in installation.Read(db => db.Certificates.AsNoTracking().ToList()))
        {
            var der = files.Write("leaf.cer", certificate.Der);
            var at = certificate.NotAfter.AddMinutes(-1).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            var verified = await Tool.OpenSsl("verify", "-x509_strict", "-purpose", "sslclient", "-attime", at, "-CAfile", trust, der);
            Assert.True(verified.ExitCode == 0, verified.All);
        }
    }

    static int JapanDays(User user) => Core.JapanTime.DaysUntil(user.CertificateNotAfter!.Value, Now);

    static Task<SeedOutcome> Seed(DemoInstallation installation, SeedRequest request) =>
        Seed(installation).RunAsync(request, cancellation: TestContext.Current.CancellationToken);

    static SeedUsers Seed(DemoInstallation installation) =>
        new(installation.Writer, installation.Authorities, installation.Crl, installation.Clock) { HashIterations = 1 };

    sealed class Telling(List<int> told) : IProgress<int>
    {
        public void Report(int value) => told.Add(value);
    }
}
