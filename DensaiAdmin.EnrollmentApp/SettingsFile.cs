namespace DensaiAdmin.EnrollmentApp;

/// <summary>A file that this program is told to read: devices and pipes have no end, and nobody's settings are large.</summary>
internal static class SettingsFile
{
    /// <summary>The largest that is read, in octets.</summary>
    public const int Largest = 1024 * 1024;

    /// <exception cref="IOException">It is not there, cannot be read, is empty, no regular file, or larger than <see cref="Largest"/>.</exception>
    public static string Read(string path)
    {
        // Its size before it is opened: what has none is no file, and to open a pipe would wait for whoever writes to it.
        var file = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        return new FileInfo(file).Length is > 0 and <= Largest ? File.ReadAllText(file) : throw new IOException("Not a small file");
    }
}
