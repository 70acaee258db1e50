using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;

namespace DensaiAdmin.EndToEnd;

/// <summary>
/// Debian's Firefox with a profile of its own, driven by WebDriver BiDi (w3c.github.io/webdriver-bidi), which it speaks by itself: the
/// driver of the other journeys brings a Firefox of its own, without what the profile of a person holds.
/// </summary>
public sealed class Firefox : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    private readonly Process _process;
    private readonly ClientWebSocket _socket = new();
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonNode>> _asked = new();
    private readonly ConcurrentQueue<string> _said = new();
    private Task _listening = Task.CompletedTask;
    private string _window = "";
    private int _commands;

    private Firefox(Process process) => _process = process;

    /// <summary>Starts the browser and opens a window.</summary>
    /// <param name="home">The person's home, of which the browser knows no other.</param>
    /// <param name="profile">Directory of the profile; null: its own choice, which it makes at the first start.</param>
    public static async Task<Firefox> StartAsync(string home, string? profile = null)
    {
        string[] where = profile is null ? [] : ["--profile", profile];
        var start = new ProcessStartInfo(
            "firefox-esr", ["--headless", "--no-remote", .. where, "--remote-debugging-port", "0", "about:blank"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["HOME"] = home;
        start.Environment.Remove("XDG_CONFIG_HOME");
        start.Environment["MOZ_HEADLESS_WIDTH"] = "1280";
        start.Environment["MOZ_HEADLESS_HEIGHT"] = "900";
        var process = Process.Start(start) ?? throw new InvalidOperationException("firefox-esr did not start");
        var firefox = new Firefox(process);
        try
        {
            await firefox.ConnectAsync();
            return firefox;
        }
        catch
        {
            await firefox.DisposeAsync();
            throw;
        }
    }

    /// <summary>Goes to an address and waits until it is loaded.</summary>
    public Task GoToAsync(Uri address) =>
        SendAsync(
            "browsingContext.navigate", new JsonObject { ["context"] = _window, ["url"] = address.ToString(), ["wait"] = "complete" });

    /// <summary>What an expression of JavaScript is in the page; text.</summary>
    public async Task<string?> EvaluateAsync(string expression)
    {
        var answer = await SendAsync("script.evaluate", new JsonObject
        {
            ["expression"] = expression,
            ["target"] = new JsonObject { ["context"] = _window },
            ["awaitPromise"] = true,
            ["userActivation"] = true,
        });
        return (string?)answer["type"] == "success"
            ? answer["result"]?["value"]?.ToString()
            : throw new InvalidOperationException($"{expression}: {answer.ToJsonString()}");
    }

    /// <summary>Waits until an expression of JavaScript is true, across the loading of pages.</summary>
    public async Task UntilAsync(string expression)
    {
        using var limit = new CancellationTokenSource(Limit);
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        var last = "";
        do
        {
            try
            {
                last = await EvaluateAsync($"String(!!({expression}))");
                if (last == "true")
                {
                    return;
                }
            }
            catch (InvalidOperationException leaving)
            {
                // The page was left while it was asked.
                last = leaving.Message;
            }
        }
        while (await TickAsync(tick, limit.Token));

        throw new TimeoutException(
            $"Not within {Limit}: {expression} ({last}) at {await EvaluateAsync("location.href + ' ' + document.body?.innerText")}");
    }

    /// <summary>Closes the browser as a person does: what it had begun to write is written.</summary>
    public async Task CloseAsync()
    {
        await SendAsync("browser.close", []);
        await _process.WaitForExitAsync().WaitAsync(Limit);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
        _socket.Dispose();
        try
        {
            await _listening;
        }
        catch (Exception gone) when (gone is WebSocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The browser ended.
        }

        _process.Dispose();
    }

    private static async Task<bool> TickAsync(PeriodicTimer tick, CancellationToken cancellation)
    {
        try
        {
            return await tick.WaitForNextTickAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task ConnectAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        var address = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, line) =>
        {
            _said.Enqueue(line.Data ?? "");
            if (line.Data?.Split("WebDriver BiDi listening on ") is [_, var found])
            {
                address.TrySetResult(found.Trim());
            }
        };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        try
        {
            await _socket.ConnectAsync(new Uri(await address.Task.WaitAsync(limit.Token) + "/session"), limit.Token);
        }
        catch (OperationCanceledException late)
        {
            throw new TimeoutException($"Firefox does not listen\n{string.Join('\n', _said)}", late);
        }

        _listening = ListenAsync();
        await SendAsync(
            "session.new",
            new JsonObject { ["capabilities"] = new JsonObject { ["alwaysMatch"] = new JsonObject { ["acceptInsecureCerts"] = true } } });
        var created = await SendAsync("browsingContext.create", new JsonObject { ["type"] = "tab" });
        _window = (string)created["context"]!;
    }

    private async Task<JsonNode> SendAsync(string method, JsonObject parameters)
    {
        var id = Interlocked.Increment(ref _commands);
        var answer = new TaskCompletionSource<JsonNode>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked[id] = answer;
        var message = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters }.ToJsonString();
        await _socket.SendAsync(Encoding.UTF8.GetBytes(message), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        return await answer.Task.WaitAsync(Limit);
    }

    private async Task ListenAsync()
    {
        var part = new byte[64 * 1024];
        using var message = new MemoryStream();
        while (_socket.State == WebSocketState.Open)
        {
            var received = await _socket.ReceiveAsync(part.AsMemory(), CancellationToken.None);
            message.Write(part, 0, received.Count);
            if (!received.EndOfMessage)
            {
                continue;
            }

            var answer = message.Length == 0 ? null : JsonNode.Parse(message.ToArray());
            message.SetLength(0);
            if ((int?)answer?["id"] is not { } id || !_asked.TryRemove(id, out var asked))
            {
                continue;
            }

            if ((string?)answer["type"] == "error")
            {
                asked.SetException(new InvalidOperationException(answer.ToJsonString()));
            }
            else
            {
                asked.SetResult(answer["result"]!);
            }
        }
    }
}
