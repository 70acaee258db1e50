using System.ComponentModel;
using System.Diagnostics;
using DensaiAdmin.EnrollmentApp.CertificateStores;

namespace DensaiAdmin.EnrollmentApp.Window;

/// <summary>Opens a page of the bank, or a folder, in the person's own browser or desktop: not in the throw-away profile of this window.</summary>
internal static class LoginBrowser
{
    // Starts the program so that it outlives this one, and looks a moment later whether it has failed already. What hands over to a browser
    // that runs ends at once, and well.
    private const string StartAndLook =
        "command -v \"$0\" >/dev/null || exit 127; \"$0\" \"$@\" >/dev/null 2>&1 </dev/null & sleep 1; kill -0 $! 2>/dev/null || wait $!";

    /// <summary>Opens the page.</summary>
    /// <returns>The product that shows it; empty where the desktop chose, null where nothing could be started.</returns>
    /// <param name="browsers">What is on this PC.</param>
    /// <param name="address">Of the page.</param>
    /// <param name="readers">Browsers that have the certificate; null: all have.</param>
    /// <param name="used">Products that this person had open.</param>
    public static string? Open(WindowBrowsers browsers, Uri address, IReadOnlyList<BrowserStart>? readers, IReadOnlyCollection<string> used)
    {
        var found = browsers.Find().Select(browser => new BrowserStart(browser.Name, browser.Program, []));
        return Choose(readers, [.. found], browsers.Wish, used)
            .FirstOrDefault(browser => Start(browser.Program, [.. browser.Arguments, address.ToString()])) is { } started
            ? started.Name
            : readers is null && OpenDefault(address.ToString()) ? "" : null;
    }

    /// <summary>
    /// The browsers to try, the best first. One that has not got the certificate would show the person a refusal: it is none of them, even
    /// where the environment names it.
    /// </summary>
    /// <param name="readers">Browsers that have the certificate; null: all have.</param>
    /// <param name="found">What is on this PC.</param>
    /// <param name="wish">The program that the person's environment names.</param>
    /// <param name="used">Products that this person had open.</param>
    internal static IReadOnlyList<BrowserStart> Choose(
        IReadOnlyList<BrowserStart>? readers, IReadOnlyList<BrowserStart> found, string? wish, IReadOnlyCollection<string> used)
    {
        var all = readers ?? (wish is null ? found : [new BrowserStart("", wish, []), .. found]);
        bool IsWished(BrowserStart one) => wish is not null && (one.Program == wish || Path.GetFileName(one.Program) == wish);
        // "Google Chrome" in the list of processes is "Chrome" in the list of stores.
        bool IsUsed(BrowserStart one) => one.Name.Length > 0 && used.Any(product => product.EndsWith(one.Name, StringComparison.Ordinal));
        return [.. all.OrderByDescending(IsWished).ThenByDescending(IsUsed)];
    }

    /// <summary>False where the desktop shows no folders.</summary>
    public static bool OpenFolder(string folder) => Directory.Exists(folder) && OpenDefault(folder);

    private static bool OpenDefault(string what)
    {
        if (OperatingSystem.IsWindows())
        {
            try
            {
                using var shell = Process.Start(new ProcessStartInfo(what) { UseShellExecute = true });
                return true;
            }
            catch (Win32Exception)
            {
                return false;
            }
        }

        return Start(OperatingSystem.IsMacOS() ? "/usr/bin/open" : "xdg-open", [what]);
    }

    /// <summary>Starts a program that may outlive this one; false where it is not there or failed at once.</summary>
    internal static bool Start(string program, IReadOnlyList<string> arguments)
    {
        try
        {
            // Nothing of it may end in a pipe of ours.
            var start = OperatingSystem.IsWindows()
                ? new ProcessStartInfo(program, arguments)
                : new ProcessStartInfo("/bin/sh", ["-c", StartAndLook, program, .. arguments]);
            start.UseShellExecute = false;
            using var process = Process.Start(start);
            if (process is null)
            {
                return false;
            }

            if (OperatingSystem.IsWindows())
            {
                return true;
            }

            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
