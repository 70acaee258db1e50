using System.Runtime.InteropServices;

namespace DensaiAdmin.EnrollmentApp.CertificateStores;

/// <summary>
/// Makes sure that what was written to a file survives a power cut, or reports that it does not. On Linux the framework's own
/// <c>Flush(flushToDisk: true)</c> swallows the error when the disk did not take the data (EIO, ENOSPC).
/// </summary>
internal static partial class DiskFlush
{
    private const int Interrupted = 4;

    // EINVAL: this kind of file has nothing to flush.
    private const int NotSupported = 22;

    /// <summary>Flushes a file to the disk.</summary>
    /// <exception cref="IOException">
    /// The disk did not take it; the system's error number is its <see cref="Exception.HResult"/>.
    /// </exception>
    public static void ToDisk(FileStream stream)
    {
        stream.Flush();
        if (!OperatingSystem.IsLinux())
        {
            stream.Flush(flushToDisk: true);
            return;
        }

        while (Flush(stream.SafeFileHandle) != 0)
        {
            switch (Marshal.GetLastPInvokeError())
            {
                case Interrupted:
                    continue;
                case NotSupported:
                    return;
                case var error:
                    throw new IOException($"{Marshal.GetPInvokeErrorMessage(error)}: {stream.Name}", error);
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Flush(Microsoft.Win32.SafeHandles.SafeFileHandle file);
}
