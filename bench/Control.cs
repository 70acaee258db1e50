using System.Net.Sockets;
using System.Text.Json;

namespace DensaiAdmin.Bench;

/// <summary>Acts of an operator on a running server, by the socket that the verbs use.</summary>
internal static class Control
{
    /// <summary>Revokes as <c>revoke LOGINID --reason unspecified --operator counter1</c> does; returns once the server says it is done.</summary>
    public static async Task RevokeAsync(string directory, string loginId)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(Bank.DataOf(directory), "control.sock")));
        await using var stream = new NetworkStream(socket);
        var request = new { Args = new[] { "revoke", loginId, "--reason", "unspecified", "--operator", "counter1" }, Source = "bench" };
        await stream.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(request));
        await stream.WriteAsync("\n"u8.ToArray());
        using var reader = new StreamReader(stream);
        var line = await reader.ReadLineAsync() ?? throw new IOException("The server went away.");
        using var answer = JsonDocument.Parse(line);
        if (answer.RootElement.GetProperty("ExitCode").GetInt32() != 0)
        {
            throw new InvalidOperationException(line);
        }
    }
}
