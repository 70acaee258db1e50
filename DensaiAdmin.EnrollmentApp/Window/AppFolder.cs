namespace DensaiAdmin.EnrollmentApp.Window;

/// <summary>Where this program keeps its lock and the throw-away profile of its window: a folder of the person's own, closed to others.</summary>
internal sealed class AppFolder(string path)
{
    public string Path => path;

    /// <summary>Windows: %LOCALAPPDATA%\DensaiEnrollment; macOS: ~/Library/Application Support; Linux: $XDG_DATA_HOME or ~/.local/share.</summary>
    public static AppFolder Default()
    {
        var root = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return new AppFolder(System.IO.Path.Combine(root.Length > 0 ? root : System.IO.Path.GetTempPath(), "DensaiEnrollment"));
    }

    /// <summary>Makes the folder; false when the profile is read-only or full.</summary>
    public bool TryMake()
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(path);
            }
            else
            {
                Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }

            return true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
