using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.SignIn;

namespace DensaiAdmin.Bench.Measures;

/// <summary>P13: logging in with a certificate while 200 invented IDs are tried at once without one, against the same alone.</summary>
internal static class LoginFlood
{
    private const int AtOnce = 200;
    private const int Logins = 60;
    private static readonly TimeSpan RoundTrip = TimeSpan.FromMilliseconds(100);

    private sealed record Figure(double Alone, double Flooded, double AloneP50, double FloodedP50, double Hashed, double Busy);

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
        Row("invented IDs hashed a second", r => r.Hashed, "0.0");
        Row("invented IDs told to try again, a second", r => r.Busy, "0");

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
        var (busy, next) = (0L, 0L);
        var outside = bank.Get<LogInByPassword>();
        var hasher = bank.Get<PasswordHasher>();
        var flood = Enumerable.Range(0, AtOnce).Select(_ => Task.Run(async () =>
        {
            while (!over.IsCancellationRequested)
            {
                // From ever new addresses, so that no allowance ends it, and again as soon as an answer has crossed a network.
                var i = Interlocked.Increment(ref next);
                if (await outside.RunAsync(
                    $"INVENTED{i}", new SuppliedPassword("a guess that is wrong"),
                    Actor.Anonymous($"198.18.{(i >> 8) & 255}.{i & 255}"), "bench", CancellationToken.None) is PasswordLogInOutcome.Busy)
                {
                    Interlocked.Increment(ref busy);
                }

                await Task.Delay(RoundTrip);
            }
        })).ToList();
        await LogInAsync(bank, presented, 10);
        var (before, beforeBusy, clock) = (hasher.Evaluations, Interlocked.Read(ref busy), Stopwatch.StartNew());
        var flooded = await LogInAsync(bank, presented, Logins);
        var (hashed, away, seconds) =
            (hasher.Evaluations - before - Logins, Interlocked.Read(ref busy) - beforeBusy, clock.Elapsed.TotalSeconds);
        await over.CancelAsync();
        await Task.WhenAll(flood);
        return new(alone.Percentile(0.95), flooded.Percentile(0.95), alone.Median(), flooded.Median(), hashed / seconds, away / seconds);
    }

    private static async Task<double[]> LogInAsync(Bank bank, byte[][] presented, int count)
    {
        var logIn = bank.Get<LogIn>();
        var took = new double[count];
        for (var i = 0; i < count; i++)
        {
            var start = Stopwatch.GetTimestamp();
            var outcome = await logIn.WithCertificateAsync(
                presented[i % presented.Length], new SuppliedPassword(Bank.Password), Actor.Anonymous("192.0.2.1"), "bench");
            took[i] = outcome is LogInOutcome.LoggedIn
                ? Stopwatch.GetElapsedTime(start).TotalMilliseconds
                : throw new InvalidOperationException($"Not logged in: {outcome}");
        }

        return took;
    }
}
