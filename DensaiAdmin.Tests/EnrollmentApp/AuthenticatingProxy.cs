using System.Diagnostics;
using System.Net.Sockets;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.EnrollmentApp;

/// <summary>tinyproxy, as an office has it: it lets nobody through who gives no user name and password.</summary>
internal sealed class AuthenticatingProxy : IAsyncDisposable
{
    public const string UserName = "office";
    public const string Password = "Proxy-Pass-2026";

    private readonly TemporaryDirectory _directory = new();
    private readonly Process _process;

    private AuthenticatingProxy(int port)
    {
        Port = port;
        File.WriteAllText(_directory.At("tinyproxy.conf"), $"""
            Port {port}
            Listen 127.0.0.1
            Timeout 60
            MaxClients 20
            Allow 127.0.0.1
            BasicAuth {UserName} {Password}
            LogFile "{Log}"
            LogLevel Connect

            """);
        _process = Process.Start(new ProcessStartInfo("tinyproxy", ["-d", "-c", _directory.At("tinyproxy.conf")]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
    }

    public int Port { get; }

    public string Address => $"http://127.0.0.1:{Port}/";

    private string Log => _directory.At("proxy.log");

    public static async Task<AuthenticatingProxy> StartAsync()
    {
        var proxy = new AuthenticatingProxy(LocalBank.FreePort());
        var limit = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync("127.0.0.1", proxy.Port);
                return proxy;
            }
            catch (SocketException) when (limit.Elapsed < TimeSpan.FromSeconds(20) && !proxy._process.HasExited)
            {
                await Task.Yield();
            }
        }
    }

    /// <summary>How often it was asked to connect somewhere.</summary>
    public int Connections
    {
        get
        {
            using var reader = new StreamReader(new FileStream(Log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            return reader.ReadToEnd().Split('\n').Count(line => line.Contains("CONNECT localhost", StringComparison.Ordinal));
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        _directory.Dispose();
    }
}
