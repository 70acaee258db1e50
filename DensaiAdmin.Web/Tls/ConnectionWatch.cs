using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using DensaiAdmin.Core;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace DensaiAdmin.Web.Tls;

/// <summary>
/// Sheds connections that hold what they do not use, where Kestrel has no limit of its own: too many from one source, one that never
/// asks for anything, one that sends frames without content faster than any browser does, one that leaves what it asked for unread.
/// Times are of this machine, never of the application's clock.
/// </summary>
internal sealed partial class ConnectionWatch(ILogger<ConnectionWatch> log) : BackgroundJob(TimeProvider.System, log)
{
    /// <summary>
    /// A whole office may come from one address, or a load balancer that passes TLS on; half of all stays for everybody else.
    /// </summary>
    public const int MaxPerSource = Listeners.MaxConnections / 2;

    /// <summary>
    /// From the handshake to the first whole request. Browsers open connections ahead and drop those that they did not need after ten to
    /// twenty seconds: cut before that, one may be cut just as it is used.
    /// </summary>
    public static readonly TimeSpan MaxWaitForRequest = TimeSpan.FromSeconds(25);

    /// <summary>From the first frame of a block of headers to its last.</summary>
    public static readonly TimeSpan MaxHeaders = TimeSpan.FromSeconds(10);

    /// <summary>How long a peer may leave its flow control closed while an answer waits for it.</summary>
    public static readonly TimeSpan MaxStall = TimeSpan.FromSeconds(15);

    /// <summary>What a peer whose flow control is closed time and again must take at least.</summary>
    public const int MinOctetsPerSecond = 1_024;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SayEvery = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<WatchedConnection, bool> _watched = new();
    private readonly Dictionary<IPAddress, int> _sources = [];
    private readonly Lock _gate = new();
    private long _said = -1;
    private int _unsaid;

    public override JobTitle Title { get; } = new("応答のない接続の切断", "watch over connections that stand still");

    /// <summary>Before TLS: lets a source have no more than its share.</summary>
    public async Task AdmitAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if ((connection.RemoteEndPoint as IPEndPoint)?.Address is not { } address)
        {
            await next(connection);
            return;
        }

        var source = SourceOf(address);
        if (!TryEnter(source))
        {
            Shed(connection, "more connections from one source than its share");
            return;
        }

        try
        {
            await next(connection);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            // What a peer sends before TLS stands is no fault of the server, whatever the platform throws at it.
            Shed(connection, fault.GetType().Name);
        }
        finally
        {
            Leave(source);
        }
    }

    /// <summary>After TLS: follows what the peer sends, and what it lets itself be sent.</summary>
    public async Task FollowAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var isHttp2 = connection.Features.Get<ITlsApplicationProtocolFeature>()?.ApplicationProtocol.Span.SequenceEqual(
            SslApplicationProtocol.Http2.Protocol.Span) == true;
        var transport = connection.Transport;
        var watched = new WatchedConnection(isHttp2, why => Shed(connection, why));
        connection.Transport = new Watched(
            new WatchedReader(transport.Input, watched), isHttp2 ? new WatchedWriter(transport.Output, watched) : transport.Output);
        _watched.TryAdd(watched, true);
        try
        {
            await next(connection);
        }
        finally
        {
            _watched.TryRemove(watched, out _);
            connection.Transport = transport;
        }
    }

    protected override async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(LookEvery);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            var now = Environment.TickCount64;
            foreach (var (watched, _) in _watched)
            {
                watched.Look(now);
            }

            NoteRound();
        }
    }

    // Whoever has one IPv6 address has the 2^64 beside it (RFC 4291 2.5.4).
    private static IPAddress SourceOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        if (address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6)
        {
            return address;
        }

        var octets = address.GetAddressBytes();
        octets.AsSpan(8).Clear();
        return new(octets);
    }

    private bool TryEnter(IPAddress source)
    {
        lock (_gate)
        {
            var open = _sources.GetValueOrDefault(source);
            if (open >= MaxPerSource)
            {
                return false;
            }

            _sources[source] = open + 1;
            return true;
        }
    }

    private void Leave(IPAddress source)
    {
        lock (_gate)
        {
            if (--_sources[source] == 0)
            {
                _sources.Remove(source);
            }
        }
    }

    private void Shed(ConnectionContext connection, string why)
    {
        connection.Abort(new ConnectionAbortedException(why));
        int count;
        lock (_gate)
        {
            // A flood must not become one of the log.
            _unsaid++;
            var now = Environment.TickCount64;
            if (_said >= 0 && now - _said < SayEvery.TotalMilliseconds)
            {
                return;
            }

            (_said, count, _unsaid) = (now, _unsaid, 0);
        }

        LogShed(Log, count, why, connection.RemoteEndPoint?.ToString());
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "{Count} connections were cut since the last such line, the latest for this: {Why}. From: {Source}")]
    private static partial void LogShed(ILogger logger, int count, string why, string? source);

    private sealed record Watched(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
