using System.Text;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Revocation;
using DensaiAdmin.Web.Sessions;
using DensaiAdmin.Web.Shared;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Localization;

namespace DensaiAdmin.Web.Revocation;

/// <summary>保存 of BRSK020: the result as a text file, under the same guard as the page.</summary>
internal static class RevocationReceipt
{
    public static void MapRevocationReceipt(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet(Urls.RevocationReceipt("{number}"), WriteAsync).RequireAuthorization(
            new AuthorizeAttribute { Roles = nameof(UserRole.Master) });

    private static async Task<IResult> WriteAsync(
        string number,
        RevocationQueries queries,
        CurrentActor current,
        IStringLocalizer<RevocationText> text,
        IStringLocalizer<SharedText> shared,
        HttpContext http)
    {
        if (await queries.FindResultAsync(current.Actor, number, http.RequestAborted) is not { } result)
        {
            return Results.NotFound();
        }

        var (revocation, user, published) = result;
        if (!await http.RecordDownloadAsync("revocation-receipt", user, revocation.ReceiptNumber))
        {
            return Results.Empty;
        }

        var lines = new List<(string Label, string Value)>
        {
            (text["Result_Number"], revocation.ReceiptNumber),
            (shared["Label_LoginId"], user.LoginId),
            (shared["Label_UserName"], user.Name),
            (shared["Label_State"], shared["State_" + CertificateStatus.Revoked]),
            (text["Result_RevokedAt"], JapanTime.Format(revocation.RevokedAt)),
            (text["Confirm_Reason"], text["Reason_" + revocation.Reason]),
            (shared["Label_Serial"], revocation.SerialNumber),
            (text["Result_Ended"], shared["Count", revocation.SessionsEnded]),
            (text["Result_Crl"], published is { } at ? JapanTime.Format(at) : text["Result_CrlPending"]),
            (text["Result_Actor"], $"{revocation.RevokedByName} {revocation.RevokedBy}"),
        };
        if (revocation.Suspended)
        {
            lines.Add((text["Result_Suspension"], text["Result_Suspended"]));
        }

        var body = new StringBuilder().Append(text["Result_Title"].Value).Append("\r\n\r\n");
        foreach (var (label, value) in lines)
        {
            body.Append(label).Append(": ").Append(value).Append("\r\n");
        }

        // With a byte order mark: the editor of an office PC takes the file for Shift_JIS without it.
        byte[] file = [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(body.ToString())];
        return Results.File(file, "text/plain; charset=utf-8", revocation.ReceiptNumber + ".txt");
    }
}
