using System.Text;

namespace DensaiAdmin.EnrollmentApp.Shared;

/// <summary>Text for the person to keep.</summary>
internal static class TextFile
{
    public const string ContentType = "text/plain; charset=utf-8";

    /// <summary>
    /// UTF-8 with a byte order mark, because the editors of some office PCs guess another encoding without it; lines end in CRLF.
    /// </summary>
    public static byte[] Bytes(string text) => [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r\n"))];

    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder is not this person's.</exception>
    public static void Write(string folder, string name, string text)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, name), Bytes(text));
    }
}
