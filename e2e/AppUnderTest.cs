using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography.X509Certificates;

namespace DensaiAdmin.EndToEnd;

/// <summary>
/// The published application as a process of its own, with its own ports, data directory and demo bank. It can be stopped,
/// killed, and started again on the same data at another time of its clock.
/// </summary>
public class AppUnderTest : IAsyncLifetime
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);
    private static int s_count;

    private readonly string _root = Directory.CreateTempSubdirectory("densai-e2e-").FullName;
    private readonly string _name = string.Create(
        CultureInfo.InvariantCulture, $"server-{Environment.ProcessId}-{Interlocked.Increment(ref s_count)}");
    private readonly Lock _logLock = new();
    private Process? _process;
    private DateTimeOffset? _clockStartAt;

    public AppUnderTest()
    {
        var ports = FreePorts(3);
        Public = new Uri($"https://localhost:{ports[0]}");
        Certificate = new Uri($"https://localhost:{ports[1]}");
        Pki = new Uri($"http://localhost:{ports[2]}");
        LogFile = Path.Combine(Repository.Artifacts("servers"), _name + ".log");
        File.Delete(LogFile);
    }

    public Uri Public { get; }

    public Uri Certificate { get; }

    public Uri Pki { get; }

    public string DataDirectory => Path.Combine(_root, "data");

    /// <summary>Where the server looks for the packages of the issuing app; empty at first.</summary>
    public string PackageDirectory => Path.Combine(_root, "packages");

    public string LogFile { get; }

    /// <summary>Trust for the server's TLS certificate and for client certificates alike.</summary>
    public string TrustFile => DemoFile("ca.pem");

    /// <summary>Whether the server has been stopped or killed at least once.</summary>
    public bool WasAway { get; private set; }

    /// <summary>Settings beyond addresses and data directory, as environment variables (<c>Section__Key</c>).</summary>
    public virtual IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    public string DemoFile(string name) => Path.Combine(DataDirectory, "demo", name);

    /// <summary>A folder for keys and requests that a person of the journey makes; gone with the server.</summary>
    public string NewFolder()
    {
        var folder = Path.Combine(_root, Path.GetRandomFileName());
        Directory.CreateDirectory(folder);
        return folder;
    }

    public virtual async ValueTask InitializeAsync() => await StartAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (Environment.GetEnvironmentVariable("DENSAI_E2E_KEEP") is null)
        {
            Scratch.Delete(_root);
        }

        GC.SuppressFinalize(this);
    }

    /// <param name="clockStartAt">The instant at which the application's clock starts; null: the real time.</param>
    public async Task StartAsync(DateTimeOffset? clockStartAt = null)
    {
        Assert.Null(_process);
        _clockStartAt = clockStartAt;
        var application = await PublishedApp.PathAsync();
        var start = new ProcessStartInfo("dotnet", [application])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // As a service does: what the program needs lies beside it, wherever it is started from.
            WorkingDirectory = Path.GetPathRoot(application)!,
        };
        foreach (var (name, value) in ChildEnvironment())
        {
            start.Environment[name] = value;
        }

        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Log(line.Data);
        process.ErrorDataReceived += (_, line) => Log(line.Data);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _process = process;
        try
        {
            await UntilReadyAsync(process);
        }
        catch when (!process.HasExited)
        {
            await KillAsync();
            throw;
        }
    }

    /// <summary>
    /// How long threads of the server that still live were ready to run while the machine ran something else (Linux: the second
    /// figure of schedstat). Next to nothing on a machine that is free.
    /// </summary>
    public TimeSpan WaitedForAProcessor()
    {
        var process = _process ?? throw new InvalidOperationException("The server is not running");
        var nanoseconds = Directory.EnumerateDirectories($"/proc/{process.Id}/task")
            .Select(thread => Path.Combine(thread, "schedstat"))
            .Where(File.Exists)
            .Sum(file => long.Parse(File.ReadAllText(file).Split(' ')[1], CultureInfo.InvariantCulture));
        return TimeSpan.FromMicroseconds(nanoseconds / 1000);
    }

    /// <summary>Asks the server to end (SIGTERM) and waits until it has.</summary>
    public async Task StopAsync()
    {
        if (_process is not { } process)
        {
            return;
        }

        _process = null;
        WasAway = true;
        using (process)
        {
            if (!process.HasExited)
            {
                _ = SendSignal(process.Id, 15);
            }

            using var limit = new CancellationTokenSource(StopLimit);
            try
            {
                await process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException stillRunning)
            {
                process.Kill(entireProcessTree: true);
                throw new TimeoutException($"The server did not end within {StopLimit} of SIGTERM\n{LogSince(0)}", stillRunning);
            }
        }
    }

    /// <summary>Ends the server as a power cut would (SIGKILL).</summary>
    public async Task KillAsync()
    {
        var process = _process ?? throw new InvalidOperationException("The server is not running");
        _process = null;
        WasAway = true;
        using (process)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    /// <summary>Asked of the database by a program that knows nothing of ours.</summary>
    public async Task<List<string[]>> QueryAsync(string sql)
    {
        var database = Directory.EnumerateFiles(DataDirectory, "*.db").Single();
        var ran = (await Tool.RunAsync("sqlite3", "-readonly", "-batch", "-separator", "|", database, sql)).Succeeded();
        return [.. ran.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Trim().Split('|'))];
    }

    /// <summary>Runs a verb of the same published application on the same data.</summary>
    public async Task<Ran> RunVerbAsync(params string[] arguments)
    {
        var application = await PublishedApp.PathAsync();
        return await Tool.RunAsync("dotnet", null, [application, .. arguments], ChildEnvironment(), Path.GetDirectoryName(application));
    }

    /// <summary>Starts the application where it is expected to refuse, and waits until it has ended by itself.</summary>
    public async Task<Ran> StartToBeRefusedAsync(IReadOnlyDictionary<string, string?> settings)
    {
        var application = await PublishedApp.PathAsync();
        var environment = ChildEnvironment();
        foreach (var (name, value) in settings)
        {
            environment[name] = value;
        }

        return await Tool.RunAsync("dotnet", null, [application], environment, Path.GetDirectoryName(application));
    }

    /// <summary>The certificate and key that the demo bank made for one of its users.</summary>
    public X509Certificate2 DemoCertificate(string loginId) =>
        X509CertificateLoader.LoadPkcs12FromFile(DemoFile(loginId + ".p12"), DemoBank.CertificateFilePassword);

    /// <summary>A client that trusts only the bank's own trust file, follows nothing and keeps no cookies by itself.</summary>
    public HttpClient NewHttpClient(X509Certificate2? certificate = null)
    {
        var trust = new X509Certificate2Collection();
        trust.ImportFromPemFile(TrustFile);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificates = certificate is null ? [] : [certificate],
                LocalCertificateSelectionCallback = certificate is null ? null : (_, _, _, _, _) => certificate,
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    RevocationMode = X509RevocationMode.NoCheck,
                },
            },
        };
        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.AddRange(trust);
        return new HttpClient(handler, disposeHandler: true);
    }

    /// <summary>Where the log stands now, for <see cref="LogSince"/>.</summary>
    public long LogPosition
    {
        get
        {
            lock (_logLock)
            {
                return File.Exists(LogFile) ? new FileInfo(LogFile).Length : 0;
            }
        }
    }

    public string LogSince(long position)
    {
        lock (_logLock)
        {
            if (LogPosition <= position)
            {
                return $"--- nothing new in {LogFile}";
            }

            using var log = File.OpenRead(LogFile);
            log.Position = position;
            using var reader = new StreamReader(log);
            return $"--- {LogFile}\n{reader.ReadToEnd()}";
        }
    }

    private Dictionary<string, string?> ChildEnvironment()
    {
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["DOTNET_ENVIRONMENT"] = "Development",
            ["ASPNETCORE_URLS"] = null,
            ["Endpoints__Public"] = Public.GetLeftPart(UriPartial.Authority),
            ["Endpoints__Certificate"] = Certificate.GetLeftPart(UriPartial.Authority),
            ["Endpoints__Pki"] = Pki.GetLeftPart(UriPartial.Authority),
            ["Data__Directory"] = DataDirectory,
            ["EnrollmentApp__PackageDirectory"] = PackageDirectory,
            ["Clock__StartAt"] = _clockStartAt?.ToString("O", CultureInfo.InvariantCulture),
        };
        foreach (var (name, value) in Settings)
        {
            settings[name] = value;
        }

        return settings;
    }

    private async Task UntilReadyAsync(Process process)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        using var timer = new PeriodicTimer(Poll);
        var waited = Stopwatch.StartNew();
        var last = "no answer";
        while (waited.Elapsed < StartLimit)
        {
            if (process.HasExited)
            {
                throw new InvalidOperationException($"The server ended with {process.ExitCode} before it was ready\n{LogSince(0)}");
            }

            try
            {
                using var answer = await client.GetAsync(new Uri(Pki, "/health/ready"));
                if (answer.StatusCode == HttpStatusCode.OK)
                {
                    return;
                }

                last = $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}";
            }
            catch (Exception notYet) when (notYet is HttpRequestException or TaskCanceledException)
            {
                last = notYet.Message;
            }

            await timer.WaitForNextTickAsync();
        }

        throw new TimeoutException($"The server was not ready within {StartLimit}: {last}\n{LogSince(0)}");
    }

    private void Log(string? line)
    {
        if (line is not null)
        {
            lock (_logLock)
            {
                File.AppendAllText(LogFile, line + "\n");
            }
        }
    }

    /// <summary>Free on both loopback addresses: the name localhost may lead to either.</summary>
    internal static int[] FreePorts(int count)
    {
        var held = new List<TcpListener>();
        try
        {
            var ports = new List<int>();
            while (ports.Count < count)
            {
                var four = new TcpListener(IPAddress.Loopback, 0);
                four.Start();
                held.Add(four);
                var port = ((IPEndPoint)four.LocalEndpoint).Port;
                if (Socket.OSSupportsIPv6)
                {
                    var six = new TcpListener(IPAddress.IPv6Loopback, port);
                    try
                    {
                        six.Start();
                    }
                    catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
                    {
                        continue;
                    }
                    catch (SocketException)
                    {
                        six.Dispose();
                        ports.Add(port);
                        continue;
                    }

                    held.Add(six);
                }

                ports.Add(port);
            }

            return [.. ports];
        }
        finally
        {
            held.ForEach(listener => listener.Dispose());
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendSignal(int process, int signal);
}
