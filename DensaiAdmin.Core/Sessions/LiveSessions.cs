using System.Collections.Concurrent;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.Sessions;

/// <summary>
/// Looks up the session of who asks, outside an act: before every request and every event of an open page. The database is asked each
/// time, whether anything was committed; only then is the session read again. Not asynchronous, because SQLite is not.
/// </summary>
public sealed class LiveSessions(
    IDbContextFactory<DensaiDbContext> contexts, StoreVersion version, SessionWatch sessions, TimeProvider clock)
{
    private volatile Known _known = new(default);

    /// <summary>The session with its user and certificate as stored now, or null when it is over.</summary>
    public LiveSession? Find(Actor actor) => Look(actor.SessionId).Live;

    /// <summary>The session with this ID as it stands now.</summary>
    public SessionState Look(long sessionId) => Evaluate(known => known.ById, sessionId, SessionWatch.Read);

    /// <summary>The session that a cookie's token names, as it stands now.</summary>
    public SessionState LookByToken(string token) => Evaluate(known => known.ByTokenHash, Session.HashToken(token), SessionWatch.Read);

    private SessionState Evaluate<TKey>(
        Func<Known, ConcurrentDictionary<TKey, StoredSession>> of, TKey key, Func<DensaiDbContext, TKey, StoredSession?> read)
        where TKey : notnull
    {
        // Asked before the session is read: what a commit changes in between is taken for older than it is, never for newer.
        var asked = version.Read();
        var known = _known;
        if (known.Version != asked)
        {
            _known = known = new(asked);
        }

        if (!of(known).TryGetValue(key, out var stored))
        {
            using var db = contexts.CreateDbContext();
            stored = read(db, key);
            if (stored is not null)
            {
                of(known)[key] = stored;
            }
        }

        return sessions.Evaluate(stored, clock.GetUtcNow());
    }

    /// <summary>What was read while nothing was committed. Only sessions that exist: what is invented takes no room.</summary>
    private sealed record Known((long Connection, long Commits) Version)
    {
        public ConcurrentDictionary<long, StoredSession> ById { get; } = new();

        public ConcurrentDictionary<Sha256Hash, StoredSession> ByTokenHash { get; } = new();
    }
}
