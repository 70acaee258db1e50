using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Acts;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Web.Hosting;
using DensaiAdmin.Web.Shared;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Localization;

namespace DensaiAdmin.Web.Users;

/// <summary>CSV保存 of BRSK005: the whole list as it is filtered, for a spreadsheet. The download is a record of the history (R22).</summary>
internal static class UserCsv
{
    public static void MapUserCsv(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet(Urls.Accounts + ".csv", WriteAsync).RequireAuthorization(new AuthorizeAttribute { Roles = nameof(UserRole.Master) }).WithMetadata(new OriginAttribute(Origin.Certificate));

    private static async Task WriteAsync(
        HttpContext http,
        UserRows rows,
        CurrentActor current,
        ActWriter acts,
        IStringLocalizer<UsersText> text,
        IStringLocalizer<SharedText> shared,
        TimeProvider clock,
        string? use = null,
        string? q = null,
        string? sort = null,
        string? dir = null)
    {
        var cancellation = http.RequestAborted;
        await acts.RecordDownloadAsync(current, "account-list", cancellation: cancellation);

        var query = UserListQuery.From(Urls.Accounts, use, q, sort, dir, null);
        var name = string.Create(CultureInfo.InvariantCulture, $"{text["Csv_FileName"]}_{JapanTime.JstDate(clock.GetUtcNow()):yyyyMMdd}.csv");
        http.Response.ContentType = "text/csv; charset=utf-8";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"accounts.csv\"; filename*=UTF-8''{Uri.EscapeDataString(name)}";

        // With a byte order mark, or Excel takes the file for Shift_JIS; and no cell may begin a formula.
        await using var writer = new StreamWriter(http.Response.Body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        await using var csv = new CsvWriter(writer, new CsvConfiguration(CultureInfo.InvariantCulture) { InjectionOptions = InjectionOptions.Escape, NewLine = "\r\n" });
        string[] columns = [shared["Label_LoginId"], shared["Label_UserName"], shared["Label_UserKind"], text["Label_Mail"], shared["Label_State"], text["Label_Use"], text["Use_Locked"]];
        foreach (var column in columns)
        {
            csv.WriteField(column);
        }

        await csv.NextRecordAsync();
        await foreach (var row in rows.StreamAsync(query, cancellation))
        {
            csv.WriteField(row.LoginId);
            csv.WriteField(row.Name);
            csv.WriteField(shared[row.IsMaster ? "Kind_Master" : "Kind_General"].Value);
            csv.WriteField(row.MailAddress);
            csv.WriteField(shared["State_" + row.State].Value);
            csv.WriteField(text[row.IsSuspended ? "Use_Suspended" : "Use_Active"].Value);
            csv.WriteField(row.Locks.Count == 0 ? "-" : string.Join(text["Comma"], row.Locks.Select(path => text["Lock_" + path].Value)));
            await csv.NextRecordAsync();
        }
    }
}
