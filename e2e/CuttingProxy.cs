using System.Net.Sockets;

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
/// At one moment of an issue, which it knows by the ports and by the size of what passes, it has something done to the bank and drops the
/// line.
/// What is said stays sealed by TLS.
/// </summary>
/// <param name="app">The bank behind it.</param>
/// <param name="cut">What happens to the bank at the cut.</param>
internal sealed class CuttingProxy(AppUnderTest app, Func<Task> cut) : TunnelProxy
{
    // A TLS record of an application: what is long among those of a client is the request for a certificate.
    private const byte ApplicationData = 0x17;
    private const int ShortestRequest = 400;

    private volatile bool _hasAsked;

    /// <summary>The next cut; it is made once.</summary>
    public Cut At { get; private set; }

    public void CutAt(Cut at) => (At, _hasAsked) = (at, false);

    protected override async Task ServeAsync(NetworkStream pc, int port)
    {
        if (At == Cut.FirstWord || (At == Cut.Trial && _hasAsked && port == app.Certificate.Port))
        {
            await CutNowAsync();
            return;
        }

        using var bank = await OpenAsync(pc, port);
        if (bank is not null)
        {
            await Task.WhenAny(ToBankAsync(pc, bank.GetStream(), port), ToPcAsync(bank.GetStream(), pc));
        }
    }

    private async Task ToBankAsync(NetworkStream pc, NetworkStream bank, int port)
    {
        var piece = new byte[16 * 1024];
        while (await pc.ReadAsync(piece) is var read and > 0)
        {
            if (port == app.Public.Port && piece[0] == ApplicationData && read >= ShortestRequest)
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
        await cut();
    }
}
