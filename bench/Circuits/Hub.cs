using System.Buffers;
using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace DensaiAdmin.Bench.Circuits;

/// <summary>
/// The other end of the circuits' hub, spoken by hand: one connection, what is called over it, and what the server calls. The tests share
/// this file.
/// </summary>
internal sealed partial class Hub : IAsyncDisposable
{
    private static readonly IReadOnlyDictionary<string, string> NoHeaders = new Dictionary<string, string>(StringComparer.Ordinal);

    private readonly ClientWebSocket _socket = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly CancellationTokenSource _ending = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<object?>> _calls = new(StringComparer.Ordinal);
    private readonly Action<string, object?[]> _invoked;
    private byte[] _buffered = [];
    private int _lastCall;

    private Hub(Action<string, object?[]> invoked) => _invoked = invoked;

    /// <summary>Completes when the connection ends, whoever ended it.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    /// <param name="origin">Where the hub is.</param>
    /// <param name="path">How its address is spelled.</param>
    /// <param name="connection">The token that negotiating brought.</param>
    /// <param name="invoker">With the certificate of who connects.</param>
    /// <param name="cookie">Name and value, where the invoker has none of its own.</param>
    /// <param name="invoked">Told what the server calls, on the thread that receives.</param>
    /// <param name="cancellation">Ends the connecting.</param>
    public static async Task<Hub> ConnectAsync(
        Uri origin, string path, string connection, HttpMessageInvoker invoker, string? cookie, Action<string, object?[]> invoked,
        CancellationToken cancellation = default)
    {
        var hub = new Hub(invoked);
        if (cookie is not null)
        {
            hub._socket.Options.SetRequestHeader("Cookie", cookie);
        }

        var address = new UriBuilder(new Uri(origin, path + "?id=" + Uri.EscapeDataString(connection))) { Scheme = "wss" }.Uri;
        await hub._socket.ConnectAsync(address, invoker, cancellation);
        await hub._socket.SendAsync(
            Encoding.UTF8.GetBytes("{\"protocol\":\"blazorpack\",\"version\":1}\u001e"), WebSocketMessageType.Binary, endOfMessage: true,
            cancellation);
        var answer = await hub.ReceiveAsync();
        var end = answer.AsSpan().IndexOf((byte)0x1E);
        if (end != 2)
        {
            throw new InvalidOperationException("The circuits' protocol was refused: " + Encoding.UTF8.GetString(answer));
        }

        hub._buffered = answer[(end + 1)..];
        hub.Ended = Task.Run(hub.ListenAsync, CancellationToken.None);
        return hub;
    }

    /// <summary>What a page wants drawn interactively, as <c>UpdateRootComponents</c> takes it, and the state that came with it.</summary>
    public static (JsonArray Operations, string State) Read(string html)
    {
        var operations = new JsonArray();
        foreach (Match marker in Marker().Matches(html))
        {
            var json = JsonNode.Parse(marker.Groups["json"].Value)!;
            if (json["type"] is not null)
            {
                operations.Add(new JsonObject { ["type"] = "add", ["ssrComponentId"] = operations.Count + 1, ["marker"] = json });
            }
        }

        return (operations, State().Match(html) is { Success: true } stored ? stored.Groups["state"].Value : "");
    }

    /// <summary>
    /// A call into the page (<c>JS.BeginInvokeJS</c>): what it is answered under, 0 for not at all; what is called; with what.
    /// </summary>
    public static (long Handle, string Identifier, JsonArray Given) ReadCall(object?[] arguments)
    {
        var call = arguments is [string json] ? JsonNode.Parse(json)! : null;
        var (handle, identifier, given) = call is null
            ? ((long)arguments[0]!, (string)arguments[1]!, (string?)arguments[2])
            : (call["asyncHandle"]!.GetValue<long>(), call["identifier"]!.GetValue<string>(), call["argsJson"]?.GetValue<string>());
        return (handle, identifier, given is null ? [] : JsonNode.Parse(given) as JsonArray ?? []);
    }

    /// <summary>Calls the hub and returns its answer.</summary>
    /// <exception cref="InvalidOperationException">The hub answered with an error.</exception>
    /// <exception cref="WebSocketException">The server ended the connection instead.</exception>
    public async Task<object?> CallAsync(string method, params object?[] arguments)
    {
        var id = Interlocked.Increment(ref _lastCall).ToString(System.Globalization.CultureInfo.InvariantCulture);
        var answer = _calls[id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await SendMessageAsync([1, NoHeaders, id, method, arguments]);
        return await answer.Task;
    }

    /// <summary>Tells the hub something; without effect where the connection is over.</summary>
    public async Task SendAsync(string method, params object?[] arguments)
    {
        try
        {
            await SendMessageAsync([1, NoHeaders, null, method, arguments]);
        }
        catch (Exception over) when (over is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Nobody waits for it.
        }
    }

    /// <summary>Answers a call into the page with nothing.</summary>
    public Task AnswerAsync(long handle) =>
        handle == 0 ? Task.CompletedTask : SendAsync("EndInvokeJSFromDotNet", handle, true, $"[{handle},true,null]");

    /// <summary>Cuts the line as a broken network does.</summary>
    public async Task CutAsync()
    {
        _socket.Abort();
        await _ending.CancelAsync();
        await Ended;
    }

    public async ValueTask DisposeAsync()
    {
        await CutAsync();
        _socket.Dispose();
        _ending.Dispose();
        _sending.Dispose();
    }

    private async Task ListenAsync()
    {
        try
        {
            while (true)
            {
                _buffered = [.. _buffered[Handle(_buffered)..], .. await ReceiveAsync()];
            }
        }
        catch (Exception over) when (over is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Told by Ended.
        }
        finally
        {
            foreach (var call in _calls.Values)
            {
                call.TrySetException(new WebSocketException("The server ended the connection."));
            }
        }
    }

    /// <summary>Handles whole messages.</summary>
    /// <returns>How many octets they had.</returns>
    private int Handle(ReadOnlySpan<byte> octets)
    {
        var handled = 0;
        while (true)
        {
            var rest = octets[handled..];
            var (length, prefix) = (0, 0);
            while (true)
            {
                if (prefix == rest.Length)
                {
                    return handled;
                }

                length |= (rest[prefix] & 0x7F) << (7 * prefix);
                if ((rest[prefix++] & 0x80) == 0)
                {
                    break;
                }
            }

            if (rest.Length < prefix + length)
            {
                return handled;
            }

            var message = rest.Slice(prefix, length);
            Handle((object?[])MessagePack.Read(ref message)!);
            handled += prefix + length;
        }
    }

    private void Handle(object?[] message)
    {
        switch (message[0])
        {
            case 1L:
                _invoked((string)message[3]!, (object?[])message[4]!);
                break;
            case 3L when _calls.TryRemove((string)message[2]!, out var call):
                if (message[3] is 1L)
                {
                    call.TrySetException(new InvalidOperationException((string?)message[4]));
                }
                else
                {
                    call.TrySetResult(message.Length > 4 ? message[4] : null);
                }

                break;
        }
    }

    private async Task SendMessageAsync(object?[] message)
    {
        var body = new ArrayBufferWriter<byte>();
        MessagePack.Write(body, message);
        var framed = new ArrayBufferWriter<byte>(body.WrittenCount + 5);
        for (var length = body.WrittenCount; ; length >>= 7)
        {
            framed.Write((ReadOnlySpan<byte>)[(byte)(length > 0x7F ? (length & 0x7F) | 0x80 : length)]);
            if (length <= 0x7F)
            {
                break;
            }
        }

        framed.Write(body.WrittenSpan);
        await _sending.WaitAsync(_ending.Token);
        try
        {
            await _socket.SendAsync(framed.WrittenMemory, WebSocketMessageType.Binary, endOfMessage: true, _ending.Token);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task<byte[]> ReceiveAsync()
    {
        var received = new ArrayBufferWriter<byte>();
        while (true)
        {
            var part = await _socket.ReceiveAsync(received.GetMemory(64 * 1024), _ending.Token);
            received.Advance(part.Count);
            if (part.MessageType == WebSocketMessageType.Close)
            {
                throw new WebSocketException("closed");
            }

            if (part.EndOfMessage)
            {
                return received.WrittenSpan.ToArray();
            }
        }
    }

    [GeneratedRegex("<!--Blazor:(?<json>\\{.*?\\})-->", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Marker();

    [GeneratedRegex("<!--Blazor-Server-Component-State:(?<state>.*?)-->", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex State();
}
