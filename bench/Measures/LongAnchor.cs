using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Bench.Measures;

/// <summary>
/// P12: the start of the same bank of 100,000 users with a history of a million acts, each with a line of the anchor, against one with a
/// thousand. Both end with the same day: two lists published, and some hundred acts behind them.
/// </summary>
internal static class LongAnchor
{
    private const int Users = 100_000;
    private const int FewLines = 1_000;
    private const int ActsOfTheDay = 400;

    public static async Task RunAsync(Settings settings)
    {
        Figures.Heading($"P12 · start with {settings.Rows:N0} anchor lines ÷ with {FewLines:N0}, {Users:N0} users");
        var (few, many) = (await PrepareAsync(settings, FewLines), await PrepareAsync(settings, settings.Rows));
        var runs = new List<(Figure Few, Figure Many)>();
        for (var run = 0; run < settings.Runs; run++)
        {
            runs.Add((await OneAsync(settings, few), await OneAsync(settings, many)));
        }

        Figures.Table("figure", "median", "each run");
        Row("**many ÷ few**", r => r.Many.Seconds / r.Few.Seconds);
        Row("few, s", r => r.Few.Seconds);
        Row("many, s", r => r.Many.Seconds);
        Row("few, CPU s", r => r.Few.Cpu);
        Row("many, CPU s", r => r.Many.Cpu);
        Row("few, resident MB", r => r.Few.Resident, "0");
        Row("many, resident MB", r => r.Many.Resident, "0");

        void Row(string name, Func<(Figure Few, Figure Many), double> value, string format = "0.00") =>
            Figures.Row(name, runs.Select(value).Median().Text(format), string.Join(" · ", runs.Select(r => value(r).Text(format))));
    }

    private sealed record Figure(double Seconds, double Cpu, double Resident);

    /// <summary>Kept in the work directory for the next run, as the seeded banks are.</summary>
    private static async Task<string> PrepareAsync(Settings settings, int lines)
    {
        var name = $"bank-{Users}-lines-{lines}";
        var directory = Path.Combine(settings.Work, name);
        if (!File.Exists(Path.Combine(directory, "prepared")))
        {
            await Bank.CopyAsync(settings, Users, name);
            using (var bank = await Bank.OpenAsync(directory))
            {
                if (lines > FewLines)
                {
                    await HistorySearch.FillAsync(bank, lines - ActsOfTheDay - AnchorFile.Lines(directory).Count());
                    await AnchorFile.SignEachAsync(bank);
                }
            }

            using (var bank = await Bank.OpenAsync(directory))
            {
                await ActAsync(bank, Math.Min(lines, FewLines) - ActsOfTheDay - AnchorFile.Lines(directory).Count());
                await SpendADayAsync(bank);
            }

            await File.WriteAllTextAsync(Path.Combine(directory, "prepared"), "");
        }

        var (warmed, _) = await settings.StartAppAsync(directory);
        await warmed.DisposeAsync();
        Console.WriteLine($"{name}: {AnchorFile.Lines(directory).Count():N0} lines.");
        return directory;
    }

    private static async Task<Figure> OneAsync(Settings settings, string directory)
    {
        var (app, took) = await settings.StartAppAsync(directory);
        await using (app)
        {
            var usage = app.Read();
            return new(took.TotalSeconds, usage.Cpu.TotalSeconds, usage.WorkingSet / 1024.0 / 1024.0);
        }
    }

    private static async Task SpendADayAsync(Bank bank)
    {
        // A start reads the anchor back to the list before the newest.
        foreach (var loginId in Bank.Logins(bank.Directory)[^2..])
        {
            var revokedAt = await bank.Get<StoreWriter>().PerformAsync(work =>
            {
                var user = work.Db.Users.Include(u => u.CurrentCertificate).Single(u => u.LoginId == loginId);
                work.Revoke(user.CurrentCertificate!, "bench", X509RevocationReason.Unspecified);
                user.NoteCurrentRevoked(work.Now);
                return work.Now;
            });
            await bank.Get<CrlPublisher>().PublishNowAsync("bench");
            if (bank.Get<CrlPublisher>().Current!.BuiltAt < revokedAt)
            {
                throw new InvalidOperationException("No list came out.");
            }
        }

        await ActAsync(bank, ActsOfTheDay);
    }

    private static async Task ActAsync(Bank bank, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await bank.Get<StoreWriter>().PerformAsync(work =>
            {
                work.Record(new HistoryEntry
                {
                    Operation = HistoryOperation.Login,
                    Result = HistoryResult.Done,
                    Source = "192.0.2.1",
                    Detail = "certificate-and-password",
                });
                return true;
            });
        }
    }
}
