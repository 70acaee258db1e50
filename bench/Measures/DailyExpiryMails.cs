using System.Diagnostics;
using System.Globalization;
using DensaiAdmin.Core;
using DensaiAdmin.Core.ExpiryNotices;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Bench.Measures;

/// <summary>The round of the expiry notices (R5) in which 3,000 of 100,000 certificates come to a stage, in this process.</summary>
internal static class DailyExpiryMails
{
    private const int Due = 3_000;

    private sealed record Figure(
        double Seconds, double Mails, double Queries, double MadeMegabytes, double HeldMegabytes, double LongestWait,
        double IdleMilliseconds, double IdleQueries);

    public static async Task RunAsync(Settings settings)
    {
        Figures.Heading($"notices · {Due.ToString("N0", CultureInfo.InvariantCulture)} certificates due among 100,000");
        var runs = new List<Figure>();
        for (var run = 0; run < settings.Runs; run++)
        {
            using var bank = await Bank.OpenAsync(await Bank.CopyAsync(settings, 100_000));
            runs.Add(await OfAsync(bank));
        }

        Figures.Table("figure", "median", "each run");
        Row("round, s", r => r.Seconds);
        Row("mails queued", r => r.Mails, "0");
        Row("queries through the context", r => r.Queries, "0");
        Row("memory made during the round, MB", r => r.MadeMegabytes);
        Row("memory held after it more than before, MB", r => r.HeldMegabytes);
        Row("longest wait of another act meanwhile, ms", r => r.LongestWait);
        Row("round with nothing due, ms", r => r.IdleMilliseconds);
        Row("queries of that", r => r.IdleQueries, "0");

        void Row(string name, Func<Figure, double> value, string format = "0.00") =>
            Figures.Row(name, runs.Select(value).Median().Text(format), string.Join(" · ", runs.Select(r => value(r).Text(format))));
    }

    private static async Task<Figure> OfAsync(Bank bank)
    {
        var (notices, writer) = (bank.Get<QueueExpiryMails>(), bank.Get<StoreWriter>());
        var soon = JapanTime.At(JapanTime.JstDate(DateTimeOffset.UtcNow).AddDays(5), new TimeOnly(8, 59, 59));
        await writer.PerformAsync(work =>
        {
            work.Sql.Execute(
                """
                UPDATE Users SET CertificateNotAfter = $soon WHERE Id IN (
                    SELECT u.Id FROM Users u
                    WHERE u.Role = 'General' AND u.CertificateRevokedAt IS NULL AND u.SuspendedAt IS NULL AND u.CertificateNotAfter > $far
                    ORDER BY u.Id % 1009, u.Id LIMIT $due)
                """,
                ("$soon", soon), ("$far", DateTimeOffset.UtcNow.AddDays(45)), ("$due", Due));
            work.Sql.Execute(
                """
                UPDATE Certificates SET NotAfter = $soon
                WHERE Id IN (SELECT CurrentCertificateId FROM Users WHERE CertificateNotAfter = $soon)
                """,
                ("$soon", soon));
            return true;
        });

        using var queries = new QueryCounter();
        using var stop = new CancellationTokenSource();
        var waiting = LongestWaitAsync(writer, stop.Token);
        var held = GC.GetTotalMemory(forceFullCollection: true);
        var made = GC.GetTotalAllocatedBytes(precise: true);
        queries.Reset();
        var clock = Stopwatch.StartNew();
        var mails = await notices.RunAsync(Actor.System("bench"));
        clock.Stop();
        var asked = queries.Count;
        made = GC.GetTotalAllocatedBytes(precise: true) - made;
        await stop.CancelAsync();
        var longest = await waiting;
        held = GC.GetTotalMemory(forceFullCollection: true) - held;

        queries.Reset();
        var idle = Stopwatch.StartNew();
        if (await notices.RunAsync(Actor.System("bench")) != 0)
        {
            throw new InvalidOperationException("A round queued again what was there.");
        }

        return new(
            clock.Elapsed.TotalSeconds, mails, asked, made / 1e6, held / 1e6, longest.TotalMilliseconds, idle.Elapsed.TotalMilliseconds,
            queries.Count);
    }

    /// <summary>Acts that do nothing, one after another, as somebody who revokes meanwhile would wait.</summary>
    private static async Task<TimeSpan> LongestWaitAsync(StoreWriter writer, CancellationToken stop)
    {
        var longest = TimeSpan.Zero;
        while (!stop.IsCancellationRequested)
        {
            var start = Stopwatch.GetTimestamp();
            await writer.PerformAsync(_ => true, CancellationToken.None);
            var took = Stopwatch.GetElapsedTime(start);
            longest = took > longest ? took : longest;
        }

        return longest;
    }

    /// <summary>Counts what Entity Framework sends to the database in this process.</summary>
    private sealed class QueryCounter : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>, IDisposable
    {
        private readonly List<IDisposable> _subscriptions = [];
        private int _count;

        public QueryCounter() => _subscriptions.Add(DiagnosticListener.AllListeners.Subscribe(this));

        public int Count => Volatile.Read(ref _count);

        public void Reset() => Volatile.Write(ref _count, 0);

        public void OnNext(DiagnosticListener value)
        {
            if (value.Name == DbLoggerCategory.Name)
            {
                _subscriptions.Add(value.Subscribe(this, name => name.EndsWith("CommandExecuting", StringComparison.Ordinal)));
            }
        }

        public void OnNext(KeyValuePair<string, object?> value) => Interlocked.Increment(ref _count);

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        public void Dispose() => _subscriptions.ForEach(s => s.Dispose());
    }
}
