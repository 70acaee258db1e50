using DensaiAdmin.Core.HistorySearch;
using DensaiAdmin.Core.Registry;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;

namespace DensaiAdmin.Web.Sessions;

/// <summary>Every file that leaves the console is a record of the history (R22).</summary>
internal static class Downloads
{
    /// <summary>
    /// Records a download by who is signed in, before its first octet is sent. Whoever may not have the file any more is answered here, as
    /// at any address for which he must log in.
    /// </summary>
    /// <param name="http">The request for the file.</param>
    /// <param name="detail">Code of what.</param>
    /// <param name="target">The user whom the file is about, where it is about one.</param>
    /// <param name="receiptNumber">受付番号 of the act that the file tells of, where there is one.</param>
    /// <returns>Whether the file may be sent.</returns>
    public static async Task<bool> RecordDownloadAsync(
        this HttpContext http, string detail, User? target = null, string? receiptNumber = null)
    {
        var file = new Download(detail)
        {
            // The role that the address asks for is asked for again.
            IsForMasters = http.GetEndpoint()!.Metadata.GetOrderedMetadata<IAuthorizeData>()
                .Any(needed => needed.Roles == nameof(UserRole.Master)),
            Target = target,
            ReceiptNumber = receiptNumber,
        };
        var services = http.RequestServices;
        var actor = services.GetRequiredService<CurrentActor>().Actor;
        if (await services.GetRequiredService<RecordDownload>().ByUserAsync(actor, file, http.RequestAborted))
        {
            return true;
        }

        await http.ChallengeAsync();
        return false;
    }
}
