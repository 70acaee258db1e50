using System.Security.Cryptography;
using System.Text;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Core.Users;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.SignIn;

/// <summary>What came of a login with login ID and password alone.</summary>
public abstract record PasswordLogInOutcome
{
    private PasswordLogInOutcome()
    {
    }

    /// <summary>A new session.</summary>
    /// <param name="Token">For the cookie; stored nowhere.</param>
    /// <param name="SessionId">The session.</param>
    public sealed record LoggedIn(string Token, long SessionId) : PasswordLogInOutcome
    {
        public override string ToString() => $"LoggedIn {SessionId}";
    }

    /// <summary>R2: one refusal for every cause; only the history knows which.</summary>
    public sealed record Refused : PasswordLogInOutcome;

    /// <summary>Behind the right password the true cause is named (R27).</summary>
    /// <param name="Diagnosis">What keeps the user from logging in; of no certificate.</param>
    public sealed record Diagnosed(Diagnosis Diagnosis) : PasswordLogInOutcome;

    /// <summary>Too many password checks wait; nothing was evaluated.</summary>
    public sealed record Busy : PasswordLogInOutcome;
}

/// <summary>
/// ID・パスワード方式 (R2): login ID and password, for the companies whose 認証方式 allows it. Who may not log in this way (no such
/// ID, a company under 電子証明書方式, deleted) is compared with nobody's password: same cost, same count, same answer, and never a way to
/// learn whether a password was right (R23). Who may, and knows the password, is told what else is in the way (R27).
/// </summary>
public sealed class LogInByPassword(
    StoreWriter writer,
    IDbContextFactory<DensaiDbContext> contexts,
    PasswordCheck passwords,
    SourceThrottle throttle,
    SessionWatch sessions,
    RefusalCounter refusals,
    TimeProvider clock)
{
    private const string Suspended = "user-suspended";
    private const string PasswordExpired = "one-time-password-expired";

    /// <summary>Logs in.</summary>
    /// <exception cref="ClockNotTrustedException">Nobody is let in (R26); no password was looked at.</exception>
    /// <param name="loginId">As typed.</param>
    /// <param name="password">As typed.</param>
    /// <param name="actor">Who asks; nobody is known yet.</param>
    /// <param name="userAgent">What the browser calls itself.</param>
    /// <param name="cancellation">Ends the wait for a turn.</param>
    public async Task<PasswordLogInOutcome> RunAsync(
        string? loginId, SuppliedPassword password, Actor actor, string userAgent, CancellationToken cancellation = default)
    {
        var canonical = LoginId.Canonical(loginId);
        writer.Clock.Require(code => refusals.Count(Entry(HistoryResult.Refused, null, canonical, actor.Source, code)));
        PasswordLogInOutcome.Refused Refuse(string detail, User? user = null)
        {
            refusals.Count(Entry(HistoryResult.Refused, user, canonical, actor.Source, detail));
            return new();
        }

        if (throttle.Take(actor.Source) is not null)
        {
            return Refuse("too-many-requests");
        }

        // Before anything is read: the cores that a flood would take so are those that hash for the people inside.
        if (passwords.IsFull(PasswordLane.Public))
        {
            throttle.GiveBack(actor.Source);
            return new PasswordLogInOutcome.Busy();
        }

        User? user = null;
        if (canonical is not null)
        {
            await using var db = await contexts.CreateDbContextAsync(cancellation);
            user = await db.Users.AsNoTracking().Include(u => u.Company)
                .SingleOrDefaultAsync(u => u.CanonicalLoginId == canonical, cancellation);
        }

        // A try on an ID of ID・パスワード方式 belongs into its user's ログイン履歴. Of others nobody asked anything: to them this way does not exist.
        var known = user is { DeletedAt: null, Company.AuthenticationMethod: AuthenticationMethod.IdAndPassword } ? user : null;
        var evaluated = await passwords.EvaluateAsync(
            new(
                canonical ?? Stranger(loginId), PasswordPath.Open, user is { DeletedAt: null } ? user : null, known?.LoginPassword,
                password, actor.Source),
            cancellation);
        switch (evaluated.Evaluation)
        {
            case PasswordResult.Busy:
                throttle.GiveBack(actor.Source);
                return new PasswordLogInOutcome.Busy();
            case PasswordResult.Locked:
                return Refuse("password-locked", known);
            case PasswordResult.Wrong:
                return Refuse(known is null
                    ? HindranceOf(user, clock.GetUtcNow())!
                    : evaluated.Attempts.AttemptsLeft == 0
                    ? "password-locked"
                    : "password-wrong", known);
            case PasswordResult.Right:
            default:
                var outcome = await writer.PerformAsync<PasswordLogInOutcome>(
                    work => Begin(work, evaluated.Proof!, actor.Source, userAgent), cancellation);
                if (outcome is PasswordLogInOutcome.LoggedIn or PasswordLogInOutcome.Diagnosed)
                {
                    throttle.GiveBack(actor.Source);
                }

                return outcome;
        }
    }

    private PasswordLogInOutcome Begin(UnitOfWork work, EvaluatedPassword proof, string source, string userAgent)
    {
        // Evaluated again where nothing can change any more: a suspension, or another password, may have come while this one was hashed.
        var user = work.Db.Users.Include(u => u.Company).Single(u => u.Id == proof.UserId);
        if ((proof.IsUnchangedOf(user) ? HindranceOf(user, work.Now) : "password-changed-meanwhile") is { } hindrance)
        {
            work.Record(Entry(HistoryResult.Refused, user, user.LoginId, source, hindrance));
            var person = NextSteps.PersonOf(work.Db, user, work.Now);
            return hindrance switch
            {
                Suspended => new PasswordLogInOutcome.Diagnosed(
                    new(CertificateFinding.UserSuspended, User: user, At: user.SuspendedAt, Person: person)),
                PasswordExpired => new PasswordLogInOutcome.Diagnosed(
                    new(CertificateFinding.InitialPasswordExpired, User: user, At: user.OneTimePasswordExpiresAt, Person: person)),
                _ => new PasswordLogInOutcome.Refused(),
            };
        }

        if (sessions.EndAll(work, user.Id, SessionEndReason.SecondLogin) > 0)
        {
            work.Record(
                Entry(HistoryResult.Done, user, user.LoginId, source, "second-login") with { Operation = HistoryOperation.SessionEnd });
        }

        var token = Session.NewToken();
        var session = new Session(user.Id, Session.HashToken(token), source, userAgent, work.Now);
        work.Db.Sessions.Add(session);
        work.Record(Entry(HistoryResult.Done, user, user.LoginId, source, "id-and-password"));
        work.Db.SaveChanges();
        return new PasswordLogInOutcome.LoggedIn(token, session.Id);
    }

    /// <summary>Code of what keeps a user from this way to log in, whatever the password; null for nothing.</summary>
    private static string? HindranceOf(User? user, DateTimeOffset now) => user switch
    {
        null or { DeletedAt: not null } => "login-id-unknown",
        not { Company.AuthenticationMethod: AuthenticationMethod.IdAndPassword } => "password-method-refused",
        { SuspendedAt: not null } => Suspended,
        _ => user.OneTimePasswordExpiresAt <= now ? PasswordExpired : null,
    };

    // Texts that cannot be login IDs are counted apart from each other, as IDs are, and are of any length.
    private static string Stranger(string? given) => "?" + Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(given ?? "")));

    private static HistoryEntry Entry(HistoryResult result, User? user, string? loginId, string source, string detail) => new()
    {
        Operation = HistoryOperation.Login,
        Result = result,
        CompanyId = user?.CompanyId,
        UserId = user?.Id,
        LoginId = loginId,
        Source = source,
        Detail = detail,
    };
}
