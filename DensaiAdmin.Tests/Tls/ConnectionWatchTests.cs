using System.Net;
using DensaiAdmin.Web.Tls;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;

namespace DensaiAdmin.Tests.Tls;

/// <summary>The share of a source, and the frames of a connection, without the wire.</summary>
[Web]
public sealed class ConnectionWatchTests
{
    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1", "192.0.2.2")]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1", "192.0.2.2")]
    [InlineData("2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:1::1")]
    public async Task Source_BeyondItsShare_IsNotLetIn_AndAnotherIs(string source, string same, string another)
    {
        using var watch = new ConnectionWatch(NullLogger<ConnectionWatch>.Instance);
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        List<Task> open = [.. Enumerable.Range(0, ConnectionWatch.MaxPerSource).Select(
            _ => watch.AdmitAsync(From(source), _ => held.Task))];

        Assert.False(await IsLetInAsync(watch, same));
        Assert.True(await IsLetInAsync(watch, another));

        held.SetResult();
        await Task.WhenAll(open);
        Assert.True(await IsLetInAsync(watch, same));
    }

    [Fact]
    public async Task Fault_OfTheConnectionItself_EndsItAlone()
    {
        using var watch = new ConnectionWatch(NullLogger<ConnectionWatch>.Instance);
        await watch.AdmitAsync(
            From("192.0.2.1"), _ => throw new System.Security.Cryptography.CryptographicException("no such key exchange"));
        Assert.True(await IsLetInAsync(watch, "192.0.2.1"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Frames_InPiecesOfAnySize_AreReadAlike(int piece)
    {
        byte[] octets =
        [
            .. "PREFACE"u8,
            0, 0, 4, 8, 0, 0, 0, 0, 3, 0, 0, 1, 0,
            0, 0, 0, 4, 1, 0, 0, 0, 0,
            0, 0, 80, 0, 1, 0x80, 0, 0, 5, .. new byte[80],
            0, 0, 0, 6, 0, 0, 0, 0, 0,
        ];
        var reader = new FrameReader("PREFACE".Length);
        var frames = new List<string>();
        for (var at = 0; at < octets.Length; at += piece)
        {
            reader.Read(
                octets.AsSpan(at, Math.Min(piece, octets.Length - at)),
                (kind, flags, stream, length, payload) => frames.Add($"{kind} {flags} {stream} {length} {payload.Length}"));
        }

        Assert.Equal(["8 0 3 4 4", "4 1 0 0 0", "0 1 5 80 60", "6 0 0 0 0"], frames);
    }

    private static ConnectionContext From(string source) =>
        new DefaultConnectionContext { RemoteEndPoint = new IPEndPoint(IPAddress.Parse(source), 1) };

    private static async Task<bool> IsLetInAsync(ConnectionWatch watch, string source)
    {
        var isLetIn = false;
        await watch.AdmitAsync(From(source), _ =>
        {
            isLetIn = true;
            return Task.CompletedTask;
        });
        return isLetIn;
    }
}
