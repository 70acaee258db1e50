using System.Diagnostics;
using System.Security.Cryptography;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Enrollment;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Bench.Measures;

/// <summary>P3: request in, certificate out, durable with its history record, mails and anchor.</summary>
internal static class Enrolment
{
    private const int Issues = 1_600;
    private const double StepCa = 823;

    internal sealed record Figure(double PerSecond, double P50, double P99, double Cpu);

    public static async Task RunAsync(Settings settings)
    {
        Figures.Heading("P3 · enrolment after authentication, 8 at once, 100,000 users");
        var runs = new List<(Figure Ours, Figure Alone, (double Parse, double Issue) Memory, double Commits, double Hashes)>();
        for (var run = 0; run < settings.Runs; run++)
        {
            using var bank = await Bank.OpenAsync(await Bank.CopyAsync(settings, 100_000));
            var memory = InMemory(bank.Get<Authorities>());
            var commits = Commits(settings.Work);
            var ours = await IssueAsync(bank, Issues, atOnce: 8, skip: 0);
            var alone = await IssueAsync(bank, 200, atOnce: 1, skip: Issues);
            var hashes = await WithPasswordAsync(bank, 24, skip: Issues + 200);
            runs.Add((ours, alone, memory, commits, hashes));
        }

        Figures.Table("figure", "median", "each run");
        Row("certificates a second, 8 at once", r => r.Ours.PerSecond, "0");
        Row("÷ step-ca 823/s (the reference machine's figure)", r => r.Ours.PerSecond / StepCa, "0.00");
        Row("p50, ms", r => r.Ours.P50, "0.0");
        Row("p99, ms", r => r.Ours.P99, "0.0");
        Row("CPU per certificate, ms", r => r.Ours.Cpu, "0.00");
        Row("one at a time: certificates a second", r => r.Alone.PerSecond, "0");
        Row("one at a time: CPU per certificate, ms", r => r.Alone.Cpu, "0.00");
        Row("with the password hash, 8 at once: a second", r => r.Hashes, "0.0");
        Row("yardstick: requests read and evaluated in memory, a second of one core", r => r.Memory.Parse, "0");
        Row("yardstick: certificates built, linted and signed in memory, a second of one core", r => r.Memory.Issue, "0");
        Row("yardstick: SQLite commits of one row, WAL and FULL, a second", r => r.Commits, "0");

        void Row(
            string name, Func<(Figure Ours, Figure Alone, (double Parse, double Issue) Memory, double Commits, double Hashes),
            double> value, string format) =>
            Figures.Row(name, runs.Select(value).Median().Text(format), string.Join(" · ", runs.Select(r => value(r).Text(format))));
    }

    public static async Task<Figure> IssueAsync(Bank bank, int issues, int atOnce, int skip)
    {
        var enroll = bank.Get<EnrollCertificate>();
        var authorities = bank.Get<Authorities>();
        var users = await HoldersToBeAsync(bank, issues + (10 * atOnce), skip);
        var requests = users.Select(_ => NewRequest()).ToArray();
        var took = new double[users.Length];
        async Task OneAsync(int i)
        {
            var start = Stopwatch.GetTimestamp();
            var key = ((CertificationRequestOutcome.Accepted)CertificationRequest.Parse(requests[i], authorities.Certificates)).Key;
            if (await enroll.IssueAsync(users[i].Id, key, "127.0.0.1") is not EnrollOutcome.Issued)
            {
                throw new InvalidOperationException("Not issued.");
            }

            took[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        var next = -1;
        async Task WorkAsync(int end)
        {
            while (Interlocked.Increment(ref next) is var i && i < end)
            {
                await OneAsync(i);
            }

            Interlocked.Decrement(ref next);
        }

        await Task.WhenAll(Enumerable.Range(0, atOnce).Select(_ => Task.Run(() => WorkAsync(10 * atOnce))));
        next = (10 * atOnce) - 1;
        var cpu = Environment.CpuUsage.TotalTime;
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, atOnce).Select(_ => Task.Run(() => WorkAsync(users.Length))));
        var elapsed = clock.Elapsed;
        var measured = took[(10 * atOnce)..];
        return new(
            measured.Length / elapsed.TotalSeconds, measured.Median(), measured.Percentile(0.99),
            (Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds / measured.Length);
    }

    private static byte[] NewRequest()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Bank.NewRequest(key);
    }

    private static async Task<(long Id, string LoginId)[]> HoldersToBeAsync(Bank bank, int count, int skip)
    {
        await using var db = await bank.Get<IDbContextFactory<DensaiDbContext>>().CreateDbContextAsync();
        var users = await db.Users
            .Where(
                u => u.CurrentCertificateId == null && u.SuspendedAt == null && u.Role == UserRole.General && u.LoginId.StartsWith("0501S"))
            .OrderBy(u => u.Id).Select(u => new { u.Id, u.LoginId }).Take(count).ToListAsync();
        return users.Count == count
            ? [.. users.Select(u => (u.Id, u.LoginId))]
            : throw new InvalidOperationException($"Only {users.Count} users without a certificate.");
    }

    /// <summary>
    /// Everything of an issue but the store: reading and judging the request; building, linting and signing. By CPU time, so of one core.
    /// </summary>
    private static (double Parse, double Issue) InMemory(Authorities authorities)
    {
        const int rounds = 5_000;
        var request = NewRequest();
        var now = DateTimeOffset.UtcNow;
        AcceptedKey Parse() => ((CertificationRequestOutcome.Accepted)CertificationRequest.Parse(request, authorities.Certificates)).Key;
        var key = Parse();
        return (
            PerCpuSecond(rounds, () => Parse()),
            PerCpuSecond(rounds, () => authorities.Issuer.Issue(
                new IssueRequest("0501D00601U", SerialNumber.New(), key, ValidityPolicy.NotBefore(now), ValidityPolicy.NotAfter(now, 1)))));
    }

    private static double PerCpuSecond(int rounds, Action work)
    {
        for (var i = 0; i < rounds / 5; i++)
        {
            work();
        }

        var before = Environment.CpuUsage.TotalTime;
        for (var i = 0; i < rounds; i++)
        {
            work();
        }

        return rounds / (Environment.CpuUsage.TotalTime - before).TotalSeconds;
    }

    private static double Commits(string work)
    {
        const int rounds = 1_000;
        var file = Path.Combine(work, "commits.db");
        File.Delete(file);
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        Core.Store.Sqlite.SqliteEngine.Prepare(connection);
        using var command = connection.CreateCommand();
        command.CommandText = "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)";
        command.ExecuteNonQuery();
        command.CommandText = "INSERT INTO t (v) VALUES ('a row of the size of a small record, to be made durable')";
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < rounds; i++)
        {
            command.ExecuteNonQuery();
        }

        return rounds / clock.Elapsed.TotalSeconds;
    }

    private static async Task<double> WithPasswordAsync(Bank bank, int issues, int skip)
    {
        var enroll = bank.Get<EnrollCertificate>();
        var users = await HoldersToBeAsync(bank, issues, skip);
        var clock = Stopwatch.StartNew();
        await Parallel.ForEachAsync(users.Index(), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (user, cancellation) =>
        {
            // A source of its own each: the throttle of a single one is not what is measured.
            var outcome = await enroll.ByUserAsync(
                new EnrollmentCredentials(user.Item.LoginId, new SuppliedPassword(Bank.Password)), NewRequest(),
                Actor.Anonymous($"192.0.2.{user.Index}"), cancellation);
            if (outcome is not EnrollOutcome.Issued)
            {
                throw new InvalidOperationException($"Not issued: {outcome}");
            }
        });
        return issues / clock.Elapsed.TotalSeconds;
    }
}
