using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DensaiAdmin.EndToEnd;

/// <summary>Where on the way to a certificate the line is cut.</summary>
public enum Cut
{
    Nowhere,

    /// <summary>Before anything was asked.</summary>
    FirstWord,

    /// <summary>The request has left the PC and not reached the bank.</summary>
    Request,

    /// <summary>The bank has done it, and its answer is on the way.</summary>
    Answer,

    /// <summary>The certificate is stored and is about to be tried.</summary>
    Trial,
}

/// <summary>
/// A proxy on the way to the bank. At one moment of an issue, which it knows by the ports and by the size of what passes, it has something
/// done to the bank and drops the line. What is said stays sealed by TLS.
/// </summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    // A TLS record of an application: what is long among those of a client is the request for a certificate.
    private const byte ApplicationData = 0x17;
    private const int ShortestRequest = 400;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly AppUnderTest _app;
    private readonly Func<Task> _cut;
    private readonly Task _accepting;
    private volatile bool _hasAsked;

    /// <param name="app">The bank behind it.</param>
    /// <param name="cut">What happens to the bank at the cut.</param>
    public CuttingProxy(AppUnderTest app, Func<Task> cut)
    {
        (_app, _cut) = (app, cut);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>The next cut; it is made once.</summary>
    public Cut At { get; private set; }

    public string Address => FormattableString.Invariant($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    public void CutAt(Cut at) => (At, _hasAsked) = (at, false);

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
        {
            // The journey is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                var port = await PortAskedForAsync(stream);
                if (At == Cut.FirstWord || (At == Cut.Trial && _hasAsked && port == _app.Certificate.Port))
                {
                    await CutNowAsync();
                    return;
                }

                using var bank = new TcpClient();
                try
                {
                    await bank.ConnectAsync(IPAddress.Loopback, port);
                }
                catch (SocketException)
                {
                    await stream.WriteAsync("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
                    return;
                }

                await stream.WriteAsync("HTTP/1.1 200 Connection established\r\n\r\n"u8.ToArray());
                await Task.WhenAny(ToBankAsync(stream, bank.GetStream(), port), ToPcAsync(bank.GetStream(), stream));
            }
            catch (Exception gone) when (gone is IOException or SocketException or ObjectDisposedException)
            {
                // One side hung up.
            }
        }
    }

    private async Task ToBankAsync(NetworkStream pc, NetworkStream bank, int port)
    {
        var piece = new byte[16 * 1024];
        while (await pc.ReadAsync(piece) is var read and > 0)
        {
            if (port == _app.Public.Port && piece[0] == ApplicationData && read >= ShortestRequest)
            {
                _hasAsked = true;
                if (At == Cut.Request)
                {
                    await CutNowAsync();
                    return;
                }
            }

            await bank.WriteAsync(piece.AsMemory(0, read));
        }
    }

    private async Task ToPcAsync(NetworkStream bank, NetworkStream pc)
    {
        var piece = new byte[16 * 1024];
        while (await bank.ReadAsync(piece) is var read and > 0)
        {
            if (At == Cut.Answer && _hasAsked)
            {
                await CutNowAsync();
                return;
            }

            await pc.WriteAsync(piece.AsMemory(0, read));
        }
    }

    private async Task CutNowAsync()
    {
        At = Cut.Nowhere;
        await _cut();
    }

    private static async Task<int> PortAskedForAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one);
            head.Append((char)one[0]);
        }

        // CONNECT localhost:7443 HTTP/1.1
        return int.Parse(head.ToString().Split(' ')[1].Split(':')[1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
