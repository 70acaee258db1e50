using System.Runtime.InteropServices;
using DensaiAdmin.EnrollmentApp.Screens;
using DensaiAdmin.EnrollmentApp.Shared;
using DensaiAdmin.EnrollmentApp.Window;

namespace DensaiAdmin.EnrollmentApp.Verbs;

/// <summary>
/// Tells a person something while this program has no window. Whoever started it from a menu or a link does not see standard error, so the
/// same text goes to a file in the downloads folder and, where there is a desktop, to a message box.
/// </summary>
/// <param name="folder">The downloads folder.</param>
/// <param name="environment">Reads an environment variable.</param>
/// <param name="start">Starts a program; false where it does not exist or failed at once.</param>
internal sealed partial class DesktopAlert(
    ReceiptFolder folder, Func<string, string?> environment, Func<string, IReadOnlyList<string>, bool> start)
{
    public static DesktopAlert OfThisPerson() => new(ReceiptFolder.OfThisPerson(), Environment.GetEnvironmentVariable, LoginBrowser.Start);

    private static string FileName => Words.Of("Alert_File") + ".txt";

    /// <summary>Shows a text with its code.</summary>
    public async Task ShowAsync(Terminal terminal, string text, ErrorCode code, DateTimeOffset now)
    {
        var line = $"{text} ({code})";
        await terminal.Error.WriteLineAsync(line);
        // Whoever typed the command reads it there.
        if (terminal.IsInteractive)
        {
            return;
        }

        TryWrite($"{JapanTime.Exact(now)}\n{line}\n");
        ShowBox(line);
    }

    /// <summary>Deletes the file of an earlier start.</summary>
    public void Clear()
    {
        try
        {
            File.Delete(Path.Combine(folder.Path, FileName));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The file contains its date.
        }
    }

    private void TryWrite(string text)
    {
        try
        {
            TextFile.Write(folder.Path, FileName, text);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // It is on standard error.
        }
    }

    private void ShowBox(string text)
    {
        var title = Words.Of("App_Name");
        if (OperatingSystem.IsWindows())
        {
            _ = MessageBox(0, text, title, ErrorIcon);
        }
        else if (OperatingSystem.IsMacOS())
        {
            const string alert = "display alert (item 1 of a) message (item 2 of a) as critical";
            start("/usr/bin/osascript", ["-e", "on run a", "-e", alert, "-e", "end run", title, text]);
        }
        else
        {
            // A box that stays until it is read comes first. A notification needs no display, only the desktop session.
            (string Program, string[] Arguments)[] ways =
            [
                .. WindowBrowsers.HasScreen(environment)
                    ? new (string, string[])[]
                    {
                        ("zenity", ["--error", "--no-markup", "--title", title, "--text", text]),
                        ("kdialog", ["--title", title, "--error", text]),
                    }
                    : [],
                ("notify-send", ["--urgency=critical", title, text]),
            ];
            _ = ways.Any(way => start(way.Program, way.Arguments));
        }
    }

    private const uint ErrorIcon = 0x10;

    [LibraryImport("user32.dll", EntryPoint = "MessageBoxW", StringMarshalling = StringMarshalling.Utf16)]
    private static partial int MessageBox(nint owner, string text, string title, uint kind);
}
