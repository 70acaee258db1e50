using System.Collections.Concurrent;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Core.Sessions;

/// <summary>
/// Who asks, as the transport knows it. Every act reads anew what that session may do; without one, nothing that needs a session is done.
/// </summary>
/// <param name="SessionId">The session named by the cookie; <see cref="NoSession"/> for none.</param>
/// <param name="Source">Network address of the person, for the history; <c>server</c> for a job.</param>
public sealed record Actor(long SessionId, string Source)
{
    /// <summary>What no session has for its ID.</summary>
    public const long NoSession = 0;

    /// <summary>Name of the job that acts; null for a person.</summary>
    public string? Job { get; private init; }

    /// <summary>Somebody of whom only the network address is known: what the person shows or types says who it is.</summary>
    public static Actor Anonymous(string source) => new(NoSession, source);

    /// <summary>A job of the server itself.</summary>
    /// <param name="job">Its name.</param>
    public static Actor System(string job) => new(NoSession, "server") { Job = job };

    /// <summary>Refuses people: what follows is a job's to do, and its records say that the server did it.</summary>
    internal void RequireJob()
    {
        if (Job is null)
        {
            throw new InvalidOperationException("Only a job of the server does this.");
        }
    }

    /// <summary>
    /// Whether an open page asks. Its first question repeats what the request that brought the page asked already: one look of a person.
    /// </summary>
    public bool IsOnOpenPage { get; init; }
}

/// <summary>A session that is alive at this instant, with its user and certificate as stored now.</summary>
/// <param name="Session">The session.</param>
/// <param name="User">Its user, with the company.</param>
/// <param name="Certificate">The certificate that made it; null for ID・パスワード方式.</param>
public sealed record LiveSession(Session Session, User User, Certificate? Certificate)
{
    /// <summary>The company of the session's user. Bank staff have none.</summary>
    public long? CompanyId => User.CompanyId;
}

/// <summary>What became of a session when it was looked up.</summary>
/// <param name="Live">The session, when alive.</param>
/// <param name="Ended">Why not, when it is known and over.</param>
/// <param name="EndedAt">When it ended, UTC.</param>
public sealed record SessionState(LiveSession? Live, SessionEndReason? Ended, DateTimeOffset? EndedAt)
{
    public static readonly SessionState Unknown = new(null, null, null);
}

/// <summary>A session that was ended, as told to open pages and connections (R20).</summary>
/// <param name="SessionId">The session.</param>
/// <param name="UserId">Whose.</param>
/// <param name="CertificateFingerprint">Of the certificate that made it; null for ID・パスワード方式.</param>
/// <param name="Reason">Why it ended.</param>
public sealed record EndedSession(long SessionId, long UserId, Sha256Hash? CertificateFingerprint, SessionEndReason Reason);

/// <summary>
/// Evaluates sessions and tells their end. The database decides; memory only knows the last seconds of activity and who listens.
/// </summary>
public sealed class SessionWatch(IOptions<SessionOptions> options, RevokedSerials revoked, TimeProvider clock)
{
    private static readonly CompiledQuery<Func<DensaiDbContext, long, StoredSession?>> ById = new(() => EF.CompileQuery(
        (DensaiDbContext db, long id) => WithUser(db).AsNoTracking().SingleOrDefault(s => s.Session.Id == id)));

    private static readonly CompiledQuery<Func<DensaiDbContext, Sha256Hash, StoredSession?>> ByTokenHash = new(() => EF.CompileQuery(
        (DensaiDbContext db, Sha256Hash hash) => WithUser(db).AsNoTracking().SingleOrDefault(s => s.Session.TokenHash == hash)));

    // Longer than a browser takes from a page's answer to its circuit.
    private static readonly TimeSpan RepeatedWithin = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<long, DateTimeOffset> _activity = new();
    private readonly ConcurrentDictionary<long, (string? Asked, DateTimeOffset At)> _looks = new();

    /// <summary>Raised after the end of a session is durable. Handlers only hand over; they never wait.</summary>
    public event Action<EndedSession>? Ended;

    public SessionOptions Limits => options.Value;

    /// <summary>
    /// Notes activity of a person (never of a ping or a timer). It keeps a session, but never brings one back that was idle past
    /// its limit and is not marked as ended yet.
    /// </summary>
    /// <returns>True when the stored instant is old enough to be renewed.</returns>
    public bool NoteActivity(long sessionId, DateTimeOffset stored)
    {
        var now = clock.GetUtcNow();
        if (now >= LastActivity(sessionId, stored) + Limits.Idle)
        {
            return false;
        }

        _activity[sessionId] = now;
        return now - stored > TimeSpan.FromSeconds(30);
    }

    /// <summary>
    /// Whether a question that found nothing is the second half of one look: a page asks while it is drawn for the answer and again once
    /// it is open. Each request is a look of its own, and excuses one question of a page.
    /// </summary>
    internal bool RepeatsLook(Actor actor, string? asked)
    {
        var now = clock.GetUtcNow();
        if (!actor.IsOnOpenPage)
        {
            _looks[actor.SessionId] = (asked, now);
            return false;
        }

        return _looks.TryRemove(actor.SessionId, out var look)
            && string.Equals(look.Asked, asked, StringComparison.Ordinal)
            && now - look.At < RepeatedWithin;
    }

    /// <summary>When the person was last active, as far as memory knows.</summary>
    public DateTimeOffset LastActivity(long sessionId, DateTimeOffset stored) =>
        _activity.TryGetValue(sessionId, out var seen) && seen > stored ? seen : stored;

    /// <summary>
    /// The session with this ID as it stands at <paramref name="now"/>, read anew and without tracking, for whoever only looks and
    /// reads on in the same context: from then on that finds rows of the session's company alone.
    /// </summary>
    public SessionState Look(DensaiDbContext db, long sessionId, DateTimeOffset now) => Restrict(db, Evaluate(Read(db, sessionId), now));

    /// <summary>The same inside an act, which may change what it finds.</summary>
    public SessionState Find(DensaiDbContext db, long sessionId, DateTimeOffset now) =>
        Restrict(db, Evaluate(WithUser(db).SingleOrDefault(s => s.Session.Id == sessionId), now));

    /// <summary>What is stored of a session, over or not.</summary>
    internal static StoredSession? Read(DensaiDbContext db, long sessionId) => ById.For(db)(db, sessionId);

    /// <summary>What is stored of the session with this hash of its token.</summary>
    internal static StoredSession? Read(DensaiDbContext db, Sha256Hash tokenHash) => ByTokenHash.For(db)(db, tokenHash);

    /// <summary>What becomes at an instant of a session that is stored so.</summary>
    internal SessionState Evaluate(StoredSession? found, DateTimeOffset now)
    {
        if (found is null)
        {
            return SessionState.Unknown;
        }

        var (session, user, certificate) = (found.Session, found.User, found.Certificate);
        var over = session.EndReason
            ?? (certificate is not null && revoked.IsRevoked(certificate.SerialNumber, certificate.RevokedAt is not null)
                ? SessionEndReason.CertificateRevoked
                : default(SessionEndReason?))
            ?? (user.SuspendedAt is null && user.DeletedAt is null ? default(SessionEndReason?) : SessionEndReason.UserSuspended)
            ?? (certificate is not null || user.Company?.AuthenticationMethod == AuthenticationMethod.IdAndPassword
                ? default(SessionEndReason?)
                : SessionEndReason.MethodChanged)
            ?? (certificate?.HasExpiredAt(now) == true ? SessionEndReason.CertificateExpired : default(SessionEndReason?))
            ?? OverBy(session, now);
        return over is null
            ? new SessionState(new LiveSession(session, user, certificate), null, null)
            : new SessionState(null, over, session.EndedAt ?? EndOf(over.Value, found, now));
    }

    /// <summary>
    /// Ends every live session of a user inside an act; pages and connections learn of it once that is durable.
    /// </summary>
    /// <returns>How many were ended.</returns>
    public int EndAll(UnitOfWork work, long userId, SessionEndReason reason, long? except = null)
    {
        var live = work.Db.Sessions.Where(s => s.UserId == userId && s.EndedAt == null && s.Id != except).ToList();
        foreach (var session in live)
        {
            End(work, session, reason);
        }

        // A session that is over by its limits but was not yet marked is no login that this act ended.
        return live.Count(s => OverBy(s, work.Now) is null);
    }

    /// <summary>Ends one session inside an act.</summary>
    public void End(UnitOfWork work, Session session, SessionEndReason reason)
    {
        var limit = OverBy(session, work.Now);
        // A session that passed a limit ended there, whenever somebody noticed.
        session.End(limit is null ? work.Now : LimitOf(limit.Value, session), limit ?? reason);
        var ended = new EndedSession(session.Id, session.UserId, session.CertificateFingerprint, session.EndReason!.Value);
        work.AfterCommit(() =>
        {
            _activity.TryRemove(ended.SessionId, out _);
            _looks.TryRemove(ended.SessionId, out _);
            Ended?.Invoke(ended);
        });
    }

    /// <summary>How many sessions of a user are alive at <paramref name="now"/>.</summary>
    public int CountLive(DensaiDbContext db, long userId, DateTimeOffset now) =>
        db.Sessions.AsNoTracking().Where(s => s.UserId == userId && s.EndedAt == null).AsEnumerable().Count(s => OverBy(s, now) is null);

    /// <summary>The limit that a session has passed, or null.</summary>
    public SessionEndReason? OverBy(Session session, DateTimeOffset now) =>
        now >= session.StartedAt + Limits.Absolute ? SessionEndReason.AbsoluteLimit
        : now >= LastActivity(session.Id, session.LastActiveAt) + Limits.Idle ? SessionEndReason.Idle
        : null;

    private static SessionState Restrict(DensaiDbContext db, SessionState state)
    {
        if (state.Live is { } live)
        {
            db.RestrictTo(live.CompanyId);
        }

        return state;
    }

    private static IQueryable<StoredSession> WithUser(DensaiDbContext db) =>
        from session in db.Sessions
        join user in db.Users.Include(u => u.Company) on session.UserId equals user.Id
        join made in db.Certificates on session.CertificateId equals made.Id into makers
        from certificate in makers.DefaultIfEmpty()
        select new StoredSession { Session = session, User = user, Certificate = certificate };

    private DateTimeOffset LimitOf(SessionEndReason limit, Session session) => limit == SessionEndReason.AbsoluteLimit
        ? session.StartedAt + Limits.Absolute
        : LastActivity(session.Id, session.LastActiveAt) + Limits.Idle;

    // When it truly ended, although nobody has marked it yet: a page that says so must not say the moment of asking.
    private DateTimeOffset EndOf(SessionEndReason over, StoredSession found, DateTimeOffset now) => over switch
    {
        SessionEndReason.CertificateRevoked => found.Certificate?.RevokedAt ?? now,
        SessionEndReason.UserSuspended => found.User.SuspendedAt ?? found.User.DeletedAt ?? now,
        SessionEndReason.CertificateExpired => found.Certificate?.NotAfter ?? now,
        SessionEndReason.AbsoluteLimit or SessionEndReason.Idle => LimitOf(over, found.Session),
        SessionEndReason.LoggedOut or SessionEndReason.SecondLogin or SessionEndReason.CertificateMismatch or SessionEndReason.LoginReported
            or SessionEndReason.OtherOrigin or SessionEndReason.MethodChanged or SessionEndReason.PasswordChanged
            or SessionEndReason.StoreReconciled => now,
    };
}

/// <summary>A session as it is stored, with its user, his company and its certificate.</summary>
internal sealed class StoredSession
{
    public required Session Session { get; init; }

    public required User User { get; init; }

    public required Certificate? Certificate { get; init; }
}
