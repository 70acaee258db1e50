using System.Diagnostics;
using System.Net.Sockets;

namespace DensaiAdmin.EndToEnd;

/// <summary>A company's proxy that asks for user name and password (tinyproxy), or forbids ports (tinyproxy, squid).</summary>
public sealed class OfficeProxy : IAsyncDisposable
{
    public const string UserName = "taro";
    public const string Password = "Proxy-Geheim-2026";

    private const string SharedMemory = "/dev/shm";

    private readonly string _folder = Directory.CreateTempSubdirectory("densai-proxy-").FullName;
    private readonly Process _process;

    private OfficeProxy(string program, int? only)
    {
        Port = AppUnderTest.FreePorts(1)[0];
        var settings = Path.Combine(_folder, "proxy.conf");
        string[] arguments;
        if (program == "squid")
        {
            // Started by root it becomes somebody else, who writes here.
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(_folder, (UnixFileMode)Convert.ToInt32("777", 8));
            }

            File.WriteAllText(settings, $"""
                http_port 127.0.0.1:{Port}
                acl open port {only}
                http_access allow CONNECT open
                http_access deny all
                cache deny all
                access_log stdio:{LogFile}
                cache_log {Path.Combine(_folder, "cache.log")}
                pid_filename none
                shutdown_lifetime 0 seconds

                """);
            (program, arguments) = ("/usr/sbin/squid", ["-N", "-n", ServiceName, "-f", settings]);
        }
        else
        {
            var rule = only is null ? $"BasicAuth {UserName} {Password}" : FormattableString.Invariant($"ConnectPort {only}");
            File.WriteAllText(
                settings, $"Port {Port}\nListen 127.0.0.1\nTimeout 60\nAllow 127.0.0.1\n{rule}\nLogFile \"{LogFile}\"\nLogLevel Connect\n");
            arguments = ["-d", "-c", settings];
        }

        _process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })
            ?? throw new InvalidOperationException($"{program} did not start");
    }

    public int Port { get; }

    private string ServiceName => FormattableString.Invariant($"densai{Port}");

    public string Address => FormattableString.Invariant($"http://127.0.0.1:{Port}/");

    private string LogFile => Path.Combine(_folder, "proxy.log");

    /// <summary>One that lets those out who name themselves.</summary>
    public static Task<OfficeProxy> StartAsync() => StartAsync("tinyproxy", only: null);

    /// <param name="program">tinyproxy or squid.</param>
    /// <param name="only">The port that it lets through, to everybody; null: every port, to those who name themselves.</param>
    public static async Task<OfficeProxy> StartAsync(string program, int? only)
    {
        var proxy = new OfficeProxy(program, only);
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

        // Squid shares memory with helpers that it does not have here, and killed it leaves that behind.
        foreach (var left in Directory.Exists(SharedMemory) ? Directory.EnumerateFiles(SharedMemory, ServiceName + "-*") : [])
        {
            File.Delete(left);
        }
    }
}
