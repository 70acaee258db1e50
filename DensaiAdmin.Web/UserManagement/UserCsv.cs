using System.Globalization;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Web.Sessions;
using DensaiAdmin.Web.Shared;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Localization;

namespace DensaiAdmin.Web.UserManagement;

/// <summary>CSV保存 of BRSK005: the whole list as it is filtered, for a spreadsheet. The download is a record of the history (R22).</summary>
internal static class UserCsv
{
    public static void MapUserCsv(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet(Urls.Accounts + ".csv", WriteAsync).RequireAuthorization(
            new AuthorizeAttribute { Roles = nameof(UserRole.Master) });

    private static async Task WriteAsync(
        HttpContext http,
        UserRows rows,
        IStringLocalizer<UsersText> text,
        IStringLocalizer<SharedText> shared,
        TimeProvider clock,
        string? use = null,
        string? q = null,
        string? sort = null,
        string? dir = null)
    {
        var cancellation = http.RequestAborted;
        if (!await http.RecordDownloadAsync("account-list"))
        {
            return;
        }

        var query = UserListQuery.From(Urls.Accounts, use, q, sort, dir, null);
        var name = string.Create(
            CultureInfo.InvariantCulture, $"{text["Csv_FileName"]}_{JapanTime.JstDate(clock.GetUtcNow()):yyyyMMdd}.csv");
        await using var csv = await CsvFile.BeginAsync(
            http, name, "accounts.csv",
            [
                shared["Label_LoginId"], shared["Label_UserName"], shared["Label_UserKind"], text["Label_Mail"],
                shared["Label_State"], text["Label_Use"], text["Use_Locked"],
            ]);
        await foreach (var row in rows.StreamAsync(query, cancellation))
        {
            csv.Value(row.LoginId);
            csv.Value(row.Name);
            csv.Word(shared[row.IsMaster ? "Kind_Master" : "Kind_General"]);
            csv.Value(row.MailAddress);
            csv.Word(shared["State_" + row.State]);
            csv.Word(text[row.IsSuspended ? "Use_Suspended" : "Use_Active"]);
            csv.Word(string.Join(text["Comma"], row.Locks.Select(path => text["Lock_" + path].Value)));
            await csv.EndRowAsync();
        }
    }
}
