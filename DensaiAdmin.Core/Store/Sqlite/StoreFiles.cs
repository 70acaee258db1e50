using System.Runtime.InteropServices;

namespace DensaiAdmin.Core.Store.Sqlite;

/// <summary>
/// What the files of the database are at an instant, as the file system tells: which file stands under each name, and when the database
/// was last written. SQLite itself never looks again at what it once opened; whoever puts another file in its place is found by this alone.
/// </summary>
/// <param name="Database">The database.</param>
/// <param name="Log">Its write-ahead log.</param>
/// <param name="Index">The index of that log.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct StoreFiles(FileMark Database, FileMark Log, FileMark Index)
{
    public static StoreFiles Of(StoreOptions store) =>
        new(FileMark.Of(store.DatabaseFile), FileMark.Of(store.DatabaseFile + "-wal"), FileMark.Of(store.DatabaseFile + "-shm"));

    /// <summary>
    /// Whether nobody wrote to the database itself since, and no name leads to another file. The log is written with each commit.
    /// </summary>
    public bool IsUntouchedSince(StoreFiles before) => Database == before.Database && AreThoseOf(before);

    /// <summary>Whether each name leads to the same file as before. The log and its index are made when they are first needed.</summary>
    public bool AreThoseOf(StoreFiles before) =>
        Database.IsSameFileAs(before.Database)
        && (before.Log == default || Log.IsSameFileAs(before.Log))
        && (before.Index == default || Index.IsSameFileAs(before.Index));
}

/// <summary>One file at an instant; the default stands for none.</summary>
/// <param name="Volume">Number of its file system.</param>
/// <param name="Number">Its number there (inode).</param>
/// <param name="Octets">Size.</param>
/// <param name="ChangedAt">When its content or its names changed last; a number of the system's own.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly partial record struct FileMark(long Volume, long Number, long Octets, long ChangedAt)
{
    // struct statx of Linux, the same on every architecture: 256 octets.
    private const int OctetsOfAnswer = 256;
    private const int ThisDirectory = -100;
    private const uint InodeSizeAndChange = 0x100 | 0x200 | 0x80;

    public static FileMark Of(string path) => OperatingSystem.IsLinux() ? OfLinux(path) : OfOthers(path);

    public bool IsSameFileAs(FileMark other) => Volume == other.Volume && Number == other.Number;

    private static FileMark OfLinux(string path)
    {
        Span<byte> answer = stackalloc byte[OctetsOfAnswer];
        if (Look(ThisDirectory, path, 0, InodeSizeAndChange, ref MemoryMarshal.GetReference(answer)) != 0)
        {
            return default;
        }

        // stx_dev_major and stx_dev_minor; stx_ino; stx_size; stx_ctime, seconds and nanoseconds. Nobody sets that one to what they like.
        return new(
            MemoryMarshal.Read<long>(answer[136..]),
            MemoryMarshal.Read<long>(answer[32..]),
            MemoryMarshal.Read<long>(answer[40..]),
            unchecked((MemoryMarshal.Read<long>(answer[96..]) * 1_000_000_000) + MemoryMarshal.Read<int>(answer[104..])));
    }

    // Where files that are open cannot be replaced (Windows), or only a developer works (macOS): by when they were made.
    private static FileMark OfOthers(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? new(0, file.CreationTimeUtc.Ticks, file.Length, file.LastWriteTimeUtc.Ticks) : default;
    }

    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Look(int directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, ref byte answer);
}
