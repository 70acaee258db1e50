using System.ComponentModel;
using System.Diagnostics;
using DensaiAdmin.EnrollmentApp.CertificateStores;

namespace DensaiAdmin.EnrollmentApp.Window;

/// <summary>
/// Opens a page of the bank, or a folder, in the person's own browser or desktop, not in the throw-away profile of this window.
/// </summary>
internal static class LoginBrowser
{
    // Starts a program that outlives this one, and checks a moment later whether it has failed. A browser that hands over to a running one
    // ends at once with exit code 0.
    private const string StartAndCheck =
        "command -v \"$0\" >/dev/null || exit 127; \"$0\" \"$@\" >/dev/null 2>&1 </dev/null & sleep 1; kill -0 $! 2>/dev/null || wait $!";

    /// <summary>Opens the page.</summary>
    /// <returns>The product that shows it; empty where the desktop chose it, null where nothing could be started.</returns>
    /// <param name="browsers">The browsers on this PC.</param>
    /// <param name="address">Of the page.</param>
    /// <param name="readers">Browsers that have the certificate; null where all have it.</param>
    /// <param name="used">Products that this person had open.</param>
    public static string? Open(WindowBrowsers browsers, Uri address, IReadOnlyList<BrowserStart>? readers, IReadOnlyCollection<string> used)
    {
        var found = browsers.Find().Select(browser => new BrowserStart(browser.Name, browser.Program, []));
        return Choose(readers, [.. found], browsers.Preferred, used)
            .FirstOrDefault(browser => Start(browser.Program, [.. browser.Arguments, address.ToString()])) is { } started
            ? started.Name
            : readers is null && OpenDefault(address.ToString()) ? "" : null;
    }

    /// <summary>
    /// The browsers to try, the best first. A browser that does not have the certificate would only get a refusal, so it is not among them,
    /// even where the environment names it.
    /// </summary>
    /// <param name="readers">Browsers that have the certificate; null where all have it.</param>
    /// <param name="found">The browsers on this PC.</param>
    /// <param name="preferred">The program that the environment names.</param>
    /// <param name="used">Products that this person had open.</param>
    internal static IReadOnlyList<BrowserStart> Choose(
        IReadOnlyList<BrowserStart>? readers, IReadOnlyList<BrowserStart> found, string? preferred, IReadOnlyCollection<string> used)
    {
        var all = readers ?? (preferred is null ? found : [new BrowserStart("", preferred, []), .. found]);
        bool IsPreferred(BrowserStart one) => one.Program == preferred || Path.GetFileName(one.Program) == preferred;
        // "Google Chrome" in the list of processes is "Chrome" in the list of stores.
        bool IsUsed(BrowserStart one) => one.Name.Length > 0 && used.Any(product => product.EndsWith(one.Name, StringComparison.Ordinal));
        return [.. all.OrderByDescending(IsPreferred).ThenByDescending(IsUsed)];
    }

    /// <summary>False where the desktop cannot show folders.</summary>
    public static bool OpenFolder(string folder) => Directory.Exists(folder) && OpenDefault(folder);

    private static bool OpenDefault(string what) =>
        OperatingSystem.IsWindows() ? OpenInShell(what) : Start(OperatingSystem.IsMacOS() ? "/usr/bin/open" : "xdg-open", [what]);

    /// <summary>Windows: opens an address or a folder with the program that is registered for it.</summary>
    internal static bool OpenInShell(string what)
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

    /// <summary>Starts a program that may outlive this one; false where it does not exist or failed at once.</summary>
    internal static bool Start(string program, IReadOnlyList<string> arguments)
    {
        try
        {
            // It must not inherit a pipe of this program.
            var start = OperatingSystem.IsWindows()
                ? new ProcessStartInfo(program, arguments)
                : new ProcessStartInfo("/bin/sh", ["-c", StartAndCheck, program, .. arguments]);
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
