using System.Globalization;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Acts;
using DensaiAdmin.Core.Certificates;
using DensaiAdmin.Core.History;
using DensaiAdmin.Web.Hosting;
using DensaiAdmin.Web.Shared;
using Microsoft.Extensions.Localization;

namespace DensaiAdmin.Web.History;

/// <summary>CSV保存 of BSRS001: every page of the search, for a spreadsheet. The download is itself a record (R22).</summary>
internal static class HistoryCsv
{
    public static void MapHistoryCsv(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet(Urls.HistoryCsv, WriteAsync);

    private static async Task WriteAsync(
        HttpContext http,
        OperationHistory history,
        CurrentActor current,
        ActWriter acts,
        IStringLocalizer<HistoryText> text,
        IStringLocalizer<SharedText> shared,
        TimeProvider clock,
        string? from = null,
        string? to = null,
        string? user = null,
        string? op = null,
        string? result = null,
        string? order = null)
    {
        var cancellation = http.RequestAborted;
        await acts.RecordDownloadAsync(current, "history", cancellation: cancellation);

        var now = clock.GetUtcNow();
        var words = new HistoryWords(text);
        var query = HistoryListQuery.Read(JapanTime.JstDate(now), from, to, user, op, result, order, null, null).ToCore(1);
        await using var csv = CsvFile.Begin(http, string.Create(CultureInfo.InvariantCulture, $"{text["Csv_FileName"]}_{JapanTime.JstDate(now):yyyyMMdd}.csv"), "history.csv");
        foreach (var column in (string[])[text["Number"], text["At"], text["User"], text["Operation"], text["Target"], text["Result"], text["What"], text["Csv_Count"], text["Source"], shared["Label_Serial"], text["Detail_Receipt"]])
        {
            csv.WriteField(column);
        }

        await csv.NextRecordAsync();
        await foreach (var row in history.StreamAsync(current.Actor, query, cancellation))
        {
            csv.WriteField(row.RecordNumber);
            csv.WriteField(JapanTime.Format(row.At));
            csv.WriteField(row.LoginId);
            csv.WriteField(words.Of(row.Operation));
            csv.WriteField(row.TargetLoginId);
            csv.WriteField(words.Of(row.Result));
            csv.WriteField(words.Detail(row.Detail, row.Value));
            csv.WriteField(row.Count);
            csv.WriteField(words.Source(row.Source));
            // In groups: a spreadsheet takes 32 digits, or digits around an E, for a number and rounds it.
            csv.WriteField(SerialNumber.TryParse(row.SerialNumber, out var serial) ? serial.Grouped() : "");
            csv.WriteField(row.ReceiptNumber);
            await csv.NextRecordAsync();
        }
    }
}
