using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using DensaiAdmin.Bench.Circuits;
using DensaiAdmin.Tests.Hosting;

namespace DensaiAdmin.Tests.Sessions;

/// <summary>
/// The other end of the circuits' hub, spoken by hand, so that a test can call whatever it likes: one connection in the name of a
/// session, over the real TLS.
/// </summary>
internal sealed class CircuitClient : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly TaskCompletionSource<Hub> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly List<byte[]> _drawn = [];
    private readonly TaskCompletionSource<string> _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HttpClient _http;
    private readonly string _cookie;
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Hub? _hub;

    private CircuitClient(HttpClient http, string cookie) => (_http, _cookie) = (http, cookie);

    /// <summary>What names this client's circuit.</summary>
    public string Secret { get; private set; } = "";

    /// <summary>What names this client's connection.</summary>
    public string Connection { get; private set; } = "";

    /// <summary>Completes with where the server sends the page.</summary>
    public Task<string> Left => _left.Task.WaitAsync(Limit);

    /// <summary>Completes when the server ends the connection.</summary>
    public Task Ended => _hub!.Ended.WaitAsync(Limit);

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
    public static async Task<CircuitClient> ConnectAsync(
        RunningServer server, HttpClient http, X509Certificate2? certificate, string cookie, string hub = "/_blazor")
    {
        var client = new CircuitClient(http, cookie);
        using var negotiate = new HttpRequestMessage(
            HttpMethod.Post, new Uri(hub + "/negotiate?negotiateVersion=1", UriKind.Relative))
        { Content = new ByteArrayContent([]) };
        negotiate.Headers.Add("Cookie", cookie);
        using var negotiated = await http.SendAsync(negotiate, TestContext.Current.CancellationToken);
        negotiated.EnsureSuccessStatusCode();
        client.Connection = JsonNode.Parse(
            await negotiated.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["connectionToken"]!.GetValue<string>();
        using var invoker = new HttpMessageInvoker(server.Handler(certificate), disposeHandler: false);
        client._hub = await Hub.ConnectAsync(
            http.BaseAddress!, hub, client.Connection, invoker, cookie, (target, arguments) => _ =
                client.InvokedAsync(target, arguments), TestContext.Current.CancellationToken);
        client._connected.SetResult(client._hub);
        return client;
    }

    /// <summary>Opens a page, its circuit on this connection, and waits until a text is drawn.</summary>
    public async Task StartAsync(string path, string drawn)
    {
        using var shown = await RunningServer.GetAsync(_http, path, _cookie);
        var html = await shown.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var (operations, state) = Hub.Read(html);
        Assert.NotEmpty(operations);
        var origin = _http.BaseAddress!;
        Secret = Assert.IsType<string>(await CallAsync("StartCircuit", origin.ToString(), new Uri(origin, path).ToString(), "[]", state));
        await _hub!.SendAsync(
            "UpdateRootComponents", new JsonObject { ["batchId"] = 1, ["operations"] = operations }.ToJsonString(), state);
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
    public Task<object?> CallAsync(string method, params object?[] arguments) =>
        _hub!.CallAsync(method, arguments).WaitAsync(Limit, TestContext.Current.CancellationToken);

    /// <summary>Cuts the line as a broken network does.</summary>
    public Task CutAsync() => _hub!.CutAsync();

    public ValueTask DisposeAsync() => _hub?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task InvokedAsync(string target, object?[] arguments)
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

            await (await _connected.Task).SendAsync("OnRenderCompleted", arguments[0], null);
        }
        else if (target == "JS.BeginInvokeJS")
        {
            var (handle, identifier, given) = Hub.ReadCall(arguments);
            if (identifier.EndsWith("navigateTo", StringComparison.Ordinal))
            {
                // As in a browser: the page is on its way and answers nothing any more.
                _left.TrySetResult(given[0]!.GetValue<string>());
            }
            else
            {
                await (await _connected.Task).AnswerAsync(handle);
            }
        }
    }
}
