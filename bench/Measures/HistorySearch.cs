using System.Diagnostics;
using DensaiAdmin.Bench.Circuits;
using DensaiAdmin.Core.HistorySearch;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Bench.Measures;

/// <summary>操作履歴照会 of one company with a million records: every kind of search, and 100,000 rows as a file in flat memory.</summary>
internal static class HistorySearch
{
    private const int PerAct = 5_000;
    private const int Searches = 40;
    private const int People = 100;
    private const int FileRows = 100_000;

    public static async Task RunAsync(Settings settings)
    {
        Figures.Heading($"Search in {settings.Rows:N0} history records of one company");
        var directory = await Bank.CopyAsync(settings, 1_000);
        using (var bank = await Bank.OpenAsync(directory))
        {
            bank.Spread(await FillAsync(bank, settings.Rows));
            await SearchAsync(bank, settings);
        }

        await SaveAsync(settings, directory);
    }

    /// <summary>Gives one company its records, people, operations and results mixed as they are in life.</summary>
    /// <returns>The company.</returns>
    public static async Task<long> FillAsync(Bank bank, int rows)
    {
        var writer = bank.Get<StoreWriter>();
        await using var db = await bank.Get<IDbContextFactory<DensaiDbContext>>().CreateDbContextAsync();
        var master = await db.Users.SingleAsync(u => u.LoginId == Bank.Master);
        var people = await db.Users.Where(u => u.CompanyId == master.CompanyId).OrderBy(u => u.Id).Take(People)
            .Select(u => new { u.Id, u.LoginId }).ToListAsync();
        var clock = Stopwatch.StartNew();
        for (var done = 0; done < rows; done += PerAct)
        {
            var first = done;
            await writer.PerformAsync(work =>
            {
                for (var i = first; i < Math.Min(first + PerAct, rows); i++)
                {
                    var who = people[i % people.Count];
                    var refused = i % 50 == 0;
                    work.Record(new HistoryEntry
                    {
                        Operation = (i % 100) switch
                        {
                            < 55 => HistoryOperation.Login,
                            < 90 => HistoryOperation.Logout,
                            < 95 => HistoryOperation.SessionEnd,
                            < 99 => HistoryOperation.Download,
                            _ => HistoryOperation.Issue,
                        },
                        Result = refused ? HistoryResult.Refused : HistoryResult.Done,
                        CompanyId = master.CompanyId,
                        UserId = who.Id,
                        LoginId = who.LoginId,
                        Source = "192.0.2.1",
                        Detail = refused ? "login-refused" : "certificate-and-password",
                    });
                }

                return true;
            });
        }

        Console.WriteLine($"{rows:N0} records in {clock.Elapsed.TotalSeconds.Text("0.0")} s.");
        return master.CompanyId!.Value;
    }

    private static async Task SearchAsync(Bank bank, Settings settings)
    {
        var history = bank.Get<OperationHistory>();
        var master = await ActorAsync(bank, Bank.Master);
        var user = await ActorAsync(bank, Bank.Logins(bank.Directory)[1]);
        var newest = (await history.ListAsync(master, new()))!.Rows[0];
        var middle = (await history.FindAsync(
            master, (newest.RecordNumber / 2).ToString(System.Globalization.CultureInfo.InvariantCulture)))!.Line;
        var queries = new (string Name, Actor Actor, Func<int, HistoryQuery> Query)[]
        {
            ("the newest page", master, _ => new()),
            ("a page in the middle", master, i => new() { After = middle.RecordNumber - i }),
            ("the last page", master, i => new() { After = 52 + i }),
            ("one day in the middle", master, i => new() { From = middle.At.AddDays(i), Until = middle.At.AddDays(i + 1) }),
            ("one user", master, i => new() { LoginId = UserOf(i) }),
            ("a user's own", user, _ => new()),
            ("done ones", master, _ => new() { Result = HistoryResult.Done }),
            ("refused ones", master, _ => new() { Result = HistoryResult.Refused }),
            ("refused ones of thirty days", master, i => new()
            {
                From = middle.At.AddDays(i),
                Until = middle.At.AddDays(i + 30),
                Result = HistoryResult.Refused,
            }),
            ("a frequent operation", master, _ => new() { Operation = HistoryOperation.Login }),
            ("a rare operation", master, _ => new() { Operation = HistoryOperation.Issue }),
            ("an operation that never was", master, _ => new() { Operation = HistoryOperation.Unlock }),
            ("a frequent operation, refused", master, _ => new() { Operation = HistoryOperation.Login, Result = HistoryResult.Refused }),
            ("a frequent operation, never refused", master, _ => new()
            {
                Operation = HistoryOperation.Logout, Result = HistoryResult.Refused,
            }),
            ("one user's operation that never was", master, i => new() { LoginId = UserOf(i), Operation = HistoryOperation.Unlock }),
            ("one user's refused logins", master, i => new()
            {
                LoginId = UserOf(i),
                Operation = HistoryOperation.Login,
                Result = HistoryResult.Refused,
            }),
            ("a user's own, refused", user, _ => new() { Result = HistoryResult.Refused }),
            ("a login ID that nobody has", master, _ => new() { LoginId = "0501S00001Z" }),
            ("days without a record", master, i => new() { From = newest.At.AddDays(i + 1), Until = newest.At.AddDays(i + 2) }),
        };
        Figures.Table("search", "rows", "p50, ms", "**p95, ms** (goal 300)", "CPU, ms");
        foreach (var (name, actor, query) in queries)
        {
            var times = new List<double>();
            var cpu = TimeSpan.Zero;
            var total = 0;
            for (var i = -2; i < Searches * settings.Runs; i++)
            {
                var asked = query(Math.Max(i, 0) % Searches);
                var (clock, used) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
                total = (await history.ListAsync(actor, asked))!.Total;
                if (i >= 0)
                {
                    times.Add(clock.Elapsed.TotalMilliseconds);
                    cpu += Environment.CpuUsage.TotalTime - used;
                }
            }

            Figures.Row(
                name,
                total > OperationHistory.MaxCounted ? $"over {OperationHistory.MaxCounted:N0}" : $"{total:N0}",
                times.Median().Text("0.0"),
                times.Percentile(0.95).Text("0.0"),
                (cpu.TotalMilliseconds / times.Count).Text("0.0"));
        }
    }

    private static string UserOf(int i) =>
        i == 0 ? Bank.Master : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"0501S00001U{i:D5}");

    private static Task<Actor> ActorAsync(Bank bank, string loginId) => bank.Get<StoreWriter>().PerformAsync(work =>
    {
        var user = work.Db.Users.Include(u => u.CurrentCertificate).Single(u => u.LoginId == loginId);
        var session = new Session(
            user.Id, user.CurrentCertificate!.Id, user.CurrentCertificate.Sha256Fingerprint, Session.HashToken(loginId), "bench", "bench",
            work.Now);
        work.Db.Sessions.Add(session);
        work.Db.SaveChanges();
        return new Actor(session.Id, "bench");
    });

    private static async Task SaveAsync(Settings settings, string directory)
    {
        var (app, _) = await settings.StartAppAsync(directory);
        await using var server = app;
        using var master = new Visitor(Settings.Certificate, System.IO.Path.Combine(directory, "logins", Bank.Master + ".pem"));
        await master.LogInAsync(Bank.Password);
        Figures.Table(
            "file", "rows", "seconds", "CPU of the server, s", "managed MB before", "most while written", "after a full collection");
        for (var run = 0; run < settings.Runs; run++)
        {
            var before = server.ReadCollected();
            var (clock, started) = (Stopwatch.StartNew(), server.Read().Cpu);
            using var answer = await master.Http.GetAsync(
                new Uri("/management/history.csv?from=&to=&op=login", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
            answer.EnsureSuccessStatusCode();
            await using var body = await answer.Content.ReadAsStreamAsync();
            var (rows, max, buffer) = (-1, before.Heap, new byte[1 << 16]);
            for (int read; (read = await body.ReadAsync(buffer)) > 0;)
            {
                var lines = buffer.AsSpan(0, read).Count((byte)'\n');
                if ((rows + lines) / 5_000 != rows / 5_000)
                {
                    max = Math.Max(max, server.Read().Heap);
                }

                rows += lines;
                if (rows >= FileRows)
                {
                    break;
                }
            }

            var (took, used) = (clock.Elapsed, server.Read().Cpu - started);
            Figures.Row(
                $"run {run + 1}", $"{rows:N0}", took.TotalSeconds.Text(), used.TotalSeconds.Text(), Mb(before.Heap), Mb(max),
                Mb(server.ReadCollected().Heap));
        }

        static string Mb(long bytes) => (bytes / 1024.0 / 1024.0).Text("0.0");
    }
}
