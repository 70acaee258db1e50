using System.Security.Cryptography;

namespace DensaiAdmin.EnrollmentApp.Shared;

/// <summary>Files and directories that no other account of this PC can read, from the moment they exist.</summary>
internal static class PrivateFiles
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>A name that nobody can guess.</summary>
    public static string NewName() => Convert.ToHexString(RandomNumberGenerator.GetBytes(16));

    /// <summary>Creates or truncates a file. On Windows the rights come from the user's profile.</summary>
    public static FileStream Create(string file)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        return new FileStream(file, options);
    }

    public static void CreateDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
        }
    }
}
