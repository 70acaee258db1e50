using System.Runtime.InteropServices;

namespace DensaiAdmin.EnrollmentApp.Shared;

/// <summary>
/// Where this program keeps its lock, its open requests and the throw-away profile of its window: a folder of the person's own.
/// </summary>
internal sealed partial class AppFolder(string path)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public string Path => path;

    /// <summary>
    /// Windows: %LOCALAPPDATA%\DensaiEnrollment; macOS: ~/Library/Application Support; Linux: $XDG_DATA_HOME or ~/.local/share.
    /// </summary>
    public static AppFolder Default()
    {
        var root = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return new AppFolder(System.IO.Path.Combine(root.Length > 0 ? root : System.IO.Path.GetTempPath(), "DensaiEnrollment"));
    }

    /// <summary>
    /// Creates the folder; false when the profile is read-only or full, or when what exists there belongs to somebody else.
    /// </summary>
    public bool TryMake()
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                // It inherits the access rules of the user's profile.
                Directory.CreateDirectory(path);
                return true;
            }

            Directory.CreateDirectory(path, OwnerOnly);
            if (new DirectoryInfo(path).LinkTarget is not null || !IsOurs(path))
            {
                return false;
            }

            // An earlier version may have created it with the default mode. Only the owner can change that.
            if (File.GetUnixFileMode(path) != OwnerOnly)
            {
                File.SetUnixFileMode(path, OwnerOnly);
            }

            return true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>
    /// Whether this account owns the folder: whoever created a predictable name first could read and change what is put there.
    /// </summary>
    private static bool IsOurs(string folder)
    {
        // Except on Linux, changing the mode tells: only the owner may.
        if (!OperatingSystem.IsLinux())
        {
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(folder, OwnerOnly);
            }

            return true;
        }

        return Stat(CurrentDirectory, folder, DoNotFollow, OwnerWanted, out var found) == 0 && found.Owner == EffectiveUser();
    }

    // linux/fcntl.h and linux/stat.h
    private const int CurrentDirectory = -100;
    private const int DoNotFollow = 0x100;
    private const uint OwnerWanted = 0x8;

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(int directory, string path, int flags, uint mask, out Status found);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();

    // struct statx has the same layout on every processor.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Status
    {
        [FieldOffset(20)]
        public uint Owner;
    }
}
