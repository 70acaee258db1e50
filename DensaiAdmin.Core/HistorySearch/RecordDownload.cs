using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;

namespace DensaiAdmin.Core.HistorySearch;

/// <summary>A file that is asked for.</summary>
/// <param name="Detail">Code of what it is.</param>
public sealed record Download(string Detail)
{
    /// <summary>Whether only a master gets it.</summary>
    public bool IsForMasters { get; init; }

    /// <summary>The user whom the file is about, where it is about one.</summary>
    public User? Target { get; init; }

    /// <summary>受付番号 of the act that the file tells of, where there is one.</summary>
    public string? ReceiptNumber { get; init; }
}

/// <summary>Every file that leaves the console is a record of the history (R22), made before its first octet is sent.</summary>
public sealed class RecordDownload(StoreWriter writer, SessionWatch sessions)
{
    /// <summary>Records that somebody takes a file, or that it was refused.</summary>
    /// <returns>False where the session is over, or its user may not have the file any more: then nothing of it may be sent.</returns>
    public Task<bool> ByUserAsync(Actor actor, Download file, CancellationToken cancellation = default) => writer.PerformAsync(
        work =>
        {
            // Read again where nothing can change any more: what let the request in may be over.
            var live = sessions.Find(work.Db, actor.SessionId, work.Now).Live;
            var isAllowed = live is not null && (!file.IsForMasters || live.User.Role == UserRole.Master);
            work.Record(new HistoryEntry
            {
                Operation = HistoryOperation.Download,
                Result = isAllowed ? HistoryResult.Done : HistoryResult.Refused,
                CompanyId = live?.CompanyId,
                UserId = live?.User.Id,
                LoginId = live?.User.LoginId,
                Source = actor.Source,
                TargetUserId = file.Target?.Id,
                TargetLoginId = file.Target?.LoginId,
                Detail = file.Detail,
                ReceiptNumber = file.ReceiptNumber,
            });
            return isAllowed;
        },
        cancellation);
}
