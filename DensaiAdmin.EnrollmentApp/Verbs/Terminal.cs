using System.Text;
using DensaiAdmin.EnrollmentApp.Est;

namespace DensaiAdmin.EnrollmentApp.Verbs;

/// <summary>Where verbs read and write; tests bring their own.</summary>
internal sealed record Terminal(TextReader In, TextWriter Out, TextWriter Error, bool IsInteractive)
{
    private const string OpenFilesFolder = "/proc/self/fd";

    public static Terminal OfProcess()
    {
        if (!OperatingSystem.IsWindows() || Console.IsOutputRedirected)
        {
            Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        }

        // With standard input closed the first thing the runtime opens takes its number, and a read of it would wait for ever.
        var isClosed = IsOurOwn(InputLink, WrittenTo());
        var input = isClosed ? TextReader.Null : new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false));
        return new Terminal(input, Console.Out, Console.Error, !isClosed && !Console.IsInputRedirected);
    }

    /// <summary>Whether standard input is a pipe whose other end this process holds as well: nobody else can write to it.</summary>
    /// <param name="input">What standard input leads to; null where the system does not say.</param>
    /// <param name="written">What the files lead to that this process has open for writing.</param>
    internal static bool IsOurOwn(string? input, IEnumerable<string?> written) =>
        input?.StartsWith("pipe:", StringComparison.Ordinal) == true && written.Contains(input);

    private static string? InputLink => OperatingSystem.IsLinux() ? LinkOf(OpenFilesFolder + "/0") : null;

    private static IEnumerable<string?> WrittenTo() =>
        OperatingSystem.IsLinux() ? Directory.EnumerateFiles(OpenFilesFolder).Where(IsForWriting).Select(LinkOf) : [];

    private static bool IsForWriting(string file)
    {
        try
        {
            // flags: octal, as in open(2); the lowest two bits are 0 where it is only read.
            var flags = File.ReadLines($"/proc/self/fdinfo/{Path.GetFileName(file)}").FirstOrDefault(line => line.StartsWith("flags:", StringComparison.Ordinal));
            return flags is not null && (flags[^1] - '0') % 4 != 0;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string? LinkOf(string file)
    {
        try
        {
            return new FileInfo(file).LinkTarget;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>One line, not shown while it is typed; null when there is none. Of one that is too long no more than shows it.</summary>
    public async Task<string?> ReadPasswordAsync(string prompt, CancellationToken cancellation)
    {
        if (!IsInteractive)
        {
            // A read of the console ends with its line and with nothing else; who is told to end must not wait for it.
            var line = await Task.Run(GivenLine, cancellation).WaitAsync(cancellation);
            return line.Length > 0 ? line : null;
        }

        await Error.WriteAsync(prompt);
        // The console waits for a key whatever happens; who gives up must not.
        var typed = await Task.Run(TypedLine, cancellation).WaitAsync(cancellation);
        await Error.WriteLineAsync();
        return typed.Length > 0 ? typed : null;
    }

    private string GivenLine()
    {
        var given = new StringBuilder();
        try
        {
            // Not ReadLine: a line may have no end.
            while (given.Length <= Credentials.LongestPassword && In.Read() is var next and >= 0 && (char)next is not ('\n' or '\r'))
            {
                given.Append((char)next);
            }
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            // A folder, or what is open for writing alone: nothing was handed over.
            return "";
        }

        return given.ToString();
    }

    private static string TypedLine()
    {
        var typed = new StringBuilder();
        while (Console.ReadKey(intercept: true) is var key && key.Key != ConsoleKey.Enter)
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                typed.Length = Math.Max(0, typed.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar) && typed.Length <= Credentials.LongestPassword)
            {
                typed.Append(key.KeyChar);
            }
        }

        return typed.ToString();
    }
}
