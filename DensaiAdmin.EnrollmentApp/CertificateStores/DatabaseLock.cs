using System.Runtime.InteropServices;

namespace DensaiAdmin.EnrollmentApp.CertificateStores;

/// <summary>
/// Whether another program is using an SQLite database at this moment. The NSS tools report a busy database and a broken one in the same
/// way; the locks, which SQLite takes at a fixed position in the file (sqlite.org/fileformat2.html, "The Lock-Byte Page"), tell them apart.
/// </summary>
internal static class DatabaseLock
{
    // The bytes for "pending" and "reserved", and 510 more of which each reader locks one.
    private const long FirstByte = 0x4000_0000;
    private const long Bytes = 512;

    private const int AskForLock = 5;
    private const short WriteLock = 1;
    private const short NoLock = 2;

    public static bool IsHeld(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            // Asks which lock would block a write lock.
            var found = new FileLock { Type = WriteLock, Start = FirstByte, Length = Bytes };
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

    // struct flock on 64-bit Linux.
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
