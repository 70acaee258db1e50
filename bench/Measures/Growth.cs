namespace DensaiAdmin.Bench.Measures;

/// <summary>P10: how the figures grow with the bank.</summary>
internal static class Growth
{
    private static readonly int[] Sizes = [1_000, 10_000, 100_000];

    public static async Task RunAsync(Settings settings)
    {
        Figures.Heading("P10 · growth from 1,000 to 100,000 users");
        var names = new[]
        {
            "P3 issue p50, ms", "P4 handshake, ms of CPU", "P5 new connection p50, ms", "P5 open page p50, ms", "P5 CRL p50, ms",
            "P7 list, ms", "P7 next page p50, ms", "P7 search p50, ms", "P8 managed KB per home", "start, s",
        };
        var figures = new Dictionary<int, double[]>();
        foreach (var size in Sizes)
        {
            var rounds = new List<double[]>();
            for (var run = 0; run < settings.Runs; run++)
            {
                rounds.Add(await OnceAsync(settings, size));
            }

            figures[size] = [.. names.Select((_, i) => rounds.Select(r => r[i]).Median())];
        }

        Figures.Table(["figure", .. Sizes.Select(s => s.ToString("N0", System.Globalization.CultureInfo.InvariantCulture)), "slope"]);
        for (var i = 0; i < names.Length; i++)
        {
            Figures.Row([names[i], .. Sizes.Select(s => figures[s][i].Text()), Figures.Slope(
                Sizes.Select(s => ((double)s, figures[s][i]))).Text()]);
        }
    }

    private static async Task<double[]> OnceAsync(Settings settings, int size)
    {
        var directory = await Bank.CopyAsync(settings, size);
        double issue;
        using (var bank = await Bank.OpenAsync(directory))
        {
            issue = (await Enrolment.IssueAsync(bank, 40, atOnce: 1, skip: 0)).P50;
        }

        var (app, took) = await settings.StartAppAsync(directory);
        await using (app)
        {
            var list = await UserList.OfAsync(app, null, directory);
            var handshake = await Handshake.OfAsync(app, directory);
            var memory = await Memory.OfAsync(app, directory);
            var lockOut = await LockOut.OfAsync(directory, Bank.Logins(directory)[^10..]);
            return [issue, handshake, lockOut.Select(f => f.NewConnection).Median(), lockOut.Select(f => f.OpenPage)
                .Median(), lockOut.Select(f => f.Crl).Median(), list.Load, list.Next, list.Search, memory.PerPage.Heap, took.TotalSeconds];
        }
    }
}
