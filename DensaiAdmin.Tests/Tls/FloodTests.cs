using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Security;
using System.Text;
using DensaiAdmin.Tests.Hosting;

namespace DensaiAdmin.Tests.Tls;

/// <summary>
/// Connections that hold what they do not use, over real TLS, with frames made by hand (RFC 9113): the server sheds them, and others do
/// not notice meanwhile.
/// </summary>
[Web]
public sealed class FloodTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private const int ConnectionsPerKind = 5;
    private const byte Data =
        0, Headers = 1, Priority = 2, Reset = 3, Settings = 4, Ping = 6, WindowUpdate = 8, Continuation = 9, Unknown = 0x42;
    private const byte EndStream = 1, EndHeaders = 4;

    private static readonly TimeSpan HeldAtMost = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan OthersAtMost = TimeSpan.FromMilliseconds(250);

    private readonly RunningServer _server = shared.Server;

    /// <summary>What one connection does, for as long as it lives.</summary>
    private static readonly Dictionary<string, Func<Attacker, Task>> Kinds = new(StringComparer.Ordinal)
    {
        ["empty CONTINUATION frames"] = async peer =>
        {
            await peer.FrameAsync(Headers, EndStream, 1, peer.Request("GET", "/login"));
            await peer.RepeatAsync(() => Frame(Continuation, 0, 1));
        },
        ["small CONTINUATION frames"] = async peer =>
        {
            await peer.FrameAsync(Headers, EndStream, 1, peer.Request("GET", "/login"));
            await peer.RepeatAsync(() => Frame(Continuation, 0, 1, [0x00, 1, (byte)'a', 1, (byte)'b']));
        },
        ["headers that never end"] = peer => peer.FrameAsync(Headers, EndStream, 1, peer.Request("GET", "/login")),
        ["SETTINGS"] = peer => peer.RepeatAsync(() => Frame(Settings, 0, 0)),
        ["PING"] = peer => peer.RepeatAsync(() => Frame(Ping, 0, 0, new byte[8])),
        ["PRIORITY"] = peer => peer.RepeatAsync(() => Frame(Priority, 0, 1, [0, 0, 0, 0, 1])),
        ["frames of no known kind"] = peer => peer.RepeatAsync(() => Frame(Unknown, 0, 0)),
        ["requests taken back"] = peer => peer.RepeatAsync(
            () => [.. peer.NextRequest("/login"), .. Frame(Reset, 0, peer.LastStream, [0, 0, 0, 8])]),
        ["a window of nothing"] = async peer =>
        {
            await peer.FrameAsync(Settings, 0, 0, [0, 4, 0, 0, 0, 0]);
            await peer.SendAsync([.. Enumerable.Range(0, 50).SelectMany(_ => peer.NextRequest("/densai.css"))]);
        },
        ["a window of one octet at a time"] = async peer =>
        {
            await peer.FrameAsync(Settings, 0, 0, [0, 4, 0, 0, 0, 0]);
            await peer.SendAsync([.. Enumerable.Range(0, 50).SelectMany(_ => peer.NextRequest("/densai.css"))]);
            await peer.RepeatAsync(() => Frame(WindowUpdate, 0, 1, [0, 0, 0, 1]), every: TimeSpan.FromSeconds(1));
        },
        ["a body that never comes"] = peer => peer.SendAsync(peer.NextRequest("/login", "POST", endStream: 0)),
        ["a body of one octet at a time"] = async peer =>
        {
            await peer.SendAsync(peer.NextRequest("/login", "POST", endStream: 0));
            await peer.RepeatAsync(() => Frame(Data, 0, 1, "a"u8), every: TimeSpan.FromSeconds(1));
        },
        ["a body of empty frames"] = async peer =>
        {
            await peer.SendAsync(peer.NextRequest("/login", "POST", endStream: 0));
            await peer.RepeatAsync(() => Frame(Data, 0, 1));
        },
        ["nothing after the preface"] = _ => Task.CompletedTask,
        ["PING now and then"] = peer => peer.RepeatAsync(() => Frame(Ping, 0, 0, new byte[8]), every: TimeSpan.FromSeconds(1)),
    };

    private static readonly Dictionary<string, Func<SslStream, string, Task>> OldKinds = new(StringComparer.Ordinal)
    {
        ["HTTP/1.1: nothing"] = (_, _) => Task.CompletedTask,
        ["HTTP/1.1: a header at a time"] = async (tls, host) =>
        {
            await tls.WriteAsync(Encoding.ASCII.GetBytes($"GET /login HTTP/1.1\r\nHost: {host}\r\n"));
            await EveryAsync(TimeSpan.FromSeconds(1), () => tls.WriteAsync("X: y\r\n"u8.ToArray()).AsTask());
        },
        ["HTTP/1.1: a body of one octet at a time"] = async (tls, host) =>
        {
            await tls.WriteAsync(Encoding.ASCII.GetBytes(
                $"POST /login HTTP/1.1\r\nHost: {host}\r\n"
                    + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 10000\r\n\r\n"));
            await EveryAsync(TimeSpan.FromSeconds(1), () => tls.WriteAsync("a"u8.ToArray()).AsTask());
        },
    };

    [Fact]
    public async Task Connections_ThatHoldWhatTheyDoNotUse_AreShed_AndOthersDoNotNotice()
    {
        var certificate = _server.DemoCertificate("0501D00601U");
        var client = _server.Client(certificate);
        var session = await _server.LogInAsync(client);
        List<TimeSpan> before = [];
        for (var i = 0; i < 100; i++)
        {
            before.Add(await AskAsync(client, session));
        }

        var quiet = P95(before);

        List<Task<(string Kind, TimeSpan Held)>> attacks = [];
        foreach (var origin in new[] { RunningServer.Public, RunningServer.Certificate })
        {
            for (var i = 0; i < ConnectionsPerKind; i++)
            {
                attacks.AddRange(Kinds.Select(kind => AttackAsync(origin, kind.Key, kind.Value)));
                attacks.AddRange(OldKinds.Select(kind => AttackOldAsync(origin, kind.Key, kind.Value)));
            }
        }

        var all = Task.WhenAll(attacks);
        var taken = new List<TimeSpan>();
        while (!all.IsCompleted)
        {
            taken.Add(await AskAsync(client, session));
        }

        foreach (var kind in (await all).GroupBy(a => a.Kind).OrderByDescending(g => g.Max(a => a.Held)))
        {
            TestContext.Current.TestOutputHelper!.WriteLine($"{kind.Max(a => a.Held).TotalSeconds:F1} s {kind.Key}");
        }

        var p95 = P95(taken);
        TestContext.Current.TestOutputHelper!.WriteLine($"others: {taken.Count}, p95 {p95.TotalMilliseconds:F0} ms");
        Assert.All(await all, attack => Assert.True(attack.Held < HeldAtMost, $"{attack.Kind}: held for {attack.Held.TotalSeconds:F0} s"));
        Assert.True(
            p95 < OthersAtMost, $"Others waited {p95.TotalMilliseconds:F0} ms, without the attack {quiet.TotalMilliseconds:F0} ms.");
    }

    private static TimeSpan P95(List<TimeSpan> taken) => taken.Order().ElementAt((int)(taken.Count * 0.95));

    private static async Task<TimeSpan> AskAsync(HttpClient client, string session)
    {
        var start = Stopwatch.GetTimestamp();
        using var answer = await RunningServer.GetWithSessionAsync(client, "/management", session);
        Assert.True(answer.IsSuccessStatusCode, answer.StatusCode.ToString());
        return Stopwatch.GetElapsedTime(start);
    }

    private static async Task EveryAsync(TimeSpan period, Func<Task> work)
    {
        using var timer = new PeriodicTimer(period);
        while (await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken))
        {
            await work();
        }
    }

    private async Task<(string Kind, TimeSpan Held)> AttackAsync(Uri origin, string kind, Func<Attacker, Task> work)
    {
        await using var tls = await RawRequest.ConnectAsync(
            _server, origin, options: o => o.ApplicationProtocols = [SslApplicationProtocol.Http2]);
        var peer = new Attacker(tls, origin.Host);
        var start = Stopwatch.GetTimestamp();
        return (kind, await HeldAsync(tls, start, async () =>
        {
            await peer.BeginAsync();
            await work(peer);
        }));
    }

    private async Task<(string Kind, TimeSpan Held)> AttackOldAsync(Uri origin, string kind, Func<SslStream, string, Task> work)
    {
        await using var tls = await RawRequest.ConnectAsync(_server, origin);
        var start = Stopwatch.GetTimestamp();
        return (kind, await HeldAsync(tls, start, () => work(tls, origin.Host)));
    }

    /// <summary>How long the server let a connection live.</summary>
    private static async Task<TimeSpan> HeldAsync(SslStream tls, long start, Func<Task> work)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(HeldAtMost + HeldAtMost);
        var acting = Task.Run(work, limit.Token);
        try
        {
            var buffer = new byte[16 * 1024];
            while (await tls.ReadAsync(buffer, limit.Token) > 0)
            {
                // Answers, acknowledgements and the server's farewell.
            }
        }
        catch (Exception ended) when (ended is IOException or OperationCanceledException)
        {
            // Cut, or not shed at all.
        }

        var held = Stopwatch.GetElapsedTime(start);
        tls.Close();
        await acting.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return held;
    }

    private static byte[] Frame(byte kind, byte flags, int stream, ReadOnlySpan<byte> payload = default)
    {
        var frame = new byte[9 + payload.Length];
        frame[0] = (byte)(payload.Length >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(1), (ushort)payload.Length);
        frame[3] = kind;
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame.AsSpan(9));
        return frame;
    }

    /// <summary>One HTTP/2 connection that says what it likes.</summary>
    private sealed class Attacker(SslStream tls, string host)
    {
        public int LastStream { get; private set; } = -1;

        public Task BeginAsync() => SendAsync([.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(Settings, 0, 0)]);

        public Task FrameAsync(byte kind, byte flags, int stream, byte[]? payload = null) => SendAsync(Frame(kind, flags, stream, payload));

        public Task SendAsync(byte[] octets) => tls.WriteAsync(octets, TestContext.Current.CancellationToken).AsTask();

        /// <summary>As fast as the server takes it, in small bursts, or one at a time.</summary>
        public async Task RepeatAsync(Func<byte[]> frame, TimeSpan? every = null)
        {
            if (every is { } period)
            {
                await EveryAsync(period, () => SendAsync(frame()));
                return;
            }

            await EveryAsync(TimeSpan.FromMilliseconds(20), () => SendAsync([.. Enumerable.Range(0, 20).SelectMany(_ => frame())]));
        }

        /// <summary>The next request of this connection, whole.</summary>
        public byte[] NextRequest(string path, string method = "GET", byte endStream = EndStream) =>
            Frame(Headers, (byte)(EndHeaders | endStream), LastStream += 2, Request(method, path));

        /// <summary>A block of headers without compression (RFC 7541 6.2.2).</summary>
        public byte[] Request(string method, string path)
        {
            byte[] at = Encoding.ASCII.GetBytes(path), name = Encoding.ASCII.GetBytes(host);
            byte[] block = [method == "GET"
                ? (byte)0x82
                : (byte)0x83, 0x87, 0x04, (byte)at.Length, .. at, 0x01, (byte)name.Length, .. name];
            var form = "application/x-www-form-urlencoded"u8;
            return method == "GET" ? block : [.. block, 0x0F, 0x10, (byte)form.Length, .. form];
        }
    }
}
