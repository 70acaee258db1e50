using System.Text;
using System.Text.RegularExpressions;

namespace DensaiAdmin.EnrollmentApp.Window;

/// <summary>Ubuntu's <c>/usr/bin/chromium-browser</c> and <c>/usr/bin/firefox</c> are scripts that start a snap: what counts is where that keeps its things.</summary>
internal static partial class SnapScript
{
    // The scripts are some lines long; programs are not read to their end.
    private const int MostOctets = 4096;

    /// <summary>The snap that this program starts; null: it is a program of its own, or is not there.</summary>
    public static string? SnapStartedBy(string program)
    {
        try
        {
            using var stream = new FileStream(program, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var octets = new byte[MostOctets];
            var text = Encoding.Latin1.GetString(octets, 0, stream.ReadAtLeast(octets, MostOctets, throwOnEndOfStream: false));
            return text.StartsWith("#!", StringComparison.Ordinal) && Started().Match(text) is { Success: true } found ? found.Groups["snap"].Value : null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"exec\s+/snap/bin/(?<snap>[a-z0-9-]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Started();
}
