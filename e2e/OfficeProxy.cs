using System.Diagnostics;
using System.Net.Sockets;

namespace DensaiAdmin.EndToEnd;

/// <summary>A company's proxy that asks for user name and password, or forbids ports (tinyproxy, BasicAuth, ConnectPort).</summary>
public sealed class OfficeProxy : IAsyncDisposable
{
    public const string UserName = "taro";
    public const string Password = "Proxy-Geheim-2026";

    private readonly string _folder = Directory.CreateTempSubdirectory("densai-proxy-").FullName;
    private readonly Process _process;

    private OfficeProxy(int port, int[] only)
    {
        Port = port;
        var rule = only.Length == 0 ? $"BasicAuth {UserName} {Password}\n" : string.Concat(only.Select(allowed => $"ConnectPort {allowed}\n"));
        var settings = Path.Combine(_folder, "tinyproxy.conf");
        File.WriteAllText(settings, $"Port {port}\nListen 127.0.0.1\nTimeout 60\nAllow 127.0.0.1\n{rule}LogFile \"{LogFile}\"\nLogLevel Connect\n");
        _process = Process.Start(new ProcessStartInfo("tinyproxy", ["-d", "-c", settings]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })
            ?? throw new InvalidOperationException("tinyproxy did not start");
    }

    public int Port { get; }

    public string Address => FormattableString.Invariant($"http://127.0.0.1:{Port}/");

    private string LogFile => Path.Combine(_folder, "tinyproxy.log");

    /// <param name="only">The ports that it lets through, to everybody; none: every port, to those who name themselves.</param>
    public static async Task<OfficeProxy> StartAsync(params int[] only)
    {
        var proxy = new OfficeProxy(AppUnderTest.FreePorts(1)[0], only);
        var until = DateTime.UtcNow.AddSeconds(20);
        while (true)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync("127.0.0.1", proxy.Port);
                return proxy;
            }
            catch (SocketException) when (DateTime.UtcNow < until)
            {
                await Task.Delay(50);
            }
        }
    }

    /// <summary>What it was asked and did.</summary>
    public string Log => File.ReadAllText(LogFile);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
