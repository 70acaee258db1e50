using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using DensaiAdmin.EnrollmentApp.CertificateStores;
using DensaiAdmin.EnrollmentApp.Shared;

namespace DensaiAdmin.EnrollmentApp.Window;

/// <summary>A browser that can show a page with a profile of its own.</summary>
/// <param name="Name">The name of the product.</param>
/// <param name="Program">The file that is started.</param>
internal sealed record WindowBrowser(string Name, string Program)
{
    /// <summary>Firefox has no window without address bar and tabs, so it shows the page in an ordinary one.</summary>
    public bool IsFirefox { get; init; }
}

/// <summary>
/// Finds a browser for the window: an app window of Edge, Chrome, Chromium or one of their relatives, then Firefox, otherwise the person's
/// default browser. The window gets a throw-away profile, so that nothing typed is offered to a password manager or kept on the disk, and
/// so that it does not belong to a browser that must be closed after the issue (R4).
/// </summary>
internal sealed partial class WindowBrowsers(AppFolder folder, Func<string, string?> environment, Func<string, bool> exists)
{
    public const int Width = 720;
    public const int Height = 560;

    // A browser that cannot start ends within this time.
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(3);

    // The last processes of a browser need a moment to release the profile.
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(100);
    private const int MaxTries = 30;

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
        ("Microsoft Edge", @"Microsoft\Edge\Application\msedge.exe"),
        ("Google Chrome", @"Google\Chrome\Application\chrome.exe"),
        ("Chromium", @"Chromium\Application\chrome.exe"),
        ("Microsoft Edge Beta", @"Microsoft\Edge Beta\Application\msedge.exe"),
        ("Google Chrome Beta", @"Google\Chrome Beta\Application\chrome.exe"),
        ("Brave", @"BraveSoftware\Brave-Browser\Application\brave.exe"),
        ("Vivaldi", @"Vivaldi\Application\vivaldi.exe"),
    ];

    private static readonly string[] OnMacOs =
        ["Microsoft Edge", "Google Chrome", "Chromium", "Microsoft Edge Beta", "Google Chrome Beta", "Brave Browser", "Vivaldi"];

    private const string ProfileOption = "--user-data-dir=";

    private readonly ConcurrentDictionary<string, string> _pages = new(StringComparer.Ordinal);
    private string? _fallback;

    public string ProfileFolder => Path.Combine(folder.Path, "window");

    /// <summary>The browser that the person set in the environment (BROWSER), which takes precedence as usual; null for none.</summary>
    public string? Preferred => !OperatingSystem.IsWindows() && environment("BROWSER") is { Length: > 0 } chosen ? chosen : null;

    /// <summary>The browser of the window, with the throw-away profile; null where the window is in the person's own browser.</summary>
    public Process? Opened { get; private set; }

    public static WindowBrowsers Default(AppFolder folder) => new(folder, Environment.GetEnvironmentVariable, File.Exists);

    /// <summary>The browsers on this PC that can show the window, in the order in which they are tried.</summary>
    public IReadOnlyList<WindowBrowser> Find() =>
        [.. Candidates().Where(candidate => exists(candidate.Program)).DistinctBy(candidate => candidate.Name)];

    /// <summary>Linux: whether there is a display for a window.</summary>
    public bool HasDisplay => HasScreen(environment);

    /// <summary>Shows the address in a window; false when no browser could be started.</summary>
    public async Task<bool> OpenAsync(Uri address, CancellationToken cancellation)
    {
        try
        {
            if (Preferred is { } chosen
                && await StartAsync(chosen, [PageFor(address, PrivateFolder()).ToString()], cancellation) is not null)
            {
                return true;
            }

            foreach (var browser in Find())
            {
                var place = FolderFor(browser);
                WindowProfile.Prepare(ProfileIn(place), browser.IsFirefox);
                var arguments = Arguments(browser, PageFor(address, place), ProfileIn(place));
                if (await StartAsync(browser.Program, arguments, cancellation) is { } process)
                {
                    // A second window belongs to the browser of the first: the new process only passes the address on to it.
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

    /// <summary>The window has requested this address, so the file that redirected to it is not needed any more.</summary>
    public void PageLoaded(string query)
    {
        if (_pages.TryRemove(query, out var file))
        {
            TryDelete(file);
        }
    }

    /// <summary>Ends the browser of the window where it has the throw-away profile. The person's own browser is left alone.</summary>
    public void CloseWindow()
    {
        if (Opened is { } process)
        {
            End(process);
        }
    }

    /// <summary>
    /// Ends browsers that still use the throw-away profile of an instance that was killed, because they would go on writing there. Only for
    /// the instance that holds the lock.
    /// </summary>
    public void EndOrphans()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var profiles = Profiles().ToHashSet(StringComparer.Ordinal);
        bool IsOnOurs(string[] arguments) =>
            arguments.Any(one => one.StartsWith(ProfileOption, StringComparison.Ordinal) && profiles.Contains(one[ProfileOption.Length..]))
            || arguments.Zip(arguments.Skip(1)).Any(two => two.First == "--profile" && profiles.Contains(two.Second));
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
                // It ended meanwhile.
            }
        }
    }

    /// <summary>Removes what the browser of the window left on the disk, as far as it has released it.</summary>
    public void RemoveProfile()
    {
        foreach (var profile in Profiles())
        {
            // The last processes of the browser may still write files there.
            for (var tries = 0; tries < MaxTries && !TryDeleteFolder(profile); tries++)
            {
                Thread.Sleep(RetryInterval);
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
            ProfileOption + profile,
            "--no-first-run", "--no-default-browser-check", "--disable-sync", "--disable-extensions", "--disable-background-networking",
            "--disable-component-update", "--disable-background-mode", "--disable-breakpad", "--password-store=basic",
            "--use-mock-keychain",
            "--disable-features=PasswordManagerOnboarding,Translate,msEdgeWelcomePage",
        ];

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>
    /// A folder that only this person can read: the app's own or, where that cannot be created or belongs to somebody else, a new one with
    /// a random name.
    /// </summary>
    private string PrivateFolder() =>
        folder.TryMake() ? folder.Path : _fallback ??= Directory.CreateTempSubdirectory("densai-enrollment-").FullName;

    /// <summary>Where this browser can read a page and have a profile: of the hidden folders a snap can read only its own.</summary>
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

        if (OperatingSystem.IsLinux() && environment("HOME") is { Length: > 0 } home)
        {
            var snaps = ListOrEmpty(() => Directory.GetDirectories(Path.Combine(home, "snap")));
            foreach (var profile in snaps.Select(snap => ProfileIn(InSnap(Path.GetFileName(snap)))).Where(Directory.Exists))
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
            var directories = PathFolders;
            foreach (var (name, programs) in OnLinux)
            {
                foreach (var program in programs.SelectMany(program => directories.Select(directory => Path.Combine(directory, program))))
                {
                    yield return new WindowBrowser(name, program);
                }
            }

            // Without a display Firefox would start and show nothing.
            foreach (var program in HasScreen(environment) ? new[] { "firefox", "firefox-esr" } : [])
            {
                foreach (var directory in directories)
                {
                    yield return new WindowBrowser("Firefox", Path.Combine(directory, program)) { IsFirefox = true };
                }
            }
        }
    }

    /// <summary>Linux: whether there is a display for a window.</summary>
    public static bool HasScreen(Func<string, string?> environment) =>
        !OperatingSystem.IsLinux() || environment("DISPLAY") is { Length: > 0 } || environment("WAYLAND_DISPLAY") is { Length: > 0 };

    private async Task<bool> OpenDefaultAsync(Uri address, CancellationToken cancellation)
    {
        if (OperatingSystem.IsWindows())
        {
            return LoginBrowser.OpenInShell(PageFor(address, PrivateFolder()).ToString());
        }

        if (OperatingSystem.IsMacOS())
        {
            return await StartAsync("/usr/bin/open", [PageFor(address, PrivateFolder()).ToString()], cancellation) is not null;
        }

        // Without a display xdg-open would start a text browser, which cannot show these pages.
        return HasScreen(environment) && OnPath("xdg-open") is { } open
            && await StartAsync(open, [PageFor(address, PrivateFolder()).ToString()], cancellation) is not null;
    }

    private string? OnPath(string program) =>
        PathFolders.Select(directory => Path.Combine(directory, program)).FirstOrDefault(exists);

    private string[] PathFolders => (environment("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Asks the browser to end, so that it can clean up, and kills it where it does not.</summary>
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
            // The next start tries again; the address in it is not valid any more.
        }
    }

    private static string[] ListOrEmpty(Func<string[]> list)
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

    /// <summary>The process, running or ended with exit code 0; null when it did not start or failed.</summary>
    private static async Task<Process?> StartAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        try
        {
            var start = new ProcessStartInfo(program, arguments)
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            if (Process.Start(start) is not { } process)
            {
                return null;
            }

            // The output of a browser does not matter here, but unread it would fill the pipe and block the browser.
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
