using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace DensaiAdmin.Web.Installation;

/// <summary>
/// Writes each event of the log as one line, whatever stands in it: what came in from outside must not look like another event, and
/// must not steer a terminal. Production writes JSON, which escapes by itself.
/// </summary>
internal sealed class OneLineConsole() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "one-line";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var level = logEntry.LogLevel switch
        {
            LogLevel.Trace => "trce",
            LogLevel.Debug => "dbug",
            LogLevel.Information => "info",
            LogLevel.Warning => "warn",
            LogLevel.Error => "fail",
            LogLevel.Critical => "crit",
            _ => "",
        };
        textWriter.Write($"{level}: {logEntry.Category}: ");
        WriteEscaped(textWriter, logEntry.Formatter(logEntry.State, logEntry.Exception));
        if (logEntry.Exception is { } fault)
        {
            textWriter.Write(" | ");
            WriteEscaped(textWriter, string.Join(" | ", fault.ToString().Split('\n', StringSplitOptions.TrimEntries)));
        }

        textWriter.Write(Environment.NewLine);
    }

    private static void WriteEscaped(TextWriter writer, string text)
    {
        foreach (var c in text)
        {
            // Line and paragraph separators, and the marks that turn the direction of writing, are no control characters to .NET.
            if (char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
            {
                writer.Write($"\\u{(int)c:X4}");
            }
            else
            {
                writer.Write(c);
            }
        }
    }
}
