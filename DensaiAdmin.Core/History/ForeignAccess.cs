using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;

namespace DensaiAdmin.Core.History;

/// <summary>Foreign, deleted and invented are one answer to who asks, and one record for each look.</summary>
internal static class ForeignAccess
{
    /// <summary>Records that somebody asked for what is not there for them.</summary>
    /// <param name="writer">The writer.</param>
    /// <param name="sessions">Knows whether a page only repeats what was asked before it opened.</param>
    /// <param name="live">Who asked.</param>
    /// <param name="actor">From where.</param>
    /// <param name="asked">As it stood in the address.</param>
    public static Task RecordForeignAccessAsync(
        this StoreWriter writer, SessionWatch sessions, LiveSession live, Actor actor, string? asked) =>
        sessions.RepeatsLook(actor, asked) ? Task.CompletedTask : writer.PerformAnyTimeAsync(
            work =>
            {
                work.Record(new HistoryEntry
                {
                    Operation = HistoryOperation.ForeignAccess,
                    Result = HistoryResult.Refused,
                    CompanyId = live.CompanyId,
                    UserId = live.User.Id,
                    LoginId = live.User.LoginId,
                    Source = actor.Source,
                    Detail = "not-found",
                    Value = asked,
                });
                return true;
            },
            CancellationToken.None);
}
