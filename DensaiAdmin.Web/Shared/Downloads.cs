using DensaiAdmin.Core.Acts;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Web.Hosting;

namespace DensaiAdmin.Web.Shared;

/// <summary>Every file that leaves the console is a record of the history (R22).</summary>
internal static class Downloads
{
    /// <summary>Records a download by who is signed in, before its first octet is sent.</summary>
    /// <param name="acts">The writer.</param>
    /// <param name="current">Who downloads.</param>
    /// <param name="detail">Code of what.</param>
    /// <param name="target">The user whom the file is about, where it is about one.</param>
    /// <param name="receiptNumber">受付番号 of the act that the file tells of, where there is one.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static Task RecordDownloadAsync(
        this ActWriter acts, CurrentActor current, string detail, User? target = null, string? receiptNumber = null, CancellationToken cancellation = default) =>
        acts.PerformAsync(
            act =>
            {
                act.Record(new HistoryEntry
                {
                    Operation = HistoryOperation.Download,
                    Result = HistoryResult.Done,
                    CompanyId = current.CompanyId,
                    UserId = current.UserId,
                    LoginId = current.LoginId,
                    Source = current.Actor.Source,
                    TargetUserId = target?.Id,
                    TargetLoginId = target?.LoginId,
                    Detail = detail,
                    ReceiptNumber = receiptNumber,
                });
                return true;
            },
            cancellation);
}
