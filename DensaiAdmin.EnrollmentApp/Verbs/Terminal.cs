using System.Text;

namespace DensaiAdmin.EnrollmentApp.Verbs;

/// <summary>Where verbs read and write; tests bring their own.</summary>
internal sealed record Terminal(TextReader In, TextWriter Out, TextWriter Error, bool IsInteractive)
{
    // Longer than any password the bank takes.
    private const int Longest = 1024;

    public static Terminal OfProcess()
    {
        if (!OperatingSystem.IsWindows() || Console.IsOutputRedirected)
        {
            Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        }

        return new Terminal(new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false)), Console.Out, Console.Error, !Console.IsInputRedirected);
    }

    /// <summary>One line, not shown while it is typed; null when there is none.</summary>
    public async Task<string?> ReadPasswordAsync(string prompt, CancellationToken cancellation)
    {
        if (!IsInteractive)
        {
            var line = await In.ReadLineAsync(cancellation);
            return line is { Length: > 0 and <= Longest } ? line : null;
        }

        await Error.WriteAsync(prompt);
        // The console waits for a key whatever happens; who gives up must not.
        var typed = await Task.Run(TypedLine, cancellation).WaitAsync(cancellation);
        await Error.WriteLineAsync();
        return typed.Length > 0 ? typed : null;
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
            else if (!char.IsControl(key.KeyChar) && typed.Length < Longest)
            {
                typed.Append(key.KeyChar);
            }
        }

        return typed.ToString();
    }
}
