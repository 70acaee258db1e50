using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;

namespace DensaiAdmin.Web.Shared;

/// <summary>
/// A list as a file for a spreadsheet, written as it is read: the one writer of every CSV. What somebody chose or a program made goes
/// through <see cref="Value"/>, which keeps it text; our own words and counts are written as they are.
/// </summary>
internal sealed class CsvFile : IAsyncDisposable
{
    private readonly CsvWriter _csv;

    private CsvFile(CsvWriter csv) => _csv = csv;

    /// <summary>Begins the answer. With a byte order mark, or Excel takes the file for Shift_JIS.</summary>
    /// <param name="http">The request.</param>
    /// <param name="name">File name in the reader's language.</param>
    /// <param name="plainName">For programs that know ASCII only.</param>
    /// <param name="columns">Heads, our own words.</param>
    public static async Task<CsvFile> BeginAsync(HttpContext http, string name, string plainName, IEnumerable<string> columns)
    {
        http.Response.ContentType = "text/csv; charset=utf-8";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"{plainName}\"; filename*=UTF-8''{Uri.EscapeDataString(name)}";
        var file = new CsvFile(new CsvWriter(
            new StreamWriter(http.Response.Body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true)),
            // Guarded here, not by the library: its guard knows no numbers and dates, and would mark our own words as well.
            new CsvConfiguration(CultureInfo.InvariantCulture) { InjectionOptions = InjectionOptions.None, NewLine = "\r\n" }));
        foreach (var column in columns)
        {
            file.Word(column);
        }

        await file.EndRowAsync();
        return file;
    }

    /// <summary>Our own word; null or empty where there is no value.</summary>
    public void Word(string? word) => _csv.WriteField(word ?? "");

    /// <summary>A count, a number for the spreadsheet as well.</summary>
    public void Count(long count) => _csv.WriteField(count);

    /// <summary>What somebody chose, or an identifier: stays the text that it is. Null where there is none.</summary>
    public void Value(string? value)
    {
        var guarded = SpreadsheetText.Guard(value ?? "");
        if (guarded.Length > (value?.Length ?? 0))
        {
            // In quotes, or a program that takes them away by itself would take the mark for one.
            _csv.WriteField(guarded, shouldQuote: true);
        }
        else
        {
            _csv.WriteField(guarded);
        }
    }

    /// <summary>Ends the row.</summary>
    public Task EndRowAsync() => _csv.NextRecordAsync();

    public ValueTask DisposeAsync() => _csv.DisposeAsync();
}
