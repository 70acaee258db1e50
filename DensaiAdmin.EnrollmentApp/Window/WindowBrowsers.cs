using System.ComponentModel;
using System.Diagnostics;

namespace DensaiAdmin.EnrollmentApp.Window;

/// <summary>A browser that can show a page without address bar or tabs.</summary>
internal sealed record WindowBrowser(string Name, string Program);

/// <summary>
/// Finds a browser for the window: Edge, Chrome or Chromium as an app window of its own, else whatever the person's default is. The app
/// window gets a throw-away profile, so that nothing typed is ever offered to a password manager or kept on disk, and so that it is no
/// part of the browser that must be closed after the issue (R4).
/// </summary>
internal sealed class WindowBrowsers(AppFolder folder, Func<string, string?> environment, Func<string, bool> exists)
{
    public const int Width = 720;
    public const int Height = 560;

    // A browser that cannot start says so at once.
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(3);

    public string ProfileFolder => Path.Combine(folder.Path, "window");

    /// <summary>The browser of the window, once it was opened as one of ours; null while it is the person's own.</summary>
    public Process? Opened { get; private set; }

    public static WindowBrowsers Default(AppFolder folder) => new(folder, Environment.GetEnvironmentVariable, File.Exists);

    /// <summary>App-window browsers on this PC, in the order they are tried.</summary>
    public IReadOnlyList<WindowBrowser> Find() => [.. Candidates().Where(candidate => exists(candidate.Program)).DistinctBy(candidate => candidate.Name)];

    /// <summary>Shows the address; false when no browser could be started.</summary>
    public async Task<bool> OpenAsync(Uri address, CancellationToken cancellation)
    {
        // The person's word before ours, as is the custom where there is such a variable.
        if (!OperatingSystem.IsWindows() && environment("BROWSER") is { Length: > 0 } chosen && await StartAsync(chosen, [address.ToString()], cancellation) is not null)
        {
            return true;
        }

        foreach (var browser in Find())
        {
            if (folder.TryMake() && await StartAsync(browser.Program, Arguments(address), cancellation) is { } process)
            {
                // A second window belongs to the browser that shows the first: the new process only passes the address on.
                Opened = Opened is { HasExited: false } ? Opened : process;
                return true;
            }
        }

        return await OpenDefaultAsync(address, cancellation);
    }

    /// <summary>Ends the window's browser, where it is one of ours. The person's own is left alone.</summary>
    public void CloseWindow()
    {
        try
        {
            if (Opened is { HasExited: false } process)
            {
                process.Kill(entireProcessTree: true);
                process.WaitForExit(StartLimit);
            }
        }
        catch (Exception gone) when (gone is InvalidOperationException or Win32Exception)
        {
            // It ended by itself.
        }
    }

    /// <summary>Removes what the window's browser left on disk. Nothing where it is still open.</summary>
    public void RemoveProfile()
    {
        try
        {
            if (Directory.Exists(ProfileFolder))
            {
                Directory.Delete(ProfileFolder, recursive: true);
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The next start tries again.
        }
    }

    internal IReadOnlyList<string> Arguments(Uri address) =>
    [
        "--app=" + address,
        FormattableString.Invariant($"--window-size={Width},{Height}"),
        "--user-data-dir=" + ProfileFolder,
        "--no-first-run", "--no-default-browser-check", "--disable-sync", "--disable-extensions", "--disable-background-networking", "--disable-component-update",
        "--disable-background-mode", "--password-store=basic", "--use-mock-keychain", "--disable-features=PasswordManagerOnboarding,Translate,msEdgeWelcomePage",
    ];

    private IEnumerable<WindowBrowser> Candidates()
    {
        if (OperatingSystem.IsWindows())
        {
            var roots = new[] { "ProgramFiles(x86)", "ProgramFiles", "LOCALAPPDATA" }.Select(environment).OfType<string>().ToList();
            foreach (var (name, path) in new[] { ("Microsoft Edge", @"Microsoft\Edge\Application\msedge.exe"), ("Google Chrome", @"Google\Chrome\Application\chrome.exe"), ("Chromium", @"Chromium\Application\chrome.exe") })
            {
                foreach (var root in roots)
                {
                    yield return new WindowBrowser(name, Path.Combine(root, path));
                }
            }
        }
        else if (OperatingSystem.IsMacOS())
        {
            foreach (var name in new[] { "Microsoft Edge", "Google Chrome", "Chromium" })
            {
                foreach (var root in new[] { "/Applications", Path.Combine(environment("HOME") ?? "/", "Applications") })
                {
                    yield return new WindowBrowser(name, $"{root}/{name}.app/Contents/MacOS/{name}");
                }
            }
        }
        else
        {
            (string Name, string Program)[] programs =
            [
                ("Microsoft Edge", "microsoft-edge"), ("Microsoft Edge", "microsoft-edge-stable"), ("Google Chrome", "google-chrome"), ("Google Chrome", "google-chrome-stable"),
                ("Chromium", "chromium"), ("Chromium", "chromium-browser"),
            ];
            foreach (var (name, program) in programs)
            {
                foreach (var directory in (environment("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries))
                {
                    yield return new WindowBrowser(name, Path.Combine(directory, program));
                }
            }
        }
    }

    private async Task<bool> OpenDefaultAsync(Uri address, CancellationToken cancellation)
    {
        if (OperatingSystem.IsWindows())
        {
            try
            {
                using var shell = Process.Start(new ProcessStartInfo(address.ToString()) { UseShellExecute = true });
                return true;
            }
            catch (Win32Exception)
            {
                return false;
            }
        }

        if (OperatingSystem.IsMacOS())
        {
            return await StartAsync("/usr/bin/open", [address.ToString()], cancellation) is not null;
        }

        // Without a screen xdg-open falls to text browsers, which cannot show these pages.
        return (environment("DISPLAY") ?? environment("WAYLAND_DISPLAY")) is { Length: > 0 }
            && OnPath("xdg-open") is { } open && await StartAsync(open, [address.ToString()], cancellation) is not null;
    }

    private string? OnPath(string program) =>
        (environment("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Select(directory => Path.Combine(directory, program)).FirstOrDefault(exists);

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
}
