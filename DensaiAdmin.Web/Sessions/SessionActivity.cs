using System.Collections.Concurrent;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;

namespace DensaiAdmin.Web.Sessions;

/// <summary>
/// Notes that a person acted: in memory at once, in the store at most every half minute, never keeping the person waiting.
/// </summary>
internal sealed partial class SessionActivity(SessionWatch sessions, StoreWriter writer, ILogger<SessionActivity> log)
{
    private readonly ConcurrentDictionary<long, bool> _storing = new();

    public void Note(Session session)
    {
        if (sessions.NoteActivity(session.Id, session.LastActiveAt) && _storing.TryAdd(session.Id, true))
        {
            _ = StoreAsync(session.Id);
        }
    }

    private async Task StoreAsync(long sessionId)
    {
        try
        {
            await writer.PerformAnyTimeAsync(work =>
            {
                if (work.Db.Sessions.Find(sessionId) is { EndedAt: null } session)
                {
                    session.NoteActivity(work.Now);
                }

                return true;
            });
        }
        catch (Exception fault)
        {
            LogNotStored(log, StoreUnavailableException.CauseOf(fault), StoreUnavailableException.Unexplained(fault));
        }
        finally
        {
            _storing.TryRemove(sessionId, out _);
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning, Message = "The last activity of a session could not be stored; memory still knows it: {Cause}")]
    private static partial void LogNotStored(ILogger logger, string cause, Exception? fault);
}
