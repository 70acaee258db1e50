using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DensaiAdmin.EndToEnd;

/// <summary>A proxy on the way to the bank that does with each line what a journey wants to see done.</summary>
internal abstract class TunnelProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _accepting;

    protected TunnelProxy()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Address => FormattableString.Invariant($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    public virtual async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
        _listener.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>One line of a PC's, which has asked for this port of the bank's and had no answer yet.</summary>
    protected abstract Task ServeAsync(NetworkStream pc, int port);

    /// <summary>Says that the line is open, or that it is not.</summary>
    protected static async Task<TcpClient?> OpenAsync(NetworkStream pc, int port)
    {
        var bank = new TcpClient();
        try
        {
            await bank.ConnectAsync(IPAddress.Loopback, port);
        }
        catch (SocketException)
        {
            bank.Dispose();
            await pc.WriteAsync("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
            return null;
        }

        await pc.WriteAsync("HTTP/1.1 200 Connection established\r\n\r\n"u8.ToArray());
        return bank;
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
        catch (Exception stopped) when (stopped is SocketException or InvalidOperationException)
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
                await ServeAsync(stream, await PortAskedForAsync(stream));
            }
            catch (Exception gone) when (gone is IOException or SocketException or ObjectDisposedException)
            {
                // One side hung up.
            }
        }
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
        return int.Parse(head.ToString().Split(' ')[1].Split(':')[1], CultureInfo.InvariantCulture);
    }
}
