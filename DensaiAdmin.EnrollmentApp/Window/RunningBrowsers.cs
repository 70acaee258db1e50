using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace DensaiAdmin.EnrollmentApp.Window;

/// <summary>A process as the operating system lists it.</summary>
internal sealed record RunningProcess(int Id, int ParentId, string Name)
{
    /// <summary>Its home directory is not this person's: it reads certificates elsewhere, and closing it would change nothing.</summary>
    public bool IsElsewhere { get; init; }
}

/// <summary>
/// Which browsers of this person are running: they offer a new certificate only after all of them have been closed once (R4).
/// </summary>
internal static partial class RunningBrowsers
{
    // As process lists name them: without path and extension on Windows and Linux, the program of the bundle on macOS. Linux cuts at 15.
    private static readonly Dictionary<string, string> Products = new(StringComparer.OrdinalIgnoreCase)
    {
        ["msedge"] = "Microsoft Edge",
        ["microsoft-edge"] = "Microsoft Edge",
        ["Microsoft Edge"] = "Microsoft Edge",
        ["chrome"] = "Google Chrome",
        ["google-chrome"] = "Google Chrome",
        ["Google Chrome"] = "Google Chrome",
        ["chromium"] = "Chromium",
        ["chromium-browse"] = "Chromium",
        ["Chromium"] = "Chromium",
        ["firefox"] = "Firefox",
        ["firefox-esr"] = "Firefox",
        ["firefox-bin"] = "Firefox",
        ["Safari"] = "Safari",
        ["brave"] = "Brave",
        ["Brave Browser"] = "Brave",
        ["vivaldi"] = "Vivaldi",
        ["vivaldi-bin"] = "Vivaldi",
        ["opera"] = "Opera",
    };

    /// <summary>Products in alphabetical order, each once, without the browser of this program's window.</summary>
    public static IReadOnlyList<string> Among(IReadOnlyList<RunningProcess> processes, int? ownWindow)
    {
        var parents = new Dictionary<int, int>();
        var notCounted = processes.Where(process => process.IsElsewhere).Select(process => process.Id).ToHashSet();
        foreach (var process in processes)
        {
            parents[process.Id] = process.ParentId;
        }

        if (ownWindow is { } own)
        {
            notCounted.Add(own);
        }

        bool IsCounted(RunningProcess process)
        {
            // Process IDs are reused, so the chain of parents may be circular.
            var id = process.Id;
            for (var steps = 0; steps < 32; steps++)
            {
                if (notCounted.Contains(id))
                {
                    return false;
                }

                if (!parents.TryGetValue(id, out id))
                {
                    return true;
                }
            }

            return true;
        }

        return
        [
            .. processes.Where(process => Products.ContainsKey(process.Name) && IsCounted(process))
                .Select(process => Products[process.Name]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>The processes of this person.</summary>
    public static IReadOnlyList<RunningProcess> List()
    {
        if (OperatingSystem.IsLinux())
        {
            return ListLinux();
        }

        var session = Process.GetCurrentProcess().SessionId;
        var found = new List<RunningProcess>();
        foreach (var process in Process.GetProcesses())
        {
            using (process)
            {
                try
                {
                    if (process.SessionId == session)
                    {
                        found.Add(new RunningProcess(process.Id, ParentOf(process), process.ProcessName));
                    }
                }
                catch (Exception gone) when (gone is InvalidOperationException or System.ComponentModel.Win32Exception)
                {
                    // It ended meanwhile.
                }
            }
        }

        return found;
    }

    private static List<RunningProcess> ListLinux()
    {
        var me = UserOf("/proc/self/status");
        var found = new List<RunningProcess>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            {
                continue;
            }

            try
            {
                if (UserOf(directory + "/status") != me)
                {
                    continue;
                }

                // 4242 (name) S 4200 …: the name itself may contain brackets; Z is a process that has ended.
                var stat = File.ReadAllText(directory + "/stat");
                var (open, close) = (stat.IndexOf('(', StringComparison.Ordinal), stat.LastIndexOf(')'));
                var rest = stat[(close + 2)..].Split(' ');
                var name = stat[(open + 1)..close];
                if (rest[0] != "Z")
                {
                    found.Add(new RunningProcess(id, int.Parse(rest[1], CultureInfo.InvariantCulture), name)
                    {
                        IsElsewhere = Products.ContainsKey(name) && HomeOf(directory) is { } home
                            && !IsWithin(home, Environment.GetEnvironmentVariable("HOME")),
                    });
                }
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                // It ended meanwhile.
            }
        }

        return found;
    }

    // For a process that cannot be inspected, such as the sandboxed ones of a browser, its parent decides.
    private static string? HomeOf(string directory)
    {
        try
        {
            return File.ReadAllText(directory + "/environ").Split('\0')
                .FirstOrDefault(set => set.StartsWith("HOME=", StringComparison.Ordinal))?["HOME=".Length..];
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }

    // A snap has its own home directory inside the person's.
    private static bool IsWithin(string home, string? ours) =>
        string.IsNullOrEmpty(ours) || home == ours || home.StartsWith(ours.TrimEnd('/') + "/", StringComparison.Ordinal);

    private static string UserOf(string statusFile) =>
        File.ReadLines(statusFile).FirstOrDefault(line => line.StartsWith("Uid:", StringComparison.Ordinal))?.Split('\t')[1] ?? "";

    private static int ParentOf(Process process)
    {
        if (!OperatingSystem.IsWindows())
        {
            return 0;
        }

        var information = new BasicInformation();
        var status = QueryProcess(process.Handle, 0, ref information, Marshal.SizeOf<BasicInformation>(), out _);
        return status == 0 ? (int)information.Parent : 0;
    }

    [LibraryImport("ntdll.dll", EntryPoint = "NtQueryInformationProcess")]
    private static partial int QueryProcess(nint process, int kind, ref BasicInformation information, int length, out int returned);

    // PROCESS_BASIC_INFORMATION
    [StructLayout(LayoutKind.Sequential)]
    private struct BasicInformation
    {
        public nint ExitStatus;
        public nint Peb;
        public nint AffinityMask;
        public nint BasePriority;
        public nint Id;
        public nint Parent;
    }
}
