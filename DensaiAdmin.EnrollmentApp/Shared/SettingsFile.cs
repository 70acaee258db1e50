namespace DensaiAdmin.EnrollmentApp.Shared;

/// <summary>Reads a file that this program was told to read. Devices and pipes have no end, and nobody's settings are large.</summary>
internal static class SettingsFile
{
    public const int MaxBytes = 1024 * 1024;

    /// <exception cref="IOException">
    /// It does not exist, cannot be read, is empty, not a regular file, or larger than <see cref="MaxBytes"/>.
    /// </exception>
    public static string Read(string path)
    {
        // The size is checked before the file is opened: what has no size is not a file, and opening a pipe would block until somebody
        // writes.
        var file = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        return new FileInfo(file).Length is > 0 and <= MaxBytes ? File.ReadAllText(file) : throw new IOException("Not a small file");
    }
}
