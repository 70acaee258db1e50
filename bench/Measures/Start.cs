namespace DensaiAdmin.Bench.Measures;

/// <summary>From exec to the first answer, and what the idle server holds.</summary>
internal static class Start
{
    public static async Task RunAsync(Settings settings)
    {
        Figures.Heading("Start with 100,000 users");
        var directory = await Bank.CopyAsync(settings, 100_000);
        var (first, _) = await settings.StartAppAsync(directory);
        await first.DisposeAsync();
        var runs = new List<(double Seconds, double Idle, double Cpu)>();
        for (var run = 0; run < settings.Runs; run++)
        {
            var (app, took) = await settings.StartAppAsync(directory);
            await using (app)
            {
                var usage = app.Read();
                runs.Add((took.TotalSeconds, usage.WorkingSet / 1024.0 / 1024.0, usage.Cpu.TotalSeconds));
            }
        }

        Figures.Table("figure", "median", "each run");
        Row("**seconds to the first answer**", r => r.Seconds);
        Row("CPU seconds of it", r => r.Cpu);
        Row("resident MB then", r => r.Idle);

        void Row(string name, Func<(double Seconds, double Idle, double Cpu), double> value) =>
            Figures.Row(name, runs.Select(value).Median().Text(), string.Join(" · ", runs.Select(r => value(r).Text())));
    }
}
