using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace DensaiAdmin.Bench.Circuits;

/// <summary>
/// One open page of an interactive server application, without a browser: fetches it, opens its circuit over a WebSocket as
/// blazor.web.js does, acknowledges what is drawn and answers calls into the page with nothing.
/// </summary>
internal sealed partial class Circuit : IAsyncDisposable
{
    private static readonly IReadOnlyDictionary<string, string> NoHeaders = new Dictionary<string, string>(StringComparer.Ordinal);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly Visitor _visitor;
    private readonly ClientWebSocket _socket = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly CancellationTokenSource _ending = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<object?>> _calls = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly List<Expectation> _expectations = [];
    private readonly TaskCompletionSource<(string Destination, long At)> _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _receiving = Task.CompletedTask;
    private string _id = "";
    private int _lastCall;
    private byte[] _buffered = [];

    private Circuit(Visitor visitor) => _visitor = visitor;

    /// <summary>Completes when the server sends the page elsewhere by a full load, or the connection ends; with the timestamp.</summary>
    public Task<(string Destination, long At)> Left => _left.Task;

    /// <summary>Opens an address and waits until the circuit has drawn every given text.</summary>
    public static async Task<Circuit> OpenAsync(Visitor visitor, string path, params string[] drawn)
    {
        var html = await visitor.Http.GetStringAsync(new Uri(path, UriKind.Relative));
        var operations = new JsonArray();
        foreach (Match marker in Marker().Matches(html))
        {
            var json = JsonNode.Parse(marker.Groups["json"].Value)!;
            if (json["type"] is not null)
            {
                operations.Add(new JsonObject { ["type"] = "add", ["ssrComponentId"] = operations.Count + 1, ["marker"] = json });
            }
        }

        if (operations.Count == 0)
        {
            throw new InvalidOperationException($"{path} has nothing interactive:\n{html}");
        }

        var state = State().Match(html) is { Success: true } stored ? stored.Groups["state"].Value : "";
        var circuit = new Circuit(visitor);
        await circuit.ConnectAsync();
        var expected = circuit.Expect(drawn);
        var address = new Uri(visitor.Origin, path).ToString();
        circuit._id = (string?)await circuit.CallAsync("StartCircuit", visitor.Origin.ToString(), address, "[]", state) ?? throw new InvalidOperationException("No circuit was started.");
        await circuit.SendAsync("UpdateRootComponents", new JsonObject { ["batchId"] = 1, ["operations"] = operations }.ToJsonString(), state);
        await expected;
        return circuit;
    }

    /// <summary>Goes to another address inside the page, and waits until every given text is drawn.</summary>
    /// <returns>How long it took.</returns>
    public async Task<TimeSpan> NavigateAsync(string path, params string[] drawn)
    {
        var expected = Expect(drawn);
        var start = Stopwatch.GetTimestamp();
        await SendAsync("OnLocationChanged", new Uri(_visitor.Origin, path).ToString(), null, true);
        return Stopwatch.GetElapsedTime(start, await expected);
    }

    /// <summary>Closes the page as a person does.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_id.Length > 0)
        {
            try
            {
                using var form = new MultipartFormDataContent { { new StringContent(_id), "circuitId" } };
                using var answer = await _visitor.Http.PostAsync(new Uri("/_blazor/disconnect", UriKind.Relative), form);
            }
            catch (HttpRequestException)
            {
                // The server is gone, or the session over.
            }
        }

        await _ending.CancelAsync();
        try
        {
            await _receiving;
        }
        catch (Exception ended) when (ended is OperationCanceledException or WebSocketException)
        {
            // Wanted.
        }

        _socket.Dispose();
        _ending.Dispose();
        _sending.Dispose();
    }

    private async Task ConnectAsync()
    {
        using var empty = new ByteArrayContent([]);
        using var negotiated = await _visitor.Http.PostAsync(new Uri("/_blazor/negotiate?negotiateVersion=1", UriKind.Relative), empty);
        negotiated.EnsureSuccessStatusCode();
        var token = JsonNode.Parse(await negotiated.Content.ReadAsStringAsync())!["connectionToken"]!.GetValue<string>();
        var address = new UriBuilder(new Uri(_visitor.Origin, "/_blazor?id=" + Uri.EscapeDataString(token))) { Scheme = "wss" }.Uri;
        await _socket.ConnectAsync(address, _visitor.Sockets, _ending.Token);
        await _socket.SendAsync(Encoding.UTF8.GetBytes("{\"protocol\":\"blazorpack\",\"version\":1}\u001e"), WebSocketMessageType.Binary, endOfMessage: true, _ending.Token);
        var answer = await ReceiveAsync();
        var end = answer.AsSpan().IndexOf((byte)0x1E);
        if (end != 2)
        {
            throw new InvalidOperationException("The circuits' protocol was refused: " + Encoding.UTF8.GetString(answer));
        }

        _buffered = answer[(end + 1)..];
        _receiving = Task.Run(ListenAsync);
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
        finally
        {
            _left.TrySetResult(("", Stopwatch.GetTimestamp()));
            lock (_gate)
            {
                _expectations.ForEach(e => e.Drawn.TrySetException(new InvalidOperationException("The circuit ended.")));
            }

            foreach (var call in _calls.Values)
            {
                call.TrySetException(new InvalidOperationException("The circuit ended."));
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
                Invoked((string)message[3]!, (object?[])message[4]!);
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

    private void Invoked(string target, object?[] arguments)
    {
        var at = Stopwatch.GetTimestamp();
        switch (target)
        {
            case "JS.RenderBatch":
                Drawn((byte[])arguments[1]!, at);
                _ = SendAsync("OnRenderCompleted", arguments[0], null);
                break;
            case "JS.BeginInvokeJS":
                Called(arguments, at);
                break;
            case "JS.Error":
                _left.TrySetResult(((string?)arguments[0] ?? "error", at));
                break;
        }
    }

    private void Called(object?[] arguments, long at)
    {
        var (handle, identifier, given) = arguments is [string json]
            ? (JsonNode.Parse(json)!["asyncHandle"]!.GetValue<long>(), JsonNode.Parse(json)!["identifier"]!.GetValue<string>(), JsonNode.Parse(json)!["argsJson"]?.GetValue<string>())
            : ((long)arguments[0]!, (string)arguments[1]!, (string?)arguments[2]);
        if (identifier.EndsWith("navigateTo", StringComparison.Ordinal) && JsonNode.Parse(given!) is JsonArray to)
        {
            var address = to[0]!.GetValue<string>();
            if (to.Count > 1 && to[1]?["forceLoad"]?.GetValue<bool>() == true)
            {
                _left.TrySetResult((address, at));
            }
            else
            {
                _ = SendAsync("OnLocationChanged", new Uri(_visitor.Origin, address).ToString(), null, false);
            }
        }

        if (handle != 0)
        {
            _ = SendAsync("EndInvokeJSFromDotNet", handle, true, $"[{handle},true,null]");
        }
    }

    private void Drawn(byte[] batch, long at)
    {
        lock (_gate)
        {
            foreach (var expectation in _expectations)
            {
                expectation.Texts.RemoveAll(text => batch.AsSpan().IndexOf(text) >= 0);
                if (expectation.Texts.Count == 0)
                {
                    expectation.Drawn.TrySetResult(at);
                }
            }

            _expectations.RemoveAll(e => e.Texts.Count == 0);
        }
    }

    private Task<long> Expect(string[] texts)
    {
        var expectation = new Expectation([.. texts.Select(Encoding.UTF8.GetBytes)], new(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (_gate)
        {
            _expectations.Add(expectation);
        }

        return WithinAsync(expectation.Drawn.Task, () => $"not drawn: {string.Join(", ", expectation.Texts.Select(Encoding.UTF8.GetString))}");
    }

    private static async Task<T> WithinAsync<T>(Task<T> task, Func<string> why)
    {
        try
        {
            return await task.WaitAsync(Limit);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException(why(), late);
        }
    }

    private async Task<object?> CallAsync(string method, params object?[] arguments)
    {
        var id = Interlocked.Increment(ref _lastCall).ToString(System.Globalization.CultureInfo.InvariantCulture);
        var source = new TaskCompletionSource<object?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _calls[id] = source;
        await SendMessageAsync([1, NoHeaders, id, method, arguments]);
        return await WithinAsync(source.Task, () => method + " was not answered");
    }

    private Task SendAsync(string method, params object?[] arguments) => SendMessageAsync([1, NoHeaders, null, method, arguments]);

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

    private sealed record Expectation(List<byte[]> Texts, TaskCompletionSource<long> Drawn);
}
