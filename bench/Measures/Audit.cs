using System.Diagnostics;
using DensaiAdmin.Core.History;

namespace DensaiAdmin.Bench.Measures;

/// <summary>audit verify over a million records, each with an anchor line of its own as where no two acts share a commit.</summary>
internal static class Audit
{
    private static readonly TimeSpan Sampling = TimeSpan.FromMilliseconds(20);

    public static async Task RunAsync(Settings settings)
    {
        Figures.Heading($"audit · {settings.Rows:N0} history records, a signed line each");
        var directory = await Bank.CopyAsync(settings, 1_000);
        using (var bank = await Bank.OpenAsync(directory))
        {
            await HistorySearch.FillAsync(bank, settings.Rows);
            await AnchorFile.SignEachAsync(bank);
        }

        Figures.Table("run", "data directory opened, s", "verified, s", "CPU, s", "managed MB before", "most meanwhile");
        for (var run = 0; run < settings.Runs; run++)
        {
            var open = Stopwatch.StartNew();
            using var bank = await Bank.OpenAsync(directory);
            open.Stop();
            var verify = bank.Get<VerifyHistory>();
            var before = GC.GetTotalMemory(forceFullCollection: true);
            using var stop = new CancellationTokenSource();
            var max = MaxHeldAsync(stop.Token);
            var (clock, used) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
            var found = await verify.RunAsync();
            var (took, cpu) = (clock.Elapsed, Environment.CpuUsage.TotalTime - used);
            await stop.CancelAsync();
            if (!found.IsIntact)
            {
                throw new InvalidOperationException($"The audit found {found}.");
            }

            Figures.Row(
                $"{run + 1}", open.Elapsed.TotalSeconds.Text(), took.TotalSeconds.Text(), cpu.TotalSeconds.Text(),
                (before / 1e6).Text("0.0"), (await max / 1e6).Text("0.0"));
        }
    }

    private static async Task<long> MaxHeldAsync(CancellationToken stop)
    {
        var max = 0L;
        while (!stop.IsCancellationRequested)
        {
            max = Math.Max(max, GC.GetTotalMemory(forceFullCollection: false));
            await Task.Delay(Sampling, CancellationToken.None);
        }

        return max;
    }
}
