using System.Runtime.InteropServices;

namespace DensaiAdmin.Core.Store;

/// <summary>
/// Files that are either whole or absent after a power cut: written beside their place, flushed, renamed over it, and the
/// directory flushed too, because a rename alone may be forgotten.
/// </summary>
public static class DurableFile
{
    const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    const UnixFileMode OwnerDirectory = OwnerOnly | UnixFileMode.UserExecute;

    /// <summary>Replaces the file in one step; mode 600 where the system has modes (on Windows the directory's own list rules).</summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var full = Path.GetFullPath(path);
        var directory = Path.GetDirectoryName(full)!;
        var temporary = Path.Combine(directory, $".{Path.GetFileName(full)}.{Guid.NewGuid():N}.tmp");
        try
        {
            using (var stream = new FileStream(temporary, Private(FileMode.CreateNew, FileShare.None)))
            {
                stream.Write(content);
                FlushToDisk(stream);
            }

            File.Move(temporary, full, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        FlushDirectory(directory);
    }

    /// <summary>Creates the directory, mode 700 where the system has modes.</summary>
    public static void CreateDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnerDirectory);
        }
    }

    /// <summary>Gives a file mode 600 where the system has modes.</summary>
    /// <param name="path">Of the file.</param>
    /// <param name="create">Whether it is made, empty, where it is not there.</param>
    internal static void MakePrivate(string path, bool create)
    {
        if (create)
        {
            new FileStream(path, Private(FileMode.OpenOrCreate, FileShare.ReadWrite)).Dispose();
        }

        if (!OperatingSystem.IsWindows() && File.Exists(path))
        {
            File.SetUnixFileMode(path, OwnerOnly);
        }
    }

    /// <summary>How a file is opened that only its owner may read; mode 600 where it is made and the system has modes.</summary>
    internal static FileStreamOptions Private(FileMode mode, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = share };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        return options;
    }

    /// <summary>
    /// Makes what was written to a file survive a power cut, or throws. On Unix the framework's own <c>Flush(flushToDisk: true)</c> keeps
    /// to itself that the disk did not take it (EIO).
    /// </summary>
    /// <exception cref="IOException">The disk did not take it.</exception>
    public static void FlushToDisk(FileStream stream)
    {
        stream.Flush();
        if (OperatingSystem.IsWindows())
        {
            stream.Flush(flushToDisk: true);
            return;
        }

        Flush((int)stream.SafeFileHandle.DangerousGetHandle(), stream.Name);
    }

    /// <summary>Makes renames and deletions in the directory survive a power cut. Windows journals them itself.</summary>
    public static void FlushDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var descriptor = Open(path, 0);
        if (descriptor < 0)
        {
            throw new IOException($"Cannot open {path} to flush it (errno {Marshal.GetLastPInvokeError()}).");
        }

        try
        {
            Flush(descriptor, path);
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    static void Flush(int descriptor, string path)
    {
        const int interrupted = 4;
        // EINVAL: what has nothing to flush there, as directories on some file systems.
        const int notSupported = 22;
        while (Flush(descriptor) != 0)
        {
            switch (Marshal.GetLastPInvokeError())
            {
                case interrupted:
                    continue;
                case notSupported:
                    return;
                case var error:
                    throw new IOException($"Cannot flush {path} (errno {error}).");
            }
        }
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int Flush(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int Close(int descriptor);
}
