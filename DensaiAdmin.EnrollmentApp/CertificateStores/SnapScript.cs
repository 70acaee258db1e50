using System.Text;
using System.Text.RegularExpressions;

namespace DensaiAdmin.EnrollmentApp.CertificateStores;

/// <summary>
/// Ubuntu's <c>/usr/bin/chromium-browser</c> and <c>/usr/bin/firefox</c> are scripts that start a snap, which keeps its profile in a folder
/// of its own.
/// </summary>
internal static partial class SnapScript
{
    // The scripts have a few lines; of a real program only the beginning is read.
    private const int MaxBytes = 4096;

    /// <summary>The snap that this program starts; null where it is a program itself or does not exist.</summary>
    public static string? SnapStartedBy(string program)
    {
        try
        {
            using var stream = new FileStream(program, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[MaxBytes];
            var text = Encoding.Latin1.GetString(bytes, 0, stream.ReadAtLeast(bytes, MaxBytes, throwOnEndOfStream: false));
            return text.StartsWith("#!", StringComparison.Ordinal) && Started().Match(text) is { Success: true } found
                ? found.Groups["snap"].Value
                : null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"exec\s+/snap/bin/(?<snap>[a-z0-9-]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Started();
}
