using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using DensaiAdmin.Bench.Circuits;

namespace DensaiAdmin.Bench.Measures;

/// <summary>P4: what a connection with a client certificate costs the server, beside bare Kestrel with the same TLS settings.</summary>
internal static class Handshake
{
    private const int Connections = 1_500;
    private const int AtOnce = 4;

    public static async Task RunAsync(Settings settings)
    {
        Figures.Heading("P4 · client-certificate handshake, CPU of the server");
        var directory = await Bank.CopyAsync(settings, 100_000);
        var (app, _) = await settings.StartAppAsync(directory);
        await using var server = app;
        await using var yardstick = await Settings.StartYardstickAsync(directory);
        using var visitor = new Visitor(Settings.Certificate, PemOf(directory));
        await visitor.LogInAsync(Bank.Password);
        var cookie = "Cookie: " + visitor.Cookies.GetCookieHeader(visitor.Origin) + "\r\n";
        var tls = Visitor.Tls(visitor.Certificate);
        var runs = new List<Run>();
        for (var run = -1; run < settings.Runs; run++)
        {
            // Alternating, so that both meet the same minutes of the machine; the first round only warms up.
            var ours = await CpuAsync(server, new Uri(Settings.Certificate), tls, null);
            var bare = await CpuAsync(yardstick, new Uri(Settings.Yardstick), tls, null);
            var oursSmall = await CpuAsync(server, new Uri(Settings.Certificate), tls, "/favicon.svg");
            var bareSmall = await CpuAsync(yardstick, new Uri(Settings.Yardstick), tls, "/small");
            // Answered to anybody, but whoever brings a cookie is looked at first: session, certificate and user.
            var session = await CpuAsync(server, new Uri(Settings.Certificate), tls, "/.well-known/est/cacerts", cookie);
            if (run >= 0)
            {
                runs.Add(new(ours, bare, oursSmall, bareSmall, session));
            }
        }

        Figures.Table("figure", "median", "each run");
        Row("handshake alone: ours, ms of CPU", r => r.Ours);
        Row("handshake alone: bare Kestrel, ms of CPU", r => r.Bare);
        Row("**handshake alone: ours ÷ bare**", r => r.Ours / r.Bare);
        Row("handshake and one small file: ours, ms of CPU", r => r.OursSmall);
        Row("handshake and one small file: bare Kestrel, ms of CPU", r => r.BareSmall);
        Row("handshake and one small file: ours ÷ bare", r => r.OursSmall / r.BareSmall);
        Row("handshake and one request of a session: ours, ms of CPU", r => r.Session);
        Row("handshake and one request of a session: ours ÷ bare small file", r => r.Session / r.BareSmall);

        void Row(string name, Func<Run, double> value) =>
            Figures.Row(name, runs.Select(value).Median().Text(), string.Join(" · ", runs.Select(r => value(r).Text())));
    }

    /// <summary>One figure of a bank: CPU of the product per handshake, ms.</summary>
    public static async Task<double> OfAsync(ServerProcess server, string directory)
    {
        using var visitor = new Visitor(Settings.Certificate, PemOf(directory));
        var tls = Visitor.Tls(visitor.Certificate);
        await CpuAsync(server, new Uri(Settings.Certificate), tls, null);
        return await CpuAsync(server, new Uri(Settings.Certificate), tls, null);
    }

    public static string PemOf(string directory) => Path.Combine(directory, "logins", Bank.Logins(directory)[1] + ".pem");

    private static async Task<double> CpuAsync(
        ServerProcess server, Uri origin, SslClientAuthenticationOptions tls, string? path, string headers = "")
    {
        var before = server.Read().Cpu;
        await Parallel.ForAsync(0, Connections, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (_, cancellation) =>
        {
            using var socket = new TcpClient { NoDelay = true };
            await socket.ConnectAsync("localhost", origin.Port, cancellation);
            await using var stream = new SslStream(socket.GetStream());
            await stream.AuthenticateAsClientAsync(tls, cancellation);
            if (path is not null)
            {
                await stream.WriteAsync(
                    Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {origin.Authority}\r\n{headers}Connection: close\r\n\r\n"),
                    cancellation);
                var answer = new byte[16 * 1024];
                var read = await stream.ReadAsync(answer, cancellation);
                if (!Encoding.ASCII.GetString(answer, 0, read).StartsWith("HTTP/1.1 200", StringComparison.Ordinal))
                {
                    throw new InvalidOperationException(Encoding.ASCII.GetString(answer, 0, read));
                }
            }
            else
            {
                // The server has evaluated the certificate once it closes in answer to our close.
                await stream.ShutdownAsync();
                while (await stream.ReadAsync(new byte[1024], cancellation) > 0)
                {
                    // HTTP/1.1 sends nothing first.
                }
            }
        });
        return (server.Read().Cpu - before).TotalMilliseconds / Connections;
    }

    private sealed record Run(double Ours, double Bare, double OursSmall, double BareSmall, double Session);
}
