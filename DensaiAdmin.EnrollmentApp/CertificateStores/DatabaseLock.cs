using System.Runtime.InteropServices;

namespace DensaiAdmin.EnrollmentApp.CertificateStores;

/// <summary>
/// Whether another program works in a database of SQLite at this moment. The tools of NSS say the same of one that is busy and of one
/// that is broken; the locks, which SQLite sets at fixed places of a file (sqlite.org/fileformat2.html, "The Lock-Byte Page"), tell them apart.
/// </summary>
internal static class DatabaseLock
{
    // The octets for "pending" and "reserved", and 510 of which each reader takes one.
    private const long FirstOctet = 0x4000_0000;
    private const long Octets = 512;

    private const int AskForLock = 5;
    private const short WriteLock = 1;
    private const short NoLock = 2;

    public static bool IsHeld(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            // Which lock would be in the way of one for writing.
            var found = new FileLock { Type = WriteLock, Start = FirstOctet, Length = Octets };
            return Ask(stream.SafeFileHandle, AskForLock, ref found) == 0 && found.Type != NoLock;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    [DllImport("libc", EntryPoint = "fcntl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Ask(SafeHandle file, int command, ref FileLock found);

    // struct flock of Linux on 64 bits.
    [StructLayout(LayoutKind.Sequential)]
    private struct FileLock
    {
        public short Type;
        public short Whence;
        public long Start;
        public long Length;
        public int Process;
    }
}
