using DensaiAdmin.Bench.Circuits;

namespace DensaiAdmin.Bench.Measures;

/// <summary>P8: what an open signed-in home holds, beside a bare circuit.</summary>
internal static class Memory
{
    private const int People = 20;
    private const int PagesEach = 5;

    public static async Task RunAsync(Settings settings)
    {
        Figures.Heading("P8 · memory per open signed-in home");
        var directory = await Bank.CopyAsync(settings, 100_000);
        var runs = new List<((double Heap, double Resident) Ours, (double Heap, double Resident) Bare, double Idle)>();
        for (var run = 0; run < settings.Runs; run++)
        {
            var (app, _) = await settings.StartAppAsync(directory);
            await using (app)
            {
                var ours = await OfAsync(app, directory);
                await using var yardstick = await Settings.StartYardstickAsync(directory);
                var bare = await PerPageAsync(yardstick, Settings.Yardstick, directory, "/bare", signIn: false);
                runs.Add((ours.PerPage, bare.PerPage, ours.Idle));
            }
        }

        Figures.Table("figure", "median", "each run");
        Row("managed KB per open home", r => r.Ours.Heap, "0");
        Row("managed KB per bare circuit", r => r.Bare.Heap, "0");
        Row("**managed: ours ÷ bare**", r => r.Ours.Heap / r.Bare.Heap, "0.00");
        Row("**managed: ours ÷ 273 KB**", r => r.Ours.Heap / 273, "0.00");
        Row("resident KB per open home", r => r.Ours.Resident, "0");
        Row("resident KB per bare circuit", r => r.Bare.Resident, "0");
        Row("resident MB, idle, after one visit and a full collection", r => r.Idle, "0");

        void Row(
            string name, Func<((double Heap, double Resident) Ours, (double Heap, double Resident) Bare, double Idle), double> value,
            string format) =>
            Figures.Row(name, runs.Select(value).Median().Text(format), string.Join(" · ", runs.Select(r => value(r).Text(format))));
    }

    public static Task<((double Heap, double Resident) PerPage, double Idle)> OfAsync(ServerProcess server, string directory) =>
        PerPageAsync(server, Settings.Certificate, directory, "/", signIn: true);

    private static async Task<((double Heap, double Resident) PerPage, double Idle)> PerPageAsync(
        ServerProcess server, string origin, string directory, string path, bool signIn)
    {
        var visitors = Bank.Logins(directory)[1..(People + 2)].Select(
            id => new Visitor(origin, Path.Combine(directory, "logins", id + ".pem"))).ToList();
        var circuits = new List<Circuit>();
        try
        {
            foreach (var visitor in visitors.TakeWhile(_ => signIn))
            {
                await visitor.LogInAsync(Bank.Password);
            }

            // One page first: what is made once for all is not counted.
            await (await Circuit.OpenAsync(visitors[^1], path, "data-ready")).DisposeAsync();
            var before = server.ReadCollected();
            foreach (var visitor in visitors[..People])
            {
                for (var i = 0; i < PagesEach; i++)
                {
                    circuits.Add(await Circuit.OpenAsync(visitor, path, "data-ready"));
                }
            }

            var after = server.ReadCollected();
            const double pages = People * PagesEach * 1024.0;
            return (
                ((after.Heap - before.Heap) / pages, (after.WorkingSet - before.WorkingSet) / pages),
                before.WorkingSet / 1024.0 / 1024.0);
        }
        finally
        {
            foreach (var circuit in circuits)
            {
                await circuit.DisposeAsync();
            }

            visitors.ForEach(v => v.Dispose());
        }
    }
}
