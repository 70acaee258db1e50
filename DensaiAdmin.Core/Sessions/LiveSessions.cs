using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.Sessions;

/// <summary>Looks up the session of who asks, outside an act.</summary>
public sealed class LiveSessions(IDbContextFactory<DensaiDbContext> contexts, SessionWatch sessions, TimeProvider clock)
{
    /// <summary>The session with its user and certificate as stored now, or null when it is over.</summary>
    public async Task<LiveSession?> FindAsync(Actor actor, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return sessions.Look(db, actor.SessionId, clock.GetUtcNow()).Live;
    }
}
