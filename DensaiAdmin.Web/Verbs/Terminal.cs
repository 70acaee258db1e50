using System.Text;

namespace DensaiAdmin.Web.Verbs;

/// <summary>Where a verb asks and answers: the terminal, or the streams that stand in for it.</summary>
internal interface ITerminal
{
    TextWriter Output { get; }

    TextWriter Error { get; }

    /// <summary>Asks for a line. Null at the end of the input.</summary>
    string? Ask(string prompt);

    /// <summary>Asks for a line that is not shown. Null at the end of the input.</summary>
    string? AskSecret(string prompt);
}

/// <summary>
/// The process's own. On a terminal, prompts go to stderr and passwords are not echoed; when the input is a pipe or a file,
/// answers are its lines and nothing is prompted.
/// </summary>
internal sealed class ConsoleTerminal : ITerminal
{
    private readonly Lazy<TextReader> _lines = new(() => new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false)));

    public TextWriter Output { get; } = Writer(Console.OpenStandardOutput());

    public TextWriter Error { get; } = Writer(Console.OpenStandardError());

    public string? Ask(string prompt)
    {
        if (Console.IsInputRedirected)
        {
            return _lines.Value.ReadLine();
        }

        Error.Write(prompt);
        return Console.ReadLine();
    }

    public string? AskSecret(string prompt)
    {
        if (Console.IsInputRedirected)
        {
            return _lines.Value.ReadLine();
        }

        Error.Write(prompt);
        var typed = new StringBuilder();
        while (true)
        {
            var key = Console.ReadKey(intercept: true);
            switch (key.Key)
            {
                case ConsoleKey.Enter:
                    Error.WriteLine();
                    return typed.ToString();
                case ConsoleKey.Backspace:
                    typed.Length -= typed.Length == 0 ? 0 : typed.Length > 1 && char.IsLowSurrogate(typed[^1]) ? 2 : 1;
                    break;
                default:
                    if (key.KeyChar != '\0')
                    {
                        typed.Append(key.KeyChar);
                    }

                    break;
            }
        }
    }

    private static StreamWriter Writer(Stream stream) => new(stream, new UTF8Encoding(false)) { AutoFlush = true, NewLine = "\n" };
}
