using System.Buffers;
using System.Buffers.Binary;

namespace DensaiAdmin.Web.Tls;

/// <summary>
/// What is known of one connection from the frames on it (RFC 9113): what the peer spends on frames without content, and which answers
/// wait because it takes nothing of them.
/// </summary>
internal sealed class WatchedConnection(bool isHttp2, Action<string> shed)
{
    private const byte Data = 0, Headers = 1, Reset = 3, Settings = 4, Ping = 6, WindowUpdate = 8, Continuation = 9;
    private const byte EndStreamFlag = 1, AckFlag = 1, EndHeadersFlag = 4;
    private const ushort InitialWindowSize = 4;
    private const int DefaultWindow = 65_535;

    // What a page load, its cancelled requests and years of pings never come near. A window update costs less: a download has many.
    private const double Allowance = 500;
    private const double RestoredPerSecond = 50;
    private const double WindowUpdateCost = 0.02;

    private readonly long _startedAt = Environment.TickCount64;
    private readonly FrameReader _in = new("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".Length);
    private readonly FrameReader _out = new(0);
    private readonly Lock _gate = new();
    private readonly Dictionary<int, long> _windows = [];
    private double _allowance = Allowance;
    private long _restoredAt = Environment.TickCount64;
    private long? _headersSince;
    private long? _stalledSince;
    private long _sent;
    private long _sentBeforeStall;
    private long _initialWindow = DefaultWindow;
    private long _window = DefaultWindow;
    private bool _hasAsked;
    private bool _isShed;

    /// <summary>Octets that the peer sent.</summary>
    public void Received(in ReadOnlySequence<byte> octets)
    {
        if (!isHttp2)
        {
            // Kestrel itself times the rest of an HTTP/1.1 request.
            _hasAsked |= octets.Length > 0;
            return;
        }

        foreach (var part in octets)
        {
            _in.Read(part.Span, InFrame);
        }
    }

    /// <summary>Octets that are sent to the peer.</summary>
    public void Sent(ReadOnlySpan<byte> octets) => _out.Read(octets, OutFrame);

    /// <summary>Cuts the connection if it has held something for too long.</summary>
    /// <param name="now">Milliseconds as <see cref="Environment.TickCount64"/> counts them.</param>
    public void Look(long now)
    {
        string? why;
        lock (_gate)
        {
            why = !_hasAsked && now - _startedAt > ConnectionWatch.MaxWaitForRequest.TotalMilliseconds ? "nothing asked for"
                : _headersSince is { } since && now - since > ConnectionWatch.MaxHeaders.TotalMilliseconds ? "headers that do not end"
                : IsStalled(now) ? "answers left unread"
                : null;
        }

        if (why is not null)
        {
            Shed(why);
        }
    }

    private bool IsStalled(long now)
    {
        if (_windows.Count == 0 || (_window > 0 && _windows.Values.All(window => window > 0)))
        {
            _stalledSince = null;
            return false;
        }

        if (_stalledSince is not { } since)
        {
            (_stalledSince, _sentBeforeStall) = (now, _sent);
            return false;
        }

        if (now - since <= ConnectionWatch.MaxStall.TotalMilliseconds)
        {
            return false;
        }

        if (_sent - _sentBeforeStall < ConnectionWatch.MinOctetsPerSecond * ConnectionWatch.MaxStall.TotalSeconds)
        {
            return true;
        }

        (_stalledSince, _sentBeforeStall) = (now, _sent);
        return false;
    }

    private void InFrame(byte kind, byte flags, int stream, int length, ReadOnlySpan<byte> payload)
    {
        bool isOver;
        lock (_gate)
        {
            switch (kind)
            {
                case Headers or Continuation:
                    var ends = (flags & EndHeadersFlag) != 0;
                    _hasAsked |= ends;
                    _headersSince = ends ? null : _headersSince ?? Environment.TickCount64;
                    if (kind == Headers)
                    {
                        _windows.TryAdd(stream, _initialWindow);
                    }

                    break;
                case Reset:
                    _windows.Remove(stream);
                    break;
                case WindowUpdate when payload.Length >= 4:
                    Widen(stream, BinaryPrimitives.ReadInt32BigEndian(payload) & int.MaxValue);
                    break;
                case Settings:
                    Apply(payload);
                    break;
            }

            isOver = Cost(kind, flags, length) is > 0 and var cost && !TryPay(cost);
        }

        if (isOver)
        {
            Shed("frames without content");
        }
    }

    private void OutFrame(byte kind, byte flags, int stream, int length, ReadOnlySpan<byte> payload)
    {
        lock (_gate)
        {
            if (kind == Data)
            {
                _window -= length;
                _sent += length;
                if (_windows.TryGetValue(stream, out var window))
                {
                    _windows[stream] = window - length;
                }
            }

            if (kind == Reset || (kind is Data or Headers && (flags & EndStreamFlag) != 0))
            {
                _windows.Remove(stream);
            }
        }
    }

    private void Widen(int stream, int by)
    {
        if (stream == 0)
        {
            _window += by;
        }
        else if (_windows.TryGetValue(stream, out var window))
        {
            _windows[stream] = window + by;
        }
    }

    // RFC 9113 6.9.2: a new initial size moves the windows of the streams that are open.
    private void Apply(ReadOnlySpan<byte> settings)
    {
        for (; settings.Length >= 6; settings = settings[6..])
        {
            if (BinaryPrimitives.ReadUInt16BigEndian(settings) == InitialWindowSize)
            {
                var difference = BinaryPrimitives.ReadUInt32BigEndian(settings[2..]) - _initialWindow;
                _initialWindow += difference;
                foreach (var stream in _windows.Keys.ToList())
                {
                    _windows[stream] += difference;
                }
            }
        }
    }

    private static double Cost(byte kind, byte flags, int length) => kind switch
    {
        Headers => 0,
        Data => length == 0 && (flags & EndStreamFlag) == 0 ? 1 : 0,
        WindowUpdate => WindowUpdateCost,
        Settings or Ping when (flags & AckFlag) != 0 => 0.1,
        _ => 1,
    };

    private bool TryPay(double cost)
    {
        var now = Environment.TickCount64;
        _allowance = Math.Min(Allowance, _allowance + ((now - _restoredAt) / 1000d * RestoredPerSecond)) - cost;
        _restoredAt = now;
        return _allowance >= 0;
    }

    private void Shed(string why)
    {
        lock (_gate)
        {
            if (_isShed)
            {
                return;
            }

            _isShed = true;
        }

        shed(why);
    }
}
