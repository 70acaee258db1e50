using System.Diagnostics;
using System.Globalization;
using DensaiAdmin.Bench.Circuits;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Bench.Measures;

/// <summary>
/// P7: the list of the largest company's users, from the request to fifty rows that answer, its next page and its search.
/// </summary>
internal static class UserList
{
    private const string Path = "/management/users/revocation";
    private const int Loads = 40;
    private const int Moves = 200;

    internal sealed record Figure(
        double Load, double Bare, double Next, double NextP99, double Search, double SearchP99, double LoadCpu, double BareCpu,
        double BareNext);

    public static async Task RunAsync(Settings settings)
    {
        Figures.Heading("P7 · user list of a company of 20,000 among 100,000 users");
        var directory = await Bank.CopyAsync(settings, 100_000);
        var (app, _) = await settings.StartAppAsync(directory);
        await using var server = app;
        await using var yardstick = await Settings.StartYardstickAsync(directory);
        var runs = new List<Figure>();
        for (var run = -1; run < settings.Runs; run++)
        {
            var figure = await OfAsync(server, yardstick, directory);
            if (run >= 0)
            {
                runs.Add(figure);
            }
        }

        Figures.Table("figure", "median", "each run");
        Row("GET → 50 rows that answer, ms", r => r.Load);
        Row("bare 50-row page, ms", r => r.Bare);
        Row("**ours ÷ bare**", r => r.Load / r.Bare);
        Row("CPU per load: ours, ms", r => r.LoadCpu);
        Row("CPU per load: bare, ms", r => r.BareCpu);
        Row("next page p50, ms", r => r.Next);
        Row("**next page p99, ms**", r => r.NextP99);
        Row("bare next page p50, ms", r => r.BareNext);
        Row("search p50, ms", r => r.Search);
        Row("**search p99, ms**", r => r.SearchP99);

        void Row(string name, Func<Figure, double> value) =>
            Figures.Row(name, runs.Select(value).Median().Text(), string.Join(" · ", runs.Select(r => value(r).Text())));
    }

    /// <param name="server">The product on the bank.</param>
    /// <param name="yardstick">Null: the figures beside it are not taken.</param>
    /// <param name="directory">The bank.</param>
    public static async Task<Figure> OfAsync(ServerProcess server, ServerProcess? yardstick, string directory)
    {
        using var master = new Visitor(Settings.Certificate, System.IO.Path.Combine(directory, "logins", Bank.Master + ".pem"));
        await master.LogInAsync(Bank.Password);
        using var stranger = new Visitor(Settings.Yardstick, System.IO.Path.Combine(directory, "logins", Bank.Master + ".pem"));
        var ids = await IdsAsync(directory);
        var (load, bare) = (new List<double>(), new List<double>());
        var (loadCpu, bareCpu) = (TimeSpan.Zero, TimeSpan.Zero);
        for (var i = 0; i < Loads; i++)
        {
            loadCpu += await LoadAsync(server, master, Path, ids[49], load);
            if (yardstick is not null)
            {
                bareCpu += await LoadAsync(yardstick, stranger, "/rows?page=1", "row-99", bare);
            }
        }

        var (next, search, bareNext) = (new List<double>(), new List<double>(), new List<double>());
        await using (var circuit = await Circuit.OpenAsync(master, Path, ids[49], "data-ready"))
        {
            var pages = ids.Count / 50;
            for (var i = 0; i < Moves; i++)
            {
                var page = 2 + (i % (pages - 1));
                var took = await circuit.NavigateAsync(
                    string.Create(CultureInfo.InvariantCulture, $"{Path}?page={page}"), ids[(page * 50) - 1]);
                next.Add(took.TotalMilliseconds);
            }

            for (var i = 0; i < Moves; i++)
            {
                // The end of an ID, of which no index helps, as a person types it from a letter.
                // Another one each time: asked for again at once, the address is the same and nothing is drawn.
                var id = ids[50 + (i * 97 % (ids.Count - 50))];
                var took = await circuit.NavigateAsync($"{Path}?q={id[^6..]}", id);
                search.Add(took.TotalMilliseconds);
            }
        }

        if (yardstick is not null)
        {
            await using var circuit = await Circuit.OpenAsync(stranger, "/rows?page=1", "row-99");
            for (var i = 2; i < Moves; i++)
            {
                bareNext.Add((await circuit.NavigateAsync(
                    string.Create(CultureInfo.InvariantCulture, $"/rows?page={i}"), $"row-{(i * 50) + 49}")).TotalMilliseconds);
            }
        }

        return new(
            load.Median(), bare.Median(), next.Median(), next.Percentile(0.99), search.Median(), search.Percentile(0.99),
            loadCpu.TotalMilliseconds / Loads, bareCpu.TotalMilliseconds / Loads, bareNext.Median());
    }

    private static async Task<TimeSpan> LoadAsync(ServerProcess server, Visitor visitor, string path, string lastRow, List<double> took)
    {
        var cpu = server.Read().Cpu;
        var start = Stopwatch.GetTimestamp();
        await using var circuit = await Circuit.OpenAsync(visitor, path, lastRow);
        took.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        return server.Read().Cpu - cpu;
    }

    /// <summary>Login IDs of the largest company as the list has them.</summary>
    private static async Task<List<string>> IdsAsync(string directory)
    {
        await using var db = new DensaiDbContext(new DbContextOptionsBuilder<DensaiDbContext>()
            .UseSqlite($"Data Source={System.IO.Path.Combine(Bank.DataOf(directory), "densai.db")};Mode=ReadOnly").Options);
        return await db.Users.Where(u => u.Company!.Number == "0501S00001").OrderBy(u => u.CanonicalLoginId).Select(u => u.LoginId)
            .ToListAsync();
    }
}
