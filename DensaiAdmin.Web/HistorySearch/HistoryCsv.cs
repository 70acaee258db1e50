using System.Globalization;
using DensaiAdmin.Core;
using DensaiAdmin.Core.HistorySearch;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Web.Sessions;
using DensaiAdmin.Web.Shared;
using Microsoft.Extensions.Localization;

namespace DensaiAdmin.Web.HistorySearch;

/// <summary>CSV保存 of BSRS001: every page of the search, for a spreadsheet. The download is itself a record (R22).</summary>
internal static class HistoryCsv
{
    public static void MapHistoryCsv(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet(Urls.HistoryCsv, WriteAsync);

    private static async Task WriteAsync(
        HttpContext http,
        OperationHistory history,
        CurrentActor current,
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
        if (!await http.RecordDownloadAsync("history"))
        {
            return;
        }

        var now = clock.GetUtcNow();
        var words = new HistoryWords(text);
        var query = HistoryListQuery.Read(JapanTime.JstDate(now), from, to, user, op, result, order, null, null).ToCore(1);
        await using var csv = await CsvFile.BeginAsync(
            http, string.Create(CultureInfo.InvariantCulture, $"{text["Csv_FileName"]}_{JapanTime.JstDate(now):yyyyMMdd}.csv"),
            "history.csv",
            [
                text["Number"], text["At"], text["User"], text["Operation"], text["Target"], text["Result"], text["What"],
                text["Csv_Count"], text["Source"],
                shared["Label_Serial"], text["Detail_Receipt"],
            ]);
        await foreach (var row in history.StreamAsync(current.Actor, query, cancellation))
        {
            csv.Count(row.RecordNumber);
            csv.Word(JapanTime.Format(row.At));
            csv.Value(row.LoginId);
            csv.Word(words.Of(row.Operation));
            csv.Value(row.TargetLoginId);
            csv.Word(words.Of(row.Result));
            csv.Value(words.Detail(row.Detail, row.Value));
            csv.Count(row.Count);
            csv.Value(words.Source(row.Source));
            csv.Value(SerialNumber.TryParse(row.SerialNumber, out var serial) ? serial.Grouped() : null);
            csv.Value(row.ReceiptNumber);
            await csv.EndRowAsync();
        }
    }
}
