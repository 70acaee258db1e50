using System.Globalization;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Web.Sessions;
using DensaiAdmin.Web.Shared;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Web.Revocation;

/// <summary>CSV保存 of BRSK018: the whole list as it is filtered, for a spreadsheet. The download is a record of the history (R22).</summary>
internal static class RevocationCsv
{
    public static void MapRevocationCsv(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet(Urls.RevocationCsv, WriteAsync).RequireAuthorization(new AuthorizeAttribute { Roles = nameof(UserRole.Master) });

    private static async Task WriteAsync(
        HttpContext http,
        CertificateHolders holders,
        CurrentActor current,
        IStringLocalizer<RevocationText> text,
        IStringLocalizer<SharedText> shared,
        IOptions<CertificatePolicyOptions> policy,
        TimeProvider clock,
        string? state = null,
        string? q = null,
        string? sort = null,
        string? dir = null)
    {
        var cancellation = http.RequestAborted;
        var window = policy.Value.RenewalWindowDays;
        if (!await http.RecordDownloadAsync("user-list"))
        {
            return;
        }

        var now = clock.GetUtcNow();
        var query = RevocationRows.Query(RevocationListQuery.From(state, q, sort, dir, null), current.CompanyId!.Value, window);
        var name = string.Create(CultureInfo.InvariantCulture, $"{text["Csv_FileName"]}_{JapanTime.JstDate(now):yyyyMMdd}.csv");
        string[] columns = ["Label_LoginId", "Label_UserName", "Label_UserKind", "Label_State", "Label_NotAfter", "Label_Serial"];
        await using var csv = await CsvFile.BeginAsync(http, name, "users.csv", columns.Select(column => shared[column].Value));
        await foreach (var holder in holders.StreamAsync(query, cancellation))
        {
            var row = RevocationRows.Row(holder, now, window);
            csv.Value(row.LoginId);
            csv.Value(row.Name);
            csv.Word(shared[row.IsMaster ? "Kind_Master" : "Kind_General"]);
            csv.Word(shared["State_" + row.State]);
            csv.Word(row.NotAfter is { } notAfter ? JapanTime.Format(notAfter) : null);
            // In groups, as it is shown: 32 digits are nothing that anybody could compare by eye.
            csv.Value(SerialNumber.TryParse(row.Serial, out var serial) ? serial.Grouped() : null);
            await csv.EndRowAsync();
        }
    }
}
