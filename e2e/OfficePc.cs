using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Playwright;

namespace DensaiAdmin.EndToEnd;

/// <summary>
/// A clerk's PC: a home directory of its own that begins empty, the issuing app as its package installs it, and Chromium with the
/// certificates of that home. Which certificate Chromium presents is chosen by the managed policy AutoSelectCertificateForUrls, as
/// companies set it; a person would choose in a dialog that no test can press.
/// </summary>
public sealed class OfficePc : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly string _root = Directory.CreateTempSubdirectory("densai-pc-").FullName;
    private readonly List<AppProcess> _started = [];
    private readonly Dictionary<string, string?> _environment;
    private readonly OfficeProxy? _proxy;
    private IPlaywright? _playwright;
    private Process? _screen;
    private int _windows;

    /// <param name="proxy">The only way out of this PC, which asks the browser as well.</param>
    public OfficePc(OfficeProxy proxy)
        : this(proxy.Address) => _proxy = proxy;

    /// <param name="proxy">The way out that the environment names; null: none.</param>
    public OfficePc(string? proxy = null)
    {
        Directory.CreateDirectory(Home);
        // Instead of opening a browser window the address is written down: the journey's own browser goes there.
        WriteProgram(Opener, $"printf '%s' \"$1\" > \"{_root}/address.new\" && mv \"{_root}/address.new\" \"{AddressFile}\"");

        _environment = new(StringComparer.Ordinal)
        {
            ["HOME"] = Home,
            ["XDG_DATA_HOME"] = null,
            ["XDG_CONFIG_HOME"] = null,
            ["XDG_CACHE_HOME"] = null,
            ["BROWSER"] = Opener,
            ["LANG"] = "C.UTF-8",
            ["HTTPS_PROXY"] = proxy,
            ["https_proxy"] = proxy,
            ["NO_PROXY"] = null,
            ["no_proxy"] = null,
        };
    }

    public string Home => Path.Combine(_root, "home");

    /// <summary>Where Chromium looks: a home on which it was never started has neither, and either will do.</summary>
    private string Store =>
        Path.Combine(Home, ".pki/nssdb") is var first && Directory.Exists(first) ? first : Path.Combine(Home, ".local/share/pki/nssdb");

    private string Opener => Path.Combine(_root, "open-address");

    private string AddressFile => Path.Combine(_root, "address");

    private string Installed => Path.Combine(_root, "installed");

    /// <summary>
    /// Unpacks the package beside this PC's home (<c>dpkg -x</c>) and finds the program where its desktop entry says: the same files as
    /// an installation, without a change to the machine that runs the journeys.
    /// </summary>
    public async Task InstallAsync(string package)
    {
        (await Tool.RunAsync("dpkg", "-x", package, Installed)).Succeeded();
        var entry = Assert.Single(Directory.GetFiles(Path.Combine(Installed, "usr/share/applications"), "*.desktop"));
        var lines = await File.ReadAllLinesAsync(entry);
        Assert.Contains(lines, line => line.StartsWith("MimeType=", StringComparison.Ordinal)
            && line.Contains("x-scheme-handler/densai-enrollment", StringComparison.Ordinal));
        var program = Assert.Single(
            lines, line => line.StartsWith("Exec=", StringComparison.Ordinal))["Exec=".Length..].Split(' ')[0].Trim('"');
        Program = Resolve(program.StartsWith('/') ? program : "/usr/bin/" + program);
    }

    public string Program { get; private set; } = "";

    /// <summary>
    /// From here on this PC trusts these authorities by itself, as its administrator wants it, and the app no others: it was packaged
    /// without any.
    /// </summary>
    public async Task TrustAsSystemAsync(params string[] authorities)
    {
        var stamp = Path.Combine(Path.GetDirectoryName(Program)!, "server.json");
        var said = JsonNode.Parse(await File.ReadAllTextAsync(stamp))!.AsObject();
        Assert.True(said.Remove("trust"));
        await File.WriteAllTextAsync(stamp, said.ToJsonString());

        var store = Path.Combine(_root, "authorities.pem");
        await File.WriteAllTextAsync(store, string.Join('\n', authorities));
        _environment["SSL_CERT_FILE"] = store;
        _environment["SSL_CERT_DIR"] = "/nonexistent";
    }

    /// <summary>From here on this PC's clock is ahead, or behind; what waits is not hurried by it (libfaketime).</summary>
    public void SetClock(TimeSpan ahead)
    {
        _environment["LD_PRELOAD"] = "/usr/$LIB/faketime/libfaketimeMT.so.1";
        _environment["FAKETIME"] = string.Create(CultureInfo.InvariantCulture, $"{ahead.TotalSeconds:+0;-0}");
        _environment["FAKETIME_DONT_FAKE_MONOTONIC"] = "1";
    }

    /// <summary>Starts the app as its icon or a link does, and goes to the window it opens.</summary>
    public async Task<AppProcess> StartAppAsync(IBrowserContext context, params string[] arguments)
    {
        File.Delete(AddressFile);
        var app = AppProcess.Start(Program, arguments, _environment);
        _started.Add(app);
        await app.GoToWindowAsync(context, AddressFile, Limit);
        return app;
    }

    /// <summary>
    /// From here on the app opens its real window: Chromium as it finds it on the PATH, on a screen in memory. Beside what the app itself
    /// wants it gets two switches only: a door to drive it by, and what a test that runs as root needs. A folder to be shown is written
    /// down.
    /// </summary>
    public async Task UseRealWindowAsync()
    {
        var programs = Directory.CreateDirectory(Path.Combine(_root, "programs")).FullName;
        // The window brings a profile. The person's own browser gets one beside its usual place, where Chromium opens no door; and a bank
        // that the journeys trust by themselves.
        WriteProgram(
            Path.Combine(programs, "chromium"),
            $"case \"$*\" in *--user-data-dir=*) ;; *) set -- \"--user-data-dir={OwnProfile}\""
            + " --ignore-certificate-errors --no-first-run \"$@\" ;; esac\n"
            + $"exec {Browser.Chromium()} --no-sandbox --remote-debugging-port=0 \"$@\"");
        WriteProgram(Path.Combine(programs, "xdg-open"), $"printf '%s' \"$1\" > \"{FolderFile}\"");

        // It chooses a number that is free, and says which.
        _screen = Process.Start(new ProcessStartInfo("Xvfb", ["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })
            ?? throw new InvalidOperationException("Xvfb did not start");
        _screen.BeginErrorReadLine();
        _environment["DISPLAY"] = ":" + (await _screen.StandardOutput.ReadLineAsync().WaitAsync(Limit))?.Trim();
        _environment["BROWSER"] = null;
        _environment["WAYLAND_DISPLAY"] = null;
        _environment["PATH"] = $"{programs}:{Environment.GetEnvironmentVariable("PATH")}";
    }

    /// <summary>What the desktop was last asked to show.</summary>
    public string FolderFile => Path.Combine(_root, "folder");

    private string OwnProfile => Path.Combine(_root, "own-profile");

    /// <summary>Where the app keeps the profile of its window.</summary>
    public string WindowProfile => Path.Combine(Home, ".local/share/DensaiEnrollment/window");

    /// <summary>Starts the app with its real window and takes hold of the page in it.</summary>
    public async Task<(AppProcess App, IPage Window)> StartWithWindowAsync(params string[] arguments)
    {
        var door = DoorOf(WindowProfile);
        var earlier = File.Exists(door) ? await File.ReadAllTextAsync(door) : "";
        var app = AppProcess.Start(Program, arguments, _environment);
        _started.Add(app);
        return (app, await EnterAsync(door, earlier));
    }

    /// <summary>The page in the browser that the app opened for the person, on the store of this home.</summary>
    public Task<IPage> OpenedByTheAppAsync() => EnterAsync(DoorOf(OwnProfile), "");

    private static string DoorOf(string profile) => Path.Combine(profile, "DevToolsActivePort");

    private async Task<IPage> EnterAsync(string door, string earlier)
    {
        var until = DateTime.UtcNow + Limit;
        string? port = null;
        while (port is null)
        {
            Assert.True(DateTime.UtcNow < until, "No window was opened");
            await Task.Delay(50);
            // The port, then the path of the door, which differs each time.
            port = File.Exists(door) && await File.ReadAllTextAsync(door) is var said && said != earlier
                && said.Split('\n') is [var number, { Length: > 0 }, ..] ? number : null;
        }

        _playwright ??= await Playwright.CreateAsync();
        var browser = await _playwright.Chromium.ConnectOverCDPAsync($"http://127.0.0.1:{port}");
        return Assert.Single(Assert.Single(browser.Contexts).Pages);
    }

    /// <summary>A second start beside a running one: it hands over and ends, the first opens another window.</summary>
    public async Task<(Ran Second, IPage Window)> StartAgainAsync(IBrowserContext context, params string[] arguments)
    {
        File.Delete(AddressFile);
        var second = await RunAsync(null, arguments);
        return (second, await AppProcess.OpenAsync(context, AddressFile, Limit));
    }

    /// <summary>Runs a verb of the app without a window.</summary>
    public Task<Ran> RunAsync(string? input, params string[] arguments) => Tool.RunAsync(Program, input, arguments, _environment);

    /// <summary>A certificate for this user, without a window, as a script asks for one.</summary>
    public Task<Ran> IssueAsync(string loginId, string password = DemoBank.LoginPassword) =>
        RunAsync(password + "\n", "issue", "--headless", "--login-id", loginId);

    /// <summary>Imports what another PC or a demo file holds into this home's store, as a person would who moved here.</summary>
    public async Task ImportAsync(CertificateFile file)
    {
        if (!Directory.Exists(Store))
        {
            Directory.CreateDirectory(Store);
            (await Tool.RunAsync("certutil", "-N", "-d", "sql:" + Store, "--empty-password")).Succeeded();
        }

        (await Tool.RunAsync("pk12util", "-i", file.Path, "-d", "sql:" + Store, "-W", file.Password, "-K", "")).Succeeded();
    }

    /// <summary>What certutil, which knows nothing of ours, finds in the store that Chromium uses.</summary>
    public async Task<string> StoredAsync() => (await Tool.RunAsync("certutil", "-L", "-d", "sql:" + Store)).Succeeded().Output;

    /// <summary>Certificate and key of a user as a file, as a copy made by hand would be.</summary>
    public async Task<CertificateFile> ExportAsync(string loginId, string folder)
    {
        var nickname = Assert.Single((await StoredAsync()).Split('\n'), line => line.Contains(loginId, StringComparison.Ordinal))
            .Split("  ")[0];
        var file = new CertificateFile(Path.Combine(folder, loginId + ".p12"), DemoBank.CertificateFilePassword);
        (await Tool.RunAsync("pk12util", "-o", file.Path, "-n", nickname, "-d", "sql:" + Store, "-W", file.Password, "-K", "")).Succeeded();
        return file;
    }

    /// <summary>Chromium of this PC, from a fresh start: every browser was closed before. A proxy's question is answered for it.</summary>
    public async Task<IBrowserContext> OpenChromiumAsync()
    {
        _playwright ??= await Playwright.CreateAsync();
        return await _playwright.Chromium.LaunchPersistentContextAsync(Path.Combine(_root, $"profile-{++_windows}"), new()
        {
            ExecutablePath = Browser.Chromium(),
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
                "--disable-sync", "--no-first-run",
            ],
            Env = _environment.Where(set => set.Value is not null && set.Key is not ("HTTPS_PROXY" or "https_proxy")).ToDictionary(
                set => set.Key, set => set.Value!, StringComparer.Ordinal),
            Locale = "ja-JP",
            TimezoneId = "Asia/Tokyo",
            IgnoreHTTPSErrors = true,
            Proxy = _proxy is null
                ? null
                : new() { Server = _proxy.Address, Username = OfficeProxy.UserName, Password = OfficeProxy.Password },
        });
    }

    /// <summary>Lets Firefox make its profile at its first start, where it likes, and gives the directory.</summary>
    public async Task<string> StartFirefoxOnceAsync()
    {
        await using (var first = await Firefox.StartAsync(Home))
        {
            await first.CloseAsync();
        }

        // It makes more than one, and notes in the one it uses which Firefox that was.
        var note = Assert.Single(Directory.EnumerateFiles(Home, "compatibility.ini", SearchOption.AllDirectories));
        var profile = Path.GetDirectoryName(note)!;
        await FirefoxProfile.WriteSettingsAsync(profile);
        return profile;
    }

    /// <summary>Firefox of this PC with the profile that it made.</summary>
    public Task<Firefox> OpenFirefoxAsync() => Firefox.StartAsync(Home);

    /// <summary>Files of this home, and of what the app left beside it, that hold one of these texts.</summary>
    public IReadOnlyList<string> FilesThatHold(params string[] secrets)
    {
        var needles = secrets.SelectMany(
            secret => new[] { System.Text.Encoding.UTF8.GetBytes(secret), System.Text.Encoding.Unicode.GetBytes(secret) }).ToList();
        return
        [
            .. Directory.EnumerateFiles(
                Home, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
                .Where(file => ContentOf(file) is { } content && needles.Exists(needle => content.AsSpan().IndexOf(needle) >= 0)),
        ];
    }

    private static byte[]? ContentOf(string file)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (IOException) when (!File.Exists(file) || new FileInfo(file) is { LinkTarget: not null } or { Length: 0 })
        {
            // A socket, a link to nothing, or gone while we looked.
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var app in _started)
        {
            await app.DisposeAsync();
        }

        _playwright?.Dispose();
        if (_screen is not null)
        {
            _screen.Kill();
            await _screen.WaitForExitAsync();
            _screen.Dispose();
        }

        Scratch.Delete(_root);
    }

    private static void WriteProgram(string file, string script)
    {
        File.WriteAllText(file, $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    // A package links to its program by the path it has once installed.
    private string Resolve(string path)
    {
        for (var hop = 0; hop < 5; hop++)
        {
            var here = Installed + path;
            if (new FileInfo(here).LinkTarget is not { } target)
            {
                return here;
            }

            path = target.StartsWith('/') ? target : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, target));
        }

        throw new InvalidOperationException($"{path} links in a circle");
    }
}

/// <summary>The app while it runs, its window, and everything it said.</summary>
public sealed class AppProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _error;
    private bool _isDisposed;

    private AppProcess(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
        _error = process.StandardError.ReadToEndAsync();
    }

    public IPage Window { get; private set; } = null!;

    public static AppProcess Start(string program, string[] arguments, IReadOnlyDictionary<string, string?> environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new AppProcess(Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start"));
    }

    public async Task GoToWindowAsync(IBrowserContext context, string addressFile, TimeSpan limit) =>
        Window = await OpenAsync(context, addressFile, limit);

    public static async Task<IPage> OpenAsync(IBrowserContext context, string addressFile, TimeSpan limit)
    {
        var until = DateTime.UtcNow + limit;
        while (!File.Exists(addressFile))
        {
            Assert.True(DateTime.UtcNow < until, "The app opened no window");
            await Task.Delay(50);
        }

        var page = await context.NewPageAsync();
        await page.SetViewportSizeAsync(720, 560);
        await page.GotoAsync(await File.ReadAllTextAsync(addressFile));
        return page;
    }

    /// <summary>How the process is listed, arguments and all.</summary>
    public string CommandLine => File.ReadAllText($"/proc/{_process.Id}/cmdline");

    /// <summary>Arguments of every process on this machine at this moment.</summary>
    public static IEnumerable<string> AllCommandLines() => Directory.EnumerateDirectories("/proc")
        .Where(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out _)).Select(folder =>
    {
        try
        {
            return File.ReadAllText(folder + "/cmdline");
        }
        catch (IOException)
        {
            return "";
        }
    });

    /// <summary>The app is cut off where it stands; its window's browser is not.</summary>
    public async Task CutOffAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Waits until the app has ended by itself and gives everything it said.</summary>
    public async Task<string> EndedAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await _process.WaitForExitAsync(limit.Token);
        return await _output + await _error;
    }

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}
