using System.Diagnostics;
using System.Runtime.InteropServices;

namespace DensaiAdmin.Core.Store;

/// <summary>
/// Time since the machine started, suspended time included (<c>CLOCK_BOOTTIME</c>): what nobody can set, so that a wall clock which was
/// set is told from a machine that slept.
/// </summary>
internal static class BootClock
{
    // <linux/time.h>
    private const int ClockBootTime = 7;

    /// <summary>
    /// Reads the clock that belongs to a wall clock; null where there is none: other systems, and clocks that are not the machine's.
    /// </summary>
    public static Func<TimeSpan>? Of(TimeProvider wall) =>
        wall is ISinceBoot machine ? () => machine.SinceBoot
        : ReferenceEquals(wall, TimeProvider.System) && OperatingSystem.IsLinux() && TryRead(out _)
        ? () => TryRead(out var since)
        ? since
        : throw new UnreachableException()
        : null;

    private static bool TryRead(out TimeSpan since)
    {
        try
        {
            if (GetTime(ClockBootTime, out var time) == 0)
            {
                since = new TimeSpan((time.Seconds * TimeSpan.TicksPerSecond) + (time.Nanoseconds / TimeSpan.NanosecondsPerTick));
                return true;
            }
        }
        catch (Exception missing) when (missing is DllNotFoundException or EntryPointNotFoundException)
        {
            // A C library of another name: then as on a system without such a clock.
        }

        since = default;
        return false;
    }

    [DllImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetTime(int clock, out TimeSpec time);

    // Two words of the machine, on every 64-bit Linux that .NET runs on and on 32-bit ones.
    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        private nint _seconds;
        private nint _nanoseconds;

        public readonly long Seconds => _seconds;

        public readonly long Nanoseconds => _nanoseconds;
    }
}

/// <summary>A wall clock that knows how long its machine has been running.</summary>
internal interface ISinceBoot
{
    /// <summary>Time since the start of the machine; grows evenly, whatever is done to the wall clock.</summary>
    TimeSpan SinceBoot { get; }
}
