using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace DensaiAdmin.Bench;

/// <param name="Cpu">User and system time since the start of the process.</param>
/// <param name="Heap">Managed bytes.</param>
/// <param name="WorkingSet">Resident bytes.</param>
internal sealed record Usage(TimeSpan Cpu, long Heap, long WorkingSet);

/// <summary>A measured server: the published product, or a yardstick.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _probePath;
    private readonly StringBuilder _log = new();
    private Socket? _probe;

    private ServerProcess(Process process, string probePath)
    {
        _process = process;
        _probePath = probePath;
    }

    public int Id => _process.Id;

    public string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    /// <summary>Starts it and waits until the address answers 2xx.</summary>
    /// <returns>The server and how long it took from exec to the first answer.</returns>
    public static async Task<(ServerProcess Server, TimeSpan Took)> StartAsync(
        string assembly, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, Uri ready)
    {
        var probePath = Path.Combine(Path.GetTempPath(), $"bench-{Guid.NewGuid():N}.sock");
        var start = new ProcessStartInfo("dotnet", [assembly, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetDirectoryName(assembly)!,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        start.Environment["DOTNET_STARTUP_HOOKS"] = typeof(StartupHook).Assembly.Location;
        start.Environment["BENCH_PROBE"] = probePath;
        var clock = Stopwatch.StartNew();
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{assembly} does not start.");
        var server = new ServerProcess(process, probePath);
        process.OutputDataReceived += (_, line) => server.Note(line.Data);
        process.ErrorDataReceived += (_, line) => server.Note(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var client = new HttpClient(
            new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } });
        while (true)
        {
            if (process.HasExited)
            {
                throw new InvalidOperationException($"{assembly} ended with {process.ExitCode}.\n{server.Log}");
            }

            try
            {
                using var answer = await client.GetAsync(ready);
                if (answer.IsSuccessStatusCode)
                {
                    return (server, clock.Elapsed);
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            if (clock.Elapsed > TimeSpan.FromMinutes(2))
            {
                throw new TimeoutException($"{assembly} is not ready.\n{server.Log}");
            }

            await Task.Delay(5);
        }
    }

    /// <summary>What the process has used.</summary>
    public Usage Read() => Ask('u');

    /// <summary>The same after everything unreachable was collected and given back.</summary>
    public Usage ReadCollected() => Ask('m');

    /// <summary>Ends it as a power cut would.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _probe?.Dispose();
        if (!_process.HasExited)
        {
            using var term = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            try
            {
                await _process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill();
            }
        }

        _process.Dispose();
        File.Delete(_probePath);
    }

    private Usage Ask(char question)
    {
        if (_probe is null)
        {
            _probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            _probe.Connect(new UnixDomainSocketEndPoint(_probePath));
        }

        _probe.Send([(byte)question]);
        var answer = new byte[128];
        var read = _probe.Receive(answer);
        var values = Encoding.ASCII.GetString(answer, 0, read).Split(' ').Select(v => long.Parse(v, CultureInfo.InvariantCulture))
            .ToArray();
        return new(TimeSpan.FromTicks(values[0]), values[1], values[2]);
    }

    private void Note(string? line)
    {
        if (line is not null)
        {
            lock (_log)
            {
                _log.AppendLine(line);
            }
        }
    }
}
