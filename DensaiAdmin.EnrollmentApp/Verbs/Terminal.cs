using System.Text;
using DensaiAdmin.EnrollmentApp.Est;

namespace DensaiAdmin.EnrollmentApp.Verbs;

/// <summary>Where verbs read and write. Tests have their own.</summary>
internal sealed record Terminal(TextReader In, TextWriter Out, TextWriter Error, bool IsInteractive)
{
    private const string OpenFilesFolder = "/proc/self/fd";

    public static Terminal OfProcess()
    {
        if (!OperatingSystem.IsWindows() || Console.IsOutputRedirected)
        {
            Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        }

        // Where standard input is closed, the first file that the runtime opens gets its number, and reading it would block for ever.
        var isClosed = IsOurOwn(InputLink, WrittenTo());
        var input = isClosed ? TextReader.Null : new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false));
        return new Terminal(input, Console.Out, Console.Error, !isClosed && !Console.IsInputRedirected);
    }

    /// <summary>
    /// Whether standard input is a pipe whose other end is open in this process as well, so that nobody else can write to it.
    /// </summary>
    /// <param name="input">What standard input refers to; null where that is unknown.</param>
    /// <param name="written">What the files refer to that this process has open for writing.</param>
    internal static bool IsOurOwn(string? input, IEnumerable<string?> written) =>
        input?.StartsWith("pipe:", StringComparison.Ordinal) == true && written.Contains(input);

    private static string? InputLink => OperatingSystem.IsLinux() ? LinkOf(OpenFilesFolder + "/0") : null;

    private static IEnumerable<string?> WrittenTo() =>
        OperatingSystem.IsLinux() ? Directory.EnumerateFiles(OpenFilesFolder).Where(IsForWriting).Select(LinkOf) : [];

    private static bool IsForWriting(string file)
    {
        try
        {
            // The flags are octal, as in open(2); the lowest two bits are 0 for read-only.
            var flags = File.ReadLines($"/proc/self/fdinfo/{Path.GetFileName(file)}")
                .FirstOrDefault(line => line.StartsWith("flags:", StringComparison.Ordinal));
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

    /// <summary>Reads one line, which is not echoed; null when it is empty. A line that is too long is not read to its end.</summary>
    public async Task<string?> ReadPasswordAsync(string prompt, CancellationToken cancellation)
    {
        if (!IsInteractive)
        {
            // Reading standard input cannot be cancelled, but the program must not wait for it when it is told to end.
            var line = await Task.Run(GivenLine, cancellation).WaitAsync(cancellation);
            return line.Length > 0 ? line : null;
        }

        await Error.WriteAsync(prompt);
        // Waiting for a key cannot be cancelled either.
        var typed = await Task.Run(TypedLine, cancellation).WaitAsync(cancellation);
        await Error.WriteLineAsync();
        return typed.Length > 0 ? typed : null;
    }

    private string GivenLine()
    {
        var given = new StringBuilder();
        try
        {
            // Not ReadLine, because a line may have no end.
            while (given.Length <= Credentials.MaxPasswordLength && In.Read() is var next and >= 0 && (char)next is not ('\n' or '\r'))
            {
                given.Append((char)next);
            }
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            // Standard input is a folder, or open for writing only.
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
            else if (!char.IsControl(key.KeyChar) && typed.Length <= Credentials.MaxPasswordLength)
            {
                typed.Append(key.KeyChar);
            }
        }

        return typed.ToString();
    }
}
