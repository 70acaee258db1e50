using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using DensaiAdmin.Core.Store;

namespace DensaiAdmin.Tests.Support;

/// <summary>
/// A disk whose flushes fail with EIO for one writer: strace stands between the writer's thread and the kernel. Disposed, the disk is well
/// again.
/// </summary>
internal sealed class FailingDisk : IDisposable
{
    private readonly Process _strace;

    private FailingDisk(Process strace) => _strace = strace;

    /// <summary>From now on flushes of that writer fail.</summary>
    /// <param name="writer">Whose thread.</param>
    /// <param name="when">Which of them, as strace counts: <c>1</c> the first one only, <c>1+</c> every one.</param>
    /// <param name="file">Of this file only.</param>
    public static async Task<FailingDisk> AttachAsync(StoreWriter writer, string when, string? file = null) =>
        await AttachAsync(await writer.PerformAnyTimeAsync(_ => GetThreadId(), TestContext.Current.CancellationToken), when, file);

    /// <summary>From now on flushes of the thread with that number fail.</summary>
    public static async Task<FailingDisk> AttachAsync(int thread, string when, string? file = null)
    {
        var start = new ProcessStartInfo("strace") { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        string[] arguments =
        [
            "-p", thread.ToString(CultureInfo.InvariantCulture), "-o", "/dev/null",
            "-e", "trace=fsync,fdatasync", "-e", $"inject=fsync,fdatasync:error=EIO:when={when}",
            .. file is null ? Array.Empty<string>() : ["-P", file],
        ];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var strace = Process.Start(start)!;
        var told = "";
        while (await strace.StandardError.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            told += line + "\n";
            if (line.Contains("attached", StringComparison.Ordinal))
            {
                return new(strace);
            }
        }

        strace.Dispose();
        throw new InvalidOperationException("strace does not attach: " + told);
    }

    public void Dispose()
    {
        // SIGTERM has strace detach; killed outright it might leave the thread stopped.
        _ = Signal(_strace.Id, 15);
        _strace.WaitForExit();
        _strace.Dispose();
    }

    /// <summary>Number of the thread that asks, as the kernel has it.</summary>
    [DllImport("libc", EntryPoint = "gettid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int GetThreadId();

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Signal(int process, int signal);
}
