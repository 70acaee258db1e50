using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DensaiAdmin.Core;
using DensaiAdmin.Core.History;
using Microsoft.EntityFrameworkCore;

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
            await SignEachAsync(bank);
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
            var most = MostHeldAsync(stop.Token);
            var (clock, used) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
            var found = await verify.RunAsync();
            var (took, cpu) = (clock.Elapsed, Environment.CpuUsage.TotalTime - used);
            await stop.CancelAsync();
            if (!found.IsIntact)
            {
                throw new InvalidOperationException($"The audit found {found}.");
            }

            Figures.Row($"{run + 1}", open.Elapsed.TotalSeconds.Text(), took.TotalSeconds.Text(), cpu.TotalSeconds.Text(), (before / 1e6).Text("0.0"), (await most / 1e6).Text("0.0"));
        }
    }

    private static async Task SignEachAsync(Bank bank)
    {
        using var key = ECDsa.Create();
        key.ImportFromEncryptedPem(await File.ReadAllTextAsync(Path.Combine(Bank.DataOf(bank.Directory), "anchor.key")), Bank.Passphrase);
        await using var db = await bank.Get<IDbContextFactory<DensaiDbContext>>().CreateDbContextAsync();
        var installation = (await db.Installations.SingleAsync()).Key;
        await using var file = new StreamWriter(Bank.AnchorOf(bank.Directory), append: false);
        await foreach (var record in db.HistoryRecords.OrderBy(r => r.Sequence).Select(r => new { r.Sequence, r.Hash, r.At }).AsAsyncEnumerable())
        {
            var line = new AnchorLine(installation, record.Sequence, Convert.ToHexString(record.Hash), record.At.ToUnixTimeMilliseconds(), [], "");
            var signature = key.SignData(Encoding.UTF8.GetBytes(line.Signed), HashAlgorithmName.SHA256);
            await file.WriteLineAsync(JsonSerializer.Serialize(line with { Signature = Convert.ToBase64String(signature) }));
        }
    }

    private static async Task<long> MostHeldAsync(CancellationToken stop)
    {
        var most = 0L;
        while (!stop.IsCancellationRequested)
        {
            most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: false));
            await Task.Delay(Sampling, CancellationToken.None);
        }

        return most;
    }
}
