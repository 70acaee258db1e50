using System.Text;
using System.Text.RegularExpressions;

namespace DensaiAdmin.EndToEnd;

/// <summary>The mails that the demo bank sent: one file each.</summary>
public static partial class Mailbox
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Every mail, oldest first: headers as they are, text parts decoded.</summary>
    public static List<string> All(AppUnderTest app)
    {
        var folder = Path.Combine(app.DataDirectory, "mail");
        return Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*.eml").Order(StringComparer.Ordinal).Select(Read)] : [];
    }

    /// <summary>Waits for a mail to an address that says something, and gives it.</summary>
    public static async Task<string> UntilAsync(AppUnderTest app, string address, string words)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        using var limit = new CancellationTokenSource(Limit);
        while (true)
        {
            if (All(app).Find(mail => mail.Contains($"To: {address}", StringComparison.Ordinal)
                && mail.Contains(words, StringComparison.Ordinal)) is { } found)
            {
                return found;
            }

            await timer.WaitForNextTickAsync(limit.Token);
        }
    }

    private static string Read(string file)
    {
        var raw = File.ReadAllText(file);
        var parts = Base64Part().Matches(raw).Select(part => Encoding.UTF8.GetString(
            Convert.FromBase64String(part.Groups["body"].Value.Replace("\r\n", "", StringComparison.Ordinal))));
        return raw[..raw.IndexOf("\r\n\r\n", StringComparison.Ordinal)] + "\n" + string.Join("\n", parts);
    }

    [GeneratedRegex(
        @"Content-Transfer-Encoding: base64\r\n\r\n(?<body>[A-Za-z0-9+/=\r\n]+)",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Base64Part();
}
