using System.Net.Sockets;
using System.Text.Json;

namespace DensaiAdmin.Bench;

/// <summary>Acts of an operator on a running server, by the socket that the verbs use.</summary>
internal static class Control
{
    /// <summary>Revokes as the verb does; returns once the server says it is done.</summary>
    public static async Task RevokeAsync(string directory, string loginId) =>
        Done(loginId, await AskAsync(directory, "revoke", loginId, "--reason", "unspecified", "--operator", "counter1"));

    /// <summary>Issues as the verb does.</summary>
    /// <returns>The certificate, PEM.</returns>
    public static async Task<string> IssueAsync(string directory, string loginId, byte[] request) =>
        Done(loginId, await AskAsync(directory, request, ["issue", loginId, "--csr", "request.der", "--operator", "counter1"]));

    /// <summary>Hands a verb to the server.</summary>
    /// <exception cref="IOException">The server went away; whether it is done is not known.</exception>
    public static Task<(int ExitCode, string Text)> AskAsync(string directory, params string[] args) => AskAsync(directory, null, args);

    private static string Done(string loginId, (int ExitCode, string Text) answer) =>
        answer.ExitCode == 0 ? answer.Text : throw new InvalidOperationException($"{loginId}: {answer.Text}");

    private static async Task<(int ExitCode, string Text)> AskAsync(string directory, byte[]? file, string[] args)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(Bank.DataOf(directory), "control.sock")));
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(new { Args = args, Source = "bench", File = file }));
        await stream.WriteAsync("\n"u8.ToArray());
        using var reader = new StreamReader(stream);
        var line = await reader.ReadLineAsync() ?? throw new IOException("The server went away.");
        using var answer = JsonDocument.Parse(line);
        var root = answer.RootElement;
        return (root.GetProperty("ExitCode").GetInt32(), root.GetProperty("Output").GetString() + root.GetProperty("Error").GetString());
    }
}
