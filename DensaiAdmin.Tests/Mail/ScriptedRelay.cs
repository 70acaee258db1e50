using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DensaiAdmin.Tests.Mail;

/// <summary>What the relay does at one step instead of agreeing.</summary>
internal enum RelayFault
{
    None,

    /// <summary>Says <see cref="RelayStep.Answer"/> and goes on.</summary>
    Answer,

    /// <summary>Closes the connection without a word.</summary>
    Drop,

    /// <summary>Says nothing until the other side goes.</summary>
    Stall,
}

/// <param name="At">The command, or <c>greeting</c>, or <c>end</c> for the line that ends DATA.</param>
/// <param name="Fault">What happens there.</param>
/// <param name="Answer">What is said.</param>
internal sealed record RelayStep(string At, RelayFault Fault, string Answer = "");

/// <summary>A mail as it came in.</summary>
internal sealed record ReceivedMail(string From, IReadOnlyList<string> To, string Content);

/// <summary>
/// A real SMTP server on the loopback that can misbehave as told, once per fault, and otherwise takes every mail. Each fault is used by
/// the next connection that comes to its step.
/// </summary>
internal sealed class ScriptedRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Queue<RelayStep> _script;
    private readonly List<ReceivedMail> _mails = [];
    private readonly List<string> _extensions;
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _stalled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _running;

    public ScriptedRelay(IEnumerable<RelayStep>? script = null, params string[] extensions)
    {
        _script = new(script ?? []);
        _extensions = [.. extensions];
        _listener.Start();
        _running = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Completes when the relay has fallen silent.</summary>
    public Task Stalled => _stalled.Task;

    public int Connections { get; private set; }

    public IReadOnlyList<ReceivedMail> Mails
    {
        get
        {
            lock (_gate)
            {
                return [.. _mails];
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _running;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var talks = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                Connections++;
                talks.Add(TalkAsync(client));
            }
        }
        catch (Exception over) when (over is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(talks);
        }
    }

    private async Task TalkAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                using var reader = new StreamReader(stream, Encoding.Latin1);
                await using var writer = new StreamWriter(stream, Encoding.Latin1) { NewLine = "\r\n", AutoFlush = true };
                if (await StepAsync(writer, "greeting", "220 relay.test"))
                {
                    await ConverseAsync(reader, writer);
                }
            }
            catch (Exception over) when (over is IOException or OperationCanceledException or SocketException)
            {
                // The other side went, or the test is over.
            }
        }
    }

    private async Task ConverseAsync(StreamReader reader, StreamWriter writer)
    {
        var from = "";
        var to = new List<string>();
        while (await reader.ReadLineAsync(_stop.Token) is { } line)
        {
            var command = line.Split(' ', ':')[0].ToUpperInvariant();
            switch (command)
            {
                case "EHLO":
                    var offers = _extensions.Select(e => "250-" + e + "\r\n");
                    if (!await StepAsync(writer, command, string.Concat(offers.Prepend("250-relay.test\r\n")) + "250 8BITMIME"))
                    {
                        return;
                    }

                    break;
                case "MAIL":
                    from = line[line.IndexOf('<')..].Split(['<', '>'])[1];
                    to.Clear();
                    if (!await StepAsync(writer, command, "250 ok"))
                    {
                        return;
                    }

                    break;
                case "RCPT":
                    if (!await StepAsync(writer, command, "250 ok"))
                    {
                        return;
                    }

                    to.Add(line.Split(['<', '>'])[1]);
                    break;
                case "DATA":
                    var refusal = Next(command);
                    if (!await PlayAsync(writer, refusal, "354 go"))
                    {
                        return;
                    }

                    if (refusal is not null)
                    {
                        break;
                    }

                    var content = await ReadContentAsync(reader);
                    if (content is null)
                    {
                        break;
                    }

                    // Taken before the answer: a drop here is what leaves the sender in doubt.
                    var fault = Next("end");
                    if (fault is null or { Fault: RelayFault.Drop })
                    {
                        lock (_gate)
                        {
                            _mails.Add(new ReceivedMail(from, [.. to], content));
                        }
                    }

                    if (!await PlayAsync(writer, fault, "250 taken"))
                    {
                        return;
                    }

                    break;
                case "QUIT":
                    await writer.WriteLineAsync("221 bye");
                    return;
                default:
                    if (!await StepAsync(writer, command, "250 ok"))
                    {
                        return;
                    }

                    break;
            }
        }
    }

    private async Task<string?> ReadContentAsync(StreamReader reader)
    {
        var content = new StringBuilder();
        while (await reader.ReadLineAsync(_stop.Token) is { } line)
        {
            if (line == ".")
            {
                return content.ToString();
            }

            content.Append(line.StartsWith("..", StringComparison.Ordinal) ? line[1..] : line).Append("\r\n");
        }

        return null;
    }

    private Task<bool> StepAsync(StreamWriter writer, string at, string agreed) => PlayAsync(writer, Next(at), agreed);

    private RelayStep? Next(string at)
    {
        lock (_gate)
        {
            return _script.TryPeek(out var step) && string.Equals(step.At, at, StringComparison.OrdinalIgnoreCase)
                ? _script.Dequeue()
                : null;
        }
    }

    private async Task<bool> PlayAsync(StreamWriter writer, RelayStep? step, string agreed)
    {
        switch (step?.Fault ?? RelayFault.None)
        {
            case RelayFault.Drop:
                return false;
            case RelayFault.Stall:
                _stalled.TrySetResult();
                await Task.Delay(Timeout.Infinite, _stop.Token);
                return false;
            case RelayFault.Answer:
                await writer.WriteLineAsync(step!.Answer);
                return true;
            default:
                await writer.WriteLineAsync(agreed);
                return true;
        }
    }
}
