using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;

namespace DensaiAdmin.Bench.Circuits;

/// <summary>
/// One open page of an interactive server application, without a browser: fetches it, opens its circuit over a WebSocket as
/// blazor.web.js does, acknowledges what is drawn and answers calls into the page with nothing.
/// </summary>
internal sealed class Circuit : IAsyncDisposable
{
    private const string Path = "/_blazor";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly Visitor _visitor;
    private readonly TaskCompletionSource<Hub> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly List<Expectation> _expectations = [];
    private readonly TaskCompletionSource<(string Destination, long At)> _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string _id = "";

    private Circuit(Visitor visitor) => _visitor = visitor;

    /// <summary>Completes when the server sends the page elsewhere by a full load, or the connection ends; with the timestamp.</summary>
    public Task<(string Destination, long At)> Left => _left.Task;

    /// <summary>Opens an address and waits until the circuit has drawn every given text.</summary>
    public static async Task<Circuit> OpenAsync(Visitor visitor, string path, params string[] drawn)
    {
        var html = await visitor.Http.GetStringAsync(new Uri(path, UriKind.Relative));
        var (operations, state) = Hub.Read(html);
        if (operations.Count == 0)
        {
            throw new InvalidOperationException($"{path} has nothing interactive:\n{html}");
        }

        var circuit = new Circuit(visitor);
        var hub = await circuit.ConnectAsync();
        var expected = circuit.Expect(drawn);
        var address = new Uri(visitor.Origin, path).ToString();
        circuit._id = await WithinAsync(
            hub.CallAsync("StartCircuit", visitor.Origin.ToString(), address, "[]", state), () => "StartCircuit was not answered") as string
            ?? throw new InvalidOperationException("No circuit was started.");
        await hub.SendAsync("UpdateRootComponents", new JsonObject { ["batchId"] = 1, ["operations"] = operations }.ToJsonString(), state);
        await expected;
        return circuit;
    }

    /// <summary>Goes to another address inside the page, and waits until every given text is drawn.</summary>
    /// <returns>How long it took.</returns>
    public async Task<TimeSpan> NavigateAsync(string path, params string[] drawn)
    {
        var expected = Expect(drawn);
        var start = Stopwatch.GetTimestamp();
        await (await _connected.Task).SendAsync("OnLocationChanged", new Uri(_visitor.Origin, path).ToString(), null, true);
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
                using var answer = await _visitor.Http.PostAsync(new Uri(Path + "/disconnect", UriKind.Relative), form);
            }
            catch (HttpRequestException)
            {
                // The server is gone, or the session over.
            }
        }

        await (await _connected.Task).DisposeAsync();
    }

    private async Task<Hub> ConnectAsync()
    {
        using var empty = new ByteArrayContent([]);
        using var negotiated = await _visitor.Http.PostAsync(new Uri(Path + "/negotiate?negotiateVersion=1", UriKind.Relative), empty);
        negotiated.EnsureSuccessStatusCode();
        var token = JsonNode.Parse(await negotiated.Content.ReadAsStringAsync())!["connectionToken"]!.GetValue<string>();
        var hub = await Hub.ConnectAsync(
            _visitor.Origin, Path, token, _visitor.Sockets, cookie: null, (target, arguments) => _ = InvokedAsync(target, arguments));
        _connected.SetResult(hub);
        _ = EndAsync(hub);
        return hub;
    }

    private async Task EndAsync(Hub hub)
    {
        await hub.Ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _left.TrySetResult(("", Stopwatch.GetTimestamp()));
        lock (_gate)
        {
            _expectations.ForEach(e => e.Drawn.TrySetException(new InvalidOperationException("The circuit ended.")));
        }
    }

    private async Task InvokedAsync(string target, object?[] arguments)
    {
        var at = Stopwatch.GetTimestamp();
        switch (target)
        {
            case "JS.RenderBatch":
                Drawn((byte[])arguments[1]!, at);
                await (await _connected.Task).SendAsync("OnRenderCompleted", arguments[0], null);
                break;
            case "JS.BeginInvokeJS":
                await CalledAsync(arguments, at);
                break;
            case "JS.Error":
                _left.TrySetResult(((string?)arguments[0] ?? "error", at));
                break;
        }
    }

    private async Task CalledAsync(object?[] arguments, long at)
    {
        var (handle, identifier, given) = Hub.ReadCall(arguments);
        var hub = await _connected.Task;
        if (identifier.EndsWith("navigateTo", StringComparison.Ordinal))
        {
            var address = given[0]!.GetValue<string>();
            if (given.Count > 1 && given[1]?["forceLoad"]?.GetValue<bool>() == true)
            {
                _left.TrySetResult((address, at));
            }
            else
            {
                await hub.SendAsync("OnLocationChanged", new Uri(_visitor.Origin, address).ToString(), null, false);
            }
        }

        await hub.AnswerAsync(handle);
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
        var expectation = new Expectation(
            [.. texts.Select(Encoding.UTF8.GetBytes)], new(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (_gate)
        {
            _expectations.Add(expectation);
        }

        return WithinAsync(
            expectation.Drawn.Task, () => $"not drawn: {string.Join(", ", expectation.Texts.Select(Encoding.UTF8.GetString))}");
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

    private sealed record Expectation(List<byte[]> Texts, TaskCompletionSource<long> Drawn);
}
