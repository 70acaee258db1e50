using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using DensaiAdmin.EnrollmentApp.Screens;

namespace DensaiAdmin.EnrollmentApp.Window;

/// <summary>A browser that can show a page with a profile of its own.</summary>
/// <param name="Name">Its product's name.</param>
/// <param name="Program">What is started.</param>
internal sealed record WindowBrowser(string Name, string Program)
{
    /// <summary>Shows the page in an ordinary window: it has none without address bar and tabs.</summary>
    public bool IsFirefox { get; init; }
}

/// <summary>
/// Finds a browser for the window: Edge, Chrome, Chromium or one of their kin as an app window of its own, Firefox, else whatever the person's
/// default is. The window gets a throw-away profile, so that nothing typed is ever offered to a password manager or kept on disk, and so that it
/// is no part of the browser that must be closed after the issue (R4).
/// </summary>
internal sealed partial class WindowBrowsers(AppFolder folder, Func<string, string?> environment, Func<string, bool> exists)
{
    public const int Width = 720;
    public const int Height = 560;

    // A browser that cannot start says so at once.
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(3);

    // What its last processes may take to let go of the profile.
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(100);
    private const int MostTries = 30;

    private static readonly (string Name, string[] Programs)[] OnLinux =
    [
        ("Microsoft Edge", ["microsoft-edge", "microsoft-edge-stable", "microsoft-edge-beta", "microsoft-edge-dev"]),
        ("Google Chrome", ["google-chrome", "google-chrome-stable", "google-chrome-beta", "google-chrome-unstable"]),
        ("Chromium", ["chromium", "chromium-browser"]),
        ("Brave", ["brave-browser", "brave-browser-stable", "brave", "brave-browser-beta", "brave-browser-nightly"]),
        ("Vivaldi", ["vivaldi", "vivaldi-stable", "vivaldi-snapshot"]),
    ];

    private static readonly (string Name, string Path)[] OnWindows =
    [
        ("Microsoft Edge", @"Microsoft\Edge\Application\msedge.exe"), ("Google Chrome", @"Google\Chrome\Application\chrome.exe"), ("Chromium", @"Chromium\Application\chrome.exe"),
        ("Microsoft Edge Beta", @"Microsoft\Edge Beta\Application\msedge.exe"), ("Google Chrome Beta", @"Google\Chrome Beta\Application\chrome.exe"),
        ("Brave", @"BraveSoftware\Brave-Browser\Application\brave.exe"), ("Vivaldi", @"Vivaldi\Application\vivaldi.exe"),
    ];

    private static readonly string[] OnMacOs =
        ["Microsoft Edge", "Google Chrome", "Chromium", "Microsoft Edge Beta", "Google Chrome Beta", "Brave Browser", "Vivaldi"];

    private readonly ConcurrentDictionary<string, string> _pages = new(StringComparer.Ordinal);
    private string? _fallback;

    public string ProfileFolder => Path.Combine(folder.Path, "window");

    /// <summary>The person's word before ours, as is the custom where there is such a variable; null: none.</summary>
    public string? Wish => !OperatingSystem.IsWindows() && environment("BROWSER") is { Length: > 0 } chosen ? chosen : null;

    /// <summary>The browser of the window, once it was opened as one of ours; null while it is the person's own.</summary>
    public Process? Opened { get; private set; }

    public static WindowBrowsers Default(AppFolder folder) => new(folder, Environment.GetEnvironmentVariable, File.Exists);

    /// <summary>Browsers on this PC that can show the window, in the order they are tried.</summary>
    public IReadOnlyList<WindowBrowser> Find() => [.. Candidates().Where(candidate => exists(candidate.Program)).DistinctBy(candidate => candidate.Name)];

    /// <summary>Why no window came though one was asked for, and its code.</summary>
    public (string Words, ErrorCode Code) NoWindow => HasScreen(environment)
        ? (Words.Of("Window_None"), ErrorCodes.NoWindowBrowser)
        : (Words.Of("Window_NoScreen"), ErrorCodes.NoScreen);

    /// <summary>Shows the address; false when no browser could be started.</summary>
    public async Task<bool> OpenAsync(Uri address, CancellationToken cancellation)
    {
        try
        {
            if (Wish is { } chosen
                && await StartAsync(chosen, [PageFor(address, PrivateFolder()).ToString()], cancellation) is not null)
            {
                return true;
            }

            foreach (var browser in Find())
            {
                var place = FolderFor(browser);
                WindowProfile.Prepare(ProfileIn(place), browser.IsFirefox);
                if (await StartAsync(browser.Program, Arguments(browser, PageFor(address, place), ProfileIn(place)), cancellation) is { } process)
                {
                    // A second window belongs to the browser that shows the first: the new process only passes the address on.
                    Opened = Opened is { HasExited: false } ? Opened : process;
                    return true;
                }
            }

            return await OpenDefaultAsync(address, cancellation);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The window has come: the page that led to this address is not needed any more.</summary>
    public void Came(string query)
    {
        if (_pages.TryRemove(query, out var file))
        {
            TryDelete(file);
        }
    }

    /// <summary>Ends the window's browser, where it is one of ours. The person's own is left alone.</summary>
    public void CloseWindow()
    {
        if (Opened is { } process)
        {
            End(process);
        }
    }

    /// <summary>
    /// Ends a browser that still runs on the profile of this program though the program that opened it was cut off: as long as it lives, it
    /// writes there. Only for the program that holds the lock.
    /// </summary>
    public void EndForgotten()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var profiles = Profiles().ToHashSet(StringComparer.Ordinal);
        bool IsOnOurs(string[] arguments) => arguments.Select((argument, at) => (argument, at)).Any(one =>
            (one.argument.StartsWith("--user-data-dir=", StringComparison.Ordinal) && profiles.Contains(one.argument["--user-data-dir=".Length..]))
            || (one.argument == "--profile" && one.at + 1 < arguments.Length && profiles.Contains(arguments[one.at + 1])));
        foreach (var running in RunningBrowsers.List())
        {
            try
            {
                var arguments = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{running.Id}/cmdline")).Split('\0');
                if (IsOnOurs(arguments) && !arguments.Any(argument => argument.StartsWith("--type=", StringComparison.Ordinal)))
                {
                    using var process = Process.GetProcessById(running.Id);
                    End(process);
                }
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException or ArgumentException)
            {
                // It ended while we looked.
            }
        }
    }

    /// <summary>Removes what the window's browser left on disk, as far as it lets go.</summary>
    public void RemoveProfile()
    {
        foreach (var profile in Profiles())
        {
            // The last processes of a browser that was ended may still put a file into it.
            for (var tries = 0; tries < MostTries && !TryDeleteFolder(profile); tries++)
            {
                Thread.Sleep(BetweenTries);
            }

            OpeningPage.RemoveAll(Path.GetDirectoryName(profile)!);
        }

        if (_fallback is { } fallback)
        {
            TryDeleteFolder(fallback);
            _fallback = null;
        }
    }

    internal IReadOnlyList<string> Arguments(Uri address) => Arguments(new WindowBrowser("", ""), address, ProfileFolder);

    private static string[] Arguments(WindowBrowser browser, Uri page, string profile) => browser.IsFirefox
        ? ["--profile", profile, "--width", Text(Width), "--height", Text(Height), page.ToString()]
        :
        [
            "--app=" + page,
            $"--window-size={Text(Width)},{Text(Height)}",
            "--user-data-dir=" + profile,
            "--no-first-run", "--no-default-browser-check", "--disable-sync", "--disable-extensions", "--disable-background-networking", "--disable-component-update",
            "--disable-background-mode", "--disable-breakpad", "--password-store=basic", "--use-mock-keychain",
            "--disable-features=PasswordManagerOnboarding,Translate,msEdgeWelcomePage",
        ];

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A folder that nobody else enters: the app's own, or, where that cannot be made or is another's, a new one with a name nobody knew.</summary>
    private string PrivateFolder() => folder.TryMake() ? folder.Path : _fallback ??= Directory.CreateTempSubdirectory("densai-enrollment-").FullName;

    /// <summary>Where this browser can read a page and keep a profile: a snap sees nothing of the person's hidden folders but its own.</summary>
    private string FolderFor(WindowBrowser browser)
    {
        var snap = SnapOf(browser.Program);
        return snap is null ? PrivateFolder() : InSnap(snap) is var own && new AppFolder(own).TryMake() ? own : PrivateFolder();
    }

    private string? SnapOf(string program) =>
        program.StartsWith("/snap/bin/", StringComparison.Ordinal) ? Path.GetFileName(program).Split('.')[0]
        : OperatingSystem.IsLinux() && SnapScript.SnapStartedBy(program) is { } snap ? snap
        : null;

    private string InSnap(string snap) => Path.Combine(environment("HOME") ?? "/", "snap", snap, "common", "DensaiEnrollment");

    private static string ProfileIn(string place) => Path.Combine(place, "window");

    private IEnumerable<string> Profiles()
    {
        yield return ProfileFolder;
        if (_fallback is not null)
        {
            yield return ProfileIn(_fallback);
        }

        if (OperatingSystem.IsLinux() && environment("HOME") is { Length: > 0 } home && Path.Combine(home, "snap") is var snaps && Directory.Exists(snaps))
        {
            foreach (var profile in Quietly(() => Directory.GetDirectories(snaps)).Select(snap => ProfileIn(InSnap(Path.GetFileName(snap)))).Where(Directory.Exists))
            {
                yield return profile;
            }
        }
    }

    private Uri PageFor(Uri address, string place)
    {
        var file = OpeningPage.Write(place, address);
        if (_pages.TryGetValue(address.Query, out var earlier))
        {
            TryDelete(earlier);
        }

        _pages[address.Query] = file;
        return new Uri(file);
    }

    private IEnumerable<WindowBrowser> Candidates()
    {
        if (OperatingSystem.IsWindows())
        {
            var roots = new[] { "ProgramFiles(x86)", "ProgramFiles", "LOCALAPPDATA" }.Select(environment).OfType<string>().ToList();
            foreach (var (name, path) in OnWindows)
            {
                foreach (var root in roots)
                {
                    yield return new WindowBrowser(name, Path.Combine(root, path));
                }
            }

            foreach (var root in roots)
            {
                yield return new WindowBrowser("Firefox", Path.Combine(root, @"Mozilla Firefox\firefox.exe")) { IsFirefox = true };
            }
        }
        else if (OperatingSystem.IsMacOS())
        {
            var roots = new[] { "/Applications", Path.Combine(environment("HOME") ?? "/", "Applications") };
            foreach (var name in OnMacOs)
            {
                foreach (var root in roots)
                {
                    yield return new WindowBrowser(name, $"{root}/{name}.app/Contents/MacOS/{name}");
                }
            }

            foreach (var root in roots)
            {
                yield return new WindowBrowser("Firefox", $"{root}/Firefox.app/Contents/MacOS/firefox") { IsFirefox = true };
            }
        }
        else
        {
            var directories = (environment("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
            foreach (var (name, programs) in OnLinux)
            {
                foreach (var program in programs.SelectMany(program => directories.Select(directory => Path.Combine(directory, program))))
                {
                    yield return new WindowBrowser(name, program);
                }
            }

            // Without a screen Firefox would start and show nothing.
            foreach (var program in HasScreen(environment) ? new[] { "firefox", "firefox-esr" } : [])
            {
                foreach (var directory in directories)
                {
                    yield return new WindowBrowser("Firefox", Path.Combine(directory, program)) { IsFirefox = true };
                }
            }
        }
    }

    /// <summary>Linux: whether there is a screen that a window could come up on.</summary>
    public static bool HasScreen(Func<string, string?> environment) =>
        !OperatingSystem.IsLinux() || environment("DISPLAY") is { Length: > 0 } || environment("WAYLAND_DISPLAY") is { Length: > 0 };

    private async Task<bool> OpenDefaultAsync(Uri address, CancellationToken cancellation)
    {
        if (OperatingSystem.IsWindows())
        {
            try
            {
                using var shell = Process.Start(new ProcessStartInfo(PageFor(address, PrivateFolder()).ToString()) { UseShellExecute = true });
                return true;
            }
            catch (Win32Exception)
            {
                return false;
            }
        }

        if (OperatingSystem.IsMacOS())
        {
            return await StartAsync("/usr/bin/open", [PageFor(address, PrivateFolder()).ToString()], cancellation) is not null;
        }

        // Without a screen xdg-open falls to text browsers, which cannot show these pages.
        return HasScreen(environment) && OnPath("xdg-open") is { } open
            && await StartAsync(open, [PageFor(address, PrivateFolder()).ToString()], cancellation) is not null;
    }

    private string? OnPath(string program) =>
        (environment("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Select(directory => Path.Combine(directory, program)).FirstOrDefault(exists);

    /// <summary>Asks the browser to end, so that it leaves nothing behind, and ends it where it does not.</summary>
    private static void End(Process process)
    {
        try
        {
            if (process.HasExited)
            {
                return;
            }

            if (!OperatingSystem.IsWindows() && Signal(process.Id, Terminate) == 0 && process.WaitForExit(StartLimit))
            {
                return;
            }

            process.Kill(entireProcessTree: true);
            process.WaitForExit(StartLimit);
        }
        catch (Exception gone) when (gone is InvalidOperationException or Win32Exception)
        {
            // It ended by itself.
        }
    }

    private static bool TryDeleteFolder(string path)
    {
        try
        {
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }

            return true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The next start tries again.
            return false;
        }
    }

    private static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The next start tries again; what it led to is worth nothing any more.
        }
    }

    private static string[] Quietly(Func<string[]> list)
    {
        try
        {
            return list();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The running process, or one that ended well; null when it did not start or ended with an error.</summary>
    private static async Task<Process?> StartAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        try
        {
            var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
            if (Process.Start(start) is not { } process)
            {
                return null;
            }

            // What a browser mutters is nobody's business here; unread it would fill the pipe and stop it.
            process.OutputDataReceived += (_, _) => { };
            process.ErrorDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(StartLimit);
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return process.HasExited && process.ExitCode != 0 ? null : process;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    private const int Terminate = 15;

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);
}
