using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;

namespace DensaiAdmin.Web.Shared;

/// <summary>A list as a file for a spreadsheet, written as it is read.</summary>
internal static class CsvFile
{
    // What a spreadsheet takes for the beginning of a formula; one of East Asia takes the wide forms as well.
    private static readonly char[] BeginsFormula = ['=', '@', '+', '-', '\t', '\r', '\n', '\uFF1D', '\uFF20', '\uFF0B', '\uFF0D'];

    /// <summary>Begins the answer. With a byte order mark, or Excel takes the file for Shift_JIS; and no cell may begin a formula.</summary>
    /// <param name="http">The request.</param>
    /// <param name="name">File name in the reader's language.</param>
    /// <param name="plainName">For programs that know ASCII only.</param>
    public static CsvWriter Begin(HttpContext http, string name, string plainName)
    {
        http.Response.ContentType = "text/csv; charset=utf-8";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"{plainName}\"; filename*=UTF-8''{Uri.EscapeDataString(name)}";
        return new CsvWriter(
            new StreamWriter(http.Response.Body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true)),
            new CsvConfiguration(CultureInfo.InvariantCulture) { InjectionOptions = InjectionOptions.Escape, InjectionCharacters = BeginsFormula, NewLine = "\r\n" });
    }
}
