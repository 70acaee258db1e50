using DensaiAdmin.Core.Acts;
using DensaiAdmin.Core.Sessions;

namespace DensaiAdmin.Core.History;

/// <summary>Foreign, deleted and invented are one answer to who asks, and one record for each look.</summary>
internal static class ForeignAccess
{
    /// <summary>Records that somebody asked for what is not there for them.</summary>
    /// <param name="acts">The writer.</param>
    /// <param name="sessions">Knows whether a page only repeats what was asked before it opened.</param>
    /// <param name="live">Who asked.</param>
    /// <param name="actor">From where.</param>
    /// <param name="asked">As it stood in the address.</param>
    public static Task RecordForeignAccessAsync(this ActWriter acts, SessionWatch sessions, LiveSession live, Actor actor, string? asked) =>
        sessions.RepeatsLook(actor, asked) ? Task.CompletedTask : acts.PerformAnyTimeAsync(
            act =>
            {
                act.Record(new HistoryEntry
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
