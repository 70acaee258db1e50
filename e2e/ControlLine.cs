using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace DensaiAdmin.EndToEnd;

/// <summary>Hands verbs to the running server as the program itself does, but without a process for each of them.</summary>
internal static class ControlLine
{
    /// <returns>The exit code that the server answered with, and what it said; null when it ended before it answered.</returns>
    public static async Task<(int ExitCode, string Output)?> TryAskAsync(AppUnderTest app, params string[] arguments)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(app.DataDirectory, "control.sock")));
            await using var stream = new NetworkStream(socket, ownsSocket: false);
            var request = JsonSerializer.Serialize(new { Args = arguments, Source = "local" });
            await stream.WriteAsync(Encoding.UTF8.GetBytes(request + "\n"));
            using var reader = new StreamReader(stream, Encoding.UTF8);
            if (await reader.ReadLineAsync() is not { } line)
            {
                return null;
            }

            using var answer = JsonDocument.Parse(line);
            return (answer.RootElement.GetProperty("ExitCode").GetInt32(), answer.RootElement.GetProperty("Output").GetString() ?? "");
        }
        catch (Exception killed) when (killed is SocketException or IOException or JsonException)
        {
            return null;
        }
    }
}
