using System.Runtime.InteropServices;
using System.Text;
using DensaiAdmin.EnrollmentApp.Enrollment;
using DensaiAdmin.EnrollmentApp.Screens;
using DensaiAdmin.EnrollmentApp.Verbs;

namespace DensaiAdmin.EnrollmentApp.Window;

/// <summary>
/// What a person must read though this program has no window to say it in. Who started it from a menu or a link sees nothing of standard
/// error: the same words go into a file where people look for what came, and to the desktop, as far as there is one.
/// </summary>
/// <param name="folder">Where people look for what came.</param>
/// <param name="environment">A variable of the environment.</param>
/// <param name="start">Starts a program; false where it is not there or failed at once.</param>
internal sealed partial class DesktopNotice(
    ReceiptFolder folder, Func<string, string?> environment, Func<string, IReadOnlyList<string>, bool> start)
{
    public static DesktopNotice OfThisPerson() => new(ReceiptFolder.OfThisPerson(), Environment.GetEnvironmentVariable, LoginBrowser.Start);

    private string FilePath => Path.Combine(folder.Path, Words.Of("Notice_File") + ".txt");

    /// <summary>Says a sentence with its code.</summary>
    public async Task SayAsync(Terminal terminal, string text, ErrorCode code, DateTimeOffset now)
    {
        var line = $"{text} ({code})";
        await terminal.Error.WriteLineAsync(line);
        // Who typed the command reads it there.
        if (terminal.IsInteractive)
        {
            return;
        }

        TryWrite($"{JapanTime.Exact(now)}\r\n{line}\r\n");
        Show(line);
    }

    /// <summary>What an earlier start said: this one begins anew.</summary>
    public void Forget()
    {
        try
        {
            File.Delete(FilePath);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // It bears the time at which it was true.
        }
    }

    private void TryWrite(string text)
    {
        try
        {
            Directory.CreateDirectory(folder.Path);
            // With the mark, because the editors of some office PCs guess another encoding without it.
            File.WriteAllText(FilePath, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Standard error has it.
        }
    }

    private void Show(string text)
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
            // What stays until it is read comes first; a notification needs no screen of ours, only the person's session.
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
