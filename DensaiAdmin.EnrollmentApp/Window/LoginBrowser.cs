using System.ComponentModel;
using System.Diagnostics;

namespace DensaiAdmin.EnrollmentApp.Window;

/// <summary>Opens a page of the bank, or a folder, in the person's own browser or desktop: not in the throw-away profile of this window.</summary>
internal static class LoginBrowser
{
    /// <summary>False where nothing could be started.</summary>
    public static bool Open(WindowBrowsers browsers, Uri address)
    {
        // Those that read this PC's store of certificates come before whatever else may be the default.
        var own = Environment.GetEnvironmentVariable("BROWSER") is { Length: > 0 } chosen && !OperatingSystem.IsWindows() ? chosen : browsers.Find().FirstOrDefault()?.Program;
        return (own is not null && Start(own, address.ToString())) || OpenDefault(address.ToString());
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

        return Start(OperatingSystem.IsMacOS() ? "/usr/bin/open" : "xdg-open", what);
    }

    private static bool Start(string program, string argument)
    {
        try
        {
            // It outlives this program, so nothing of it may end in a pipe of ours.
            var start = OperatingSystem.IsWindows()
                ? new ProcessStartInfo(program, [argument])
                : new ProcessStartInfo("/bin/sh", ["-c", "command -v \"$0\" >/dev/null && { \"$0\" \"$@\" >/dev/null 2>&1 </dev/null & }", program, argument]);
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
