using System.Buffers;
using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using BlazorPack = DensaiAdmin.Bench.Circuits.MessagePack;

namespace DensaiAdmin.Tests.Hosting;

/// <summary>
/// The other end of the circuits' hub, spoken by hand, so that a test can call whatever it likes: one connection in the name of a
/// session, over the real TLS.
/// </summary>
internal sealed partial class CircuitClient : IAsyncDisposable
{
    private static readonly IReadOnlyDictionary<string, string> NoHeaders = new Dictionary<string, string>(StringComparer.Ordinal);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<object?>> _calls = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly List<byte[]> _drawn = [];
    private readonly TaskCompletionSource<string> _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HttpClient _http;
    private readonly string _cookie;
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _receiving = Task.CompletedTask;
    private byte[] _buffered = [];
    private int _lastCall;

    private CircuitClient(HttpClient http, string cookie) => (_http, _cookie) = (http, cookie);

    /// <summary>What names this client's circuit.</summary>
    public string Secret { get; private set; } = "";

    /// <summary>What names this client's connection.</summary>
    public string Connection { get; private set; } = "";

    /// <summary>Completes with where the server sends the page.</summary>
    public Task<string> Left => _left.Task.WaitAsync(Limit);

    /// <summary>Completes when the server ends the connection.</summary>
    public Task Ended => _receiving.WaitAsync(Limit);

    /// <summary>Everything that was drawn on this connection.</summary>
    public string Drawn
    {
        get
        {
            lock (_gate)
            {
                return string.Concat(_drawn.Select(Encoding.UTF8.GetString));
            }
        }
    }

    /// <param name="server">The server.</param>
    /// <param name="http">With the certificate of who connects, and the origin as its base address.</param>
    /// <param name="certificate">The same, for the connection itself.</param>
    /// <param name="cookie">Name and value.</param>
    /// <param name="hub">How the address of the hub is spelled.</param>
    public static async Task<CircuitClient> ConnectAsync(RunningServer server, HttpClient http, X509Certificate2? certificate, string cookie, string hub = "/_blazor")
    {
        var client = new CircuitClient(http, cookie);
        using var negotiate = new HttpRequestMessage(HttpMethod.Post, new Uri(hub + "/negotiate?negotiateVersion=1", UriKind.Relative)) { Content = new ByteArrayContent([]) };
        negotiate.Headers.Add("Cookie", cookie);
        using var negotiated = await http.SendAsync(negotiate, TestContext.Current.CancellationToken);
        negotiated.EnsureSuccessStatusCode();
        client.Connection = JsonNode.Parse(await negotiated.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["connectionToken"]!.GetValue<string>();
        await client.OpenAsync(server, certificate, hub);
        return client;
    }

    /// <summary>Opens a page, its circuit on this connection, and waits until a text is drawn.</summary>
    public async Task StartAsync(string path, string drawn)
    {
        using var shown = await RunningServer.GetAsync(_http, path, _cookie);
        var html = await shown.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var operations = new JsonArray();
        foreach (Match marker in Marker().Matches(html))
        {
            var json = JsonNode.Parse(marker.Groups["json"].Value)!;
            if (json["type"] is not null)
            {
                operations.Add(new JsonObject { ["type"] = "add", ["ssrComponentId"] = operations.Count + 1, ["marker"] = json });
            }
        }

        Assert.NotEmpty(operations);
        var state = State().Match(html) is { Success: true } stored ? stored.Groups["state"].Value : "";
        var origin = _http.BaseAddress!;
        Secret = Assert.IsType<string>(await CallAsync("StartCircuit", origin.ToString(), new Uri(origin, path).ToString(), "[]", state));
        await SendAsync(null, "UpdateRootComponents", new JsonObject { ["batchId"] = 1, ["operations"] = operations }.ToJsonString(), state);
        await DrawnAsync(drawn);
    }

    /// <summary>Waits until a text is drawn on this connection.</summary>
    public async Task DrawnAsync(string text)
    {
        while (true)
        {
            Task news;
            lock (_gate)
            {
                news = _news.Task;
            }

            if (Drawn.Contains(text, StringComparison.Ordinal))
            {
                return;
            }

            await news.WaitAsync(Limit, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Calls the hub and returns its answer.</summary>
    /// <exception cref="InvalidOperationException">The hub answered with an error.</exception>
    /// <exception cref="WebSocketException">The server ended the connection instead.</exception>
    public async Task<object?> CallAsync(string method, params object?[] arguments)
    {
        var id = Interlocked.Increment(ref _lastCall).ToString(System.Globalization.CultureInfo.InvariantCulture);
        var answer = _calls[id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await SendAsync(id, method, arguments);
        return await answer.Task.WaitAsync(Limit, TestContext.Current.CancellationToken);
    }

    /// <summary>Cuts the line as a broken network does, and waits until the server has noticed.</summary>
    public async Task CutAsync()
    {
        _socket.Abort();
        await _ending.CancelAsync();
        await _receiving.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    public async ValueTask DisposeAsync()
    {
        await CutAsync();
        _socket.Dispose();
        _ending.Dispose();
    }

    private async Task OpenAsync(RunningServer server, X509Certificate2? certificate, string hub)
    {
        using var invoker = new HttpMessageInvoker(server.Handler(certificate), disposeHandler: false);
        _socket.Options.SetRequestHeader("Cookie", _cookie);
        var address = new UriBuilder(new Uri(_http.BaseAddress!, hub + "?id=" + Uri.EscapeDataString(Connection))) { Scheme = "wss" }.Uri;
        await _socket.ConnectAsync(address, invoker, TestContext.Current.CancellationToken);
        await _socket.SendAsync(Encoding.UTF8.GetBytes("{\"protocol\":\"blazorpack\",\"version\":1}\u001e"), WebSocketMessageType.Binary, endOfMessage: true, _ending.Token);
        var answer = await ReceiveAsync();
        var end = answer.AsSpan().IndexOf((byte)0x1E);
        Assert.Equal(2, end);
        _buffered = answer[(end + 1)..];
        _receiving = Task.Run(ListenAsync);
    }

    private async Task ListenAsync()
    {
        try
        {
            while (true)
            {
                var handled = Handle(_buffered);
                _buffered = [.. _buffered[handled..], .. await ReceiveAsync()];
            }
        }
        catch (Exception ended) when (ended is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            foreach (var call in _calls.Values)
            {
                call.TrySetException(new WebSocketException("The server ended the connection."));
            }
        }
    }

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
            Handle((object?[])BlazorPack.Read(ref message)!);
            handled += prefix + length;
        }
    }

    private void Handle(object?[] message)
    {
        if (message[0] is 3L && _calls.TryRemove((string)message[2]!, out var call))
        {
            if (message[3] is 1L)
            {
                call.TrySetException(new InvalidOperationException((string?)message[4]));
            }
            else
            {
                call.TrySetResult(message.Length > 4 ? message[4] : null);
            }
        }
        else if (message[0] is 1L)
        {
            Invoked((string)message[3]!, (object?[])message[4]!);
        }
    }

    private void Invoked(string target, object?[] arguments)
    {
        if (target == "JS.RenderBatch")
        {
            lock (_gate)
            {
                _drawn.Add((byte[])arguments[1]!);
                var news = _news;
                _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
                news.TrySetResult();
            }

            _ = SendAsync(null, "OnRenderCompleted", arguments[0], null);
        }
        else if (target == "JS.BeginInvokeJS")
        {
            var call = arguments is [string json] ? JsonNode.Parse(json)! : null;
            var (handle, identifier, given) = call is null
                ? ((long)arguments[0]!, (string)arguments[1]!, (string?)arguments[2])
                : (call["asyncHandle"]!.GetValue<long>(), call["identifier"]!.GetValue<string>(), call["argsJson"]?.GetValue<string>());
            if (identifier.EndsWith("navigateTo", StringComparison.Ordinal) && JsonNode.Parse(given!) is JsonArray to)
            {
                // As in a browser: the page is on its way and answers nothing any more.
                _left.TrySetResult(to[0]!.GetValue<string>());
            }
            else if (handle != 0)
            {
                _ = SendAsync(null, "EndInvokeJSFromDotNet", handle, true, $"[{handle},true,null]");
            }
        }
    }

    private async Task SendAsync(string? call, string method, params object?[] arguments)
    {
        var body = new ArrayBufferWriter<byte>();
        BlazorPack.Write(body, new object?[] { 1, NoHeaders, call, method, arguments });
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
        try
        {
            await _socket.SendAsync(framed.WrittenMemory, WebSocketMessageType.Binary, endOfMessage: true, _ending.Token);
        }
        catch (Exception ended) when (call is null && ended is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Nobody waits for it.
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
