using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using DensaiAdmin.Bench.Circuits;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Bench.Measures;

/// <summary>
/// P5: from the instant of a revocation, as the history has it, until the holder is refused everywhere. The holder has a page open
/// and asks without pause, over new connections and over a kept-alive one.
/// </summary>
internal static class LockOut
{
    private const int Holders = 33;

    internal sealed record Figure(double NewConnection, double KeptAlive, double OpenPage, double Crl);

    public static async Task RunAsync(Settings settings)
    {
        Figures.Heading("P5 · revocation → refused, 100,000 users");
        var directory = await Bank.CopyAsync(settings, 100_000);
        var (app, _) = await settings.StartAppAsync(directory);
        await using var server = app;
        var all = new List<List<Figure>>();
        var ids = Bank.Logins(directory)[1..];
        for (var run = 0; run < Math.Min(settings.Runs, ids.Length / Holders); run++)
        {
            all.Add(await OfAsync(directory, ids[(run * Holders)..((run + 1) * Holders)]));
        }

        Figures.Table("refused at", "p50 ms", "p99 ms of all", "largest of each run");
        Row("new connection: first refusal in hand", f => f.NewConnection);
        Row("kept-alive connection: first refusal or cut", f => f.KeptAlive);
        Row("open page: told to leave", f => f.OpenPage);
        Row("CRL: fetched with the serial in it", f => f.Crl);

        void Row(string name, Func<Figure, double> value) => Figures.Row(
            name, all.SelectMany(f => f).Select(value).Median().Text("0.0"), all.SelectMany(f => f).Select(value).Percentile(0.99)
                .Text("0.0"),
            string.Join(" · ", all.Select(run => run.Max(value).Text("0.0"))));
    }

    /// <summary>Revokes one after another; each is measured alone.</summary>
    public static async Task<List<Figure>> OfAsync(string directory, IEnumerable<string> loginIds)
    {
        var figures = new List<Figure>();
        foreach (var loginId in loginIds)
        {
            figures.Add(await OneAsync(directory, loginId));
        }

        return figures;
    }

    private static async Task<Figure> OneAsync(string directory, string loginId)
    {
        using var holder = new Visitor(Settings.Certificate, Path.Combine(directory, "logins", loginId + ".pem"));
        await holder.LogInAsync(Bank.Password);
        await using var page = await Circuit.OpenAsync(holder, "/", "data-ready");
        using var watching = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var fresh = WatchNewConnectionsAsync(holder, watching.Token);
        var kept = WatchKeptAliveAsync(holder, watching.Token);
        var crl = WatchCrlAsync(holder.Certificate!.SerialNumberBytes.ToArray(), watching.Token);

        // The clock of the figures starts here, and the watchers have been accepted by now.
        await Task.Delay(100);
        var (instant, stamp) = (DateTimeOffset.UtcNow, Stopwatch.GetTimestamp());
        await Control.RevokeAsync(directory, loginId);
        var revokedAt = await RevokedAtAsync(directory, loginId);
        double Since(long at) => (instant + Stopwatch.GetElapsedTime(stamp, at) - revokedAt).TotalMilliseconds;
        var left = await page.Left.WaitAsync(watching.Token);
        return new(Since(await fresh), Since(await kept), Since(left.At), Since(await crl));
    }

    private static async Task<long> WatchNewConnectionsAsync(Visitor holder, CancellationToken cancellation)
    {
        var tls = Visitor.Tls(holder.Certificate);
        var request = Encoding.ASCII.GetBytes(
            $"GET /management HTTP/1.1\r\nHost: {holder.Origin.Authority}\r\n"
                + $"Cookie: {holder.Cookies.GetCookieHeader(holder.Origin)}\r\nConnection: close\r\n\r\n");
        var answer = new byte[32 * 1024];
        while (true)
        {
            using var socket = new TcpClient { NoDelay = true };
            await socket.ConnectAsync("localhost", holder.Origin.Port, cancellation);
            await using var stream = new SslStream(socket.GetStream());
            await stream.AuthenticateAsClientAsync(tls, cancellation);
            await stream.WriteAsync(request, cancellation);
            var read = await stream.ReadAsync(answer, cancellation);
            if (!answer.AsSpan(0, read).StartsWith("HTTP/1.1 200"u8))
            {
                return Stopwatch.GetTimestamp();
            }
        }
    }

    private static async Task<long> WatchKeptAliveAsync(Visitor holder, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                using var answer = await holder.Http.GetAsync(new Uri("/management", UriKind.Relative), cancellation);
                if (answer.StatusCode != HttpStatusCode.OK)
                {
                    return Stopwatch.GetTimestamp();
                }
            }
            catch (HttpRequestException)
            {
                return Stopwatch.GetTimestamp();
            }
        }
    }

    private static async Task<long> WatchCrlAsync(byte[] serial, CancellationToken cancellation)
    {
        using var http = new HttpClient();
        while (true)
        {
            var crl = await http.GetByteArrayAsync(new Uri(Settings.Pki + "/pki/ca.crl"), cancellation);
            if (crl.AsSpan().IndexOf(serial) >= 0)
            {
                return Stopwatch.GetTimestamp();
            }

            // A list of a megabyte fetched without pause would measure the fetching.
            await Task.Delay(5, cancellation);
        }
    }

    private static async Task<DateTimeOffset> RevokedAtAsync(string directory, string loginId)
    {
        await using var db = new DensaiDbContext(new DbContextOptionsBuilder<DensaiDbContext>()
            .UseSqlite($"Data Source={Path.Combine(Bank.DataOf(directory), "densai.db")};Mode=ReadOnly").Options);
        var user = await db.Users.SingleAsync(u => u.LoginId == loginId);
        return user.CertificateStatusAt(DateTimeOffset.UtcNow) == CertificateStatus.Revoked
            ? user.CertificateRevokedAt!.Value
            : throw new InvalidOperationException("Not revoked.");
    }
}
