using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.SignIn;

namespace DensaiAdmin.Bench.Measures;

/// <summary>P13: logging in with a certificate while 200 invented IDs are tried at once without one, against the same alone.</summary>
internal static class LoginFlood
{
    private const int AtOnce = 200;
    private const int Logins = 60;

    private sealed record Figure(double Alone, double Flooded, double AloneP50, double FloodedP50, long Refused, long Busy);

    public static async Task RunAsync(Settings settings)
    {
        Figures.Heading("P13 · password check behind a certificate, 200 invented IDs tried at once from outside, 1,000 users");
        var runs = new List<Figure>();
        for (var run = 0; run < settings.Runs; run++)
        {
            using var bank = await Bank.OpenAsync(await Bank.CopyAsync(settings, 1_000));
            runs.Add(await OneAsync(bank));
        }

        Figures.Table("figure", "median", "each run");
        Row("**flooded p95 ÷ alone p95**", r => r.Flooded / r.Alone);
        Row("alone p95, ms", r => r.Alone, "0.0");
        Row("flooded p95, ms", r => r.Flooded, "0.0");
        Row("alone p50, ms", r => r.AloneP50, "0.0");
        Row("flooded p50, ms", r => r.FloodedP50, "0.0");
        Row("invented IDs evaluated meanwhile", r => r.Refused, "0");
        Row("invented IDs told to try again meanwhile", r => r.Busy, "0");

        void Row(string name, Func<Figure, double> value, string format = "0.00") =>
            Figures.Row(name, runs.Select(value).Median().Text(format), string.Join(" · ", runs.Select(r => value(r).Text(format))));
    }

    private static async Task<Figure> OneAsync(Bank bank)
    {
        var presented = Bank.Logins(bank.Directory).Skip(1).Take(8)
            .Select(id => X509Certificate2.CreateFromPemFile(Path.Combine(bank.Directory, "logins", id + ".pem")).RawData).ToArray();
        await LogInAsync(bank, presented, 10);
        var alone = await LogInAsync(bank, presented, Logins);

        using var over = new CancellationTokenSource();
        var (refused, busy, next) = (0L, 0L, 0L);
        var outside = bank.Get<LogInByPassword>();
        var flood = Enumerable.Range(0, AtOnce).Select(_ => Task.Run(async () =>
        {
            while (!over.IsCancellationRequested)
            {
                // Each from an address of its own, as often as it is answered, with a pause of a script that is told to come back.
                var i = Interlocked.Increment(ref next);
                var source = $"198.{18 + ((i >> 16) & 1)}.{(i >> 8) & 255}.{i & 255}";
                if (await outside.RunAsync($"INVENTED{i}", new SuppliedPassword("a guess that is wrong"), source, "bench", CancellationToken.None) is PasswordLogInOutcome.Busy)
                {
                    Interlocked.Increment(ref busy);
                    await Task.Delay(TimeSpan.FromMilliseconds(100));
                }
                else
                {
                    Interlocked.Increment(ref refused);
                }
            }
        })).ToList();
        await LogInAsync(bank, presented, 10);
        var flooded = await LogInAsync(bank, presented, Logins);
        await over.CancelAsync();
        await Task.WhenAll(flood);
        return new(alone.Percentile(0.95), flooded.Percentile(0.95), alone.Median(), flooded.Median(), Interlocked.Read(ref refused), Interlocked.Read(ref busy));
    }

    private static async Task<double[]> LogInAsync(Bank bank, byte[][] presented, int count)
    {
        var logIn = bank.Get<LogIn>();
        var took = new double[count];
        for (var i = 0; i < count; i++)
        {
            var start = Stopwatch.GetTimestamp();
            var outcome = await logIn.WithCertificateAsync(presented[i % presented.Length], new SuppliedPassword(Bank.Password), "192.0.2.1", "bench");
            took[i] = outcome is LogInOutcome.LoggedIn
                ? Stopwatch.GetElapsedTime(start).TotalMilliseconds
                : throw new InvalidOperationException($"Not logged in: {outcome}");
        }

        return took;
    }
}
