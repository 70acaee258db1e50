using System.Diagnostics;
using DensaiAdmin.Bench.Circuits;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Acts;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Users;
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
            await FillAsync(bank, settings.Rows);
            await SearchAsync(bank, settings);
        }

        await SaveAsync(settings, directory);
    }

    // One record a minute, so that days, people, operations and results lie mixed as they do in life.
    private static async Task FillAsync(Bank bank, int rows)
    {
        var acts = bank.Get<ActWriter>();
        await using var db = await bank.Get<IDbContextFactory<DensaiDbContext>>().CreateDbContextAsync();
        var master = await db.Users.SingleAsync(u => u.LoginId == Bank.Master);
        var people = await db.Users.Where(u => u.CompanyId == master.CompanyId).OrderBy(u => u.Id).Take(People).Select(u => new { u.Id, u.LoginId }).ToListAsync();
        var clock = Stopwatch.StartNew();
        for (var done = 0; done < rows; done += PerAct)
        {
            var first = done;
            await acts.PerformAsync(act =>
            {
                for (var i = first; i < Math.Min(first + PerAct, rows); i++)
                {
                    var who = people[i % people.Count];
                    var refused = i % 50 == 0;
                    act.Record(new HistoryEntry
                    {
                        Operation = (i % 100) switch { < 55 => HistoryOperation.Login, < 90 => HistoryOperation.Logout, < 95 => HistoryOperation.SessionEnd, < 99 => HistoryOperation.Download, _ => HistoryOperation.Issue },
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

        // The writer dates them now; spread over the years they are what a company has after all that time.
        bank.Spread(master.CompanyId!.Value);
        Console.WriteLine($"{rows:N0} records in {clock.Elapsed.TotalSeconds.Text("0.0")} s.");
    }

    private static async Task SearchAsync(Bank bank, Settings settings)
    {
        var history = bank.Get<OperationHistory>();
        var actor = await ActorAsync(bank);
        var newest = (await history.ListAsync(actor, new()))!.Rows[0];
        var middle = (await history.FindAsync(actor, (newest.RecordNumber / 2).ToString(System.Globalization.CultureInfo.InvariantCulture)))!.Line;
        var queries = new (string Name, Func<int, HistoryQuery> Query)[]
        {
            ("the newest page", _ => new()),
            ("a page in the middle", i => new() { After = middle.RecordNumber - i }),
            ("one day in the middle", i => new() { From = middle.At.AddDays(i), Until = middle.At.AddDays(i + 1) }),
            ("one user", i => new() { LoginId = UserOf(i) }),
            ("refused ones", _ => new() { Result = HistoryResult.Refused }),
            ("a rare operation", _ => new() { Operation = HistoryOperation.Issue }),
            ("an operation that never was", _ => new() { Operation = HistoryOperation.Unlock }),
            ("one user's refused logins", i => new() { LoginId = UserOf(i), Operation = HistoryOperation.Login, Result = HistoryResult.Refused }),
        };
        Figures.Table("search", "p50, ms", "**p95, ms** (goal 300)");
        foreach (var (name, query) in queries)
        {
            var times = new List<double>();
            for (var i = -2; i < Searches * settings.Runs; i++)
            {
                var clock = Stopwatch.StartNew();
                await history.ListAsync(actor, query(Math.Max(i, 0) % Searches));
                if (i >= 0)
                {
                    times.Add(clock.Elapsed.TotalMilliseconds);
                }
            }

            Figures.Row(name, times.Median().Text("0.0"), times.Percentile(0.95).Text("0.0"));
        }
    }

    private static string UserOf(int i) => i == 0 ? Bank.Master : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"0501S00001U{i:D5}");

    private static Task<Actor> ActorAsync(Bank bank) => bank.Get<ActWriter>().PerformAsync(act =>
    {
        var master = act.Db.Users.Include(u => u.CurrentCertificate).Single(u => u.LoginId == Bank.Master);
        var session = new Session(master.Id, master.CurrentCertificate!.Id, master.CurrentCertificate.Sha256Fingerprint, Session.HashToken("bench"), "bench", "bench", act.Now);
        act.Db.Sessions.Add(session);
        act.Db.SaveChanges();
        return new Actor(session.Id, "bench");
    });

    private static async Task SaveAsync(Settings settings, string directory)
    {
        var (app, _) = await settings.StartAppAsync(directory);
        await using var server = app;
        using var master = new Visitor(Settings.Certificate, System.IO.Path.Combine(directory, "logins", Bank.Master + ".pem"));
        await master.LogInAsync(Bank.Password);
        Figures.Table("file", "rows", "seconds", "managed MB before", "most while written", "after a full collection");
        for (var run = 0; run < settings.Runs; run++)
        {
            var before = server.ReadCollected();
            var clock = Stopwatch.StartNew();
            using var answer = await master.Http.GetAsync(new Uri("/management/history.csv?from=&to=&op=login", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
            answer.EnsureSuccessStatusCode();
            await using var body = await answer.Content.ReadAsStreamAsync();
            var (rows, most, buffer) = (-1, before.Heap, new byte[1 << 16]);
            for (int read; (read = await body.ReadAsync(buffer)) > 0;)
            {
                var lines = buffer.AsSpan(0, read).Count((byte)'\n');
                if ((rows + lines) / 5_000 != rows / 5_000)
                {
                    most = Math.Max(most, server.Read().Heap);
                }

                rows += lines;
                if (rows >= FileRows)
                {
                    break;
                }
            }

            Figures.Row($"run {run + 1}", $"{rows:N0}", clock.Elapsed.TotalSeconds.Text(), Mb(before.Heap), Mb(most), Mb(server.ReadCollected().Heap));
        }

        static string Mb(long bytes) => (bytes / 1024.0 / 1024.0).Text("0.0");
    }
}
