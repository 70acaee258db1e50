using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Core.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Core.SignIn;

/// <summary>What came of a login with certificate and password.</summary>
public abstract record LogInOutcome
{
    private LogInOutcome()
    {
    }

    /// <summary>A new session.</summary>
    /// <param name="Token">For the cookie; stored nowhere.</param>
    /// <param name="SessionId">The session.</param>
    /// <param name="AsksForRenewal">Whether the 証明書更新選択画面 comes before home (R7).</param>
    public sealed record LoggedIn(string Token, long SessionId, bool AsksForRenewal) : LogInOutcome
    {
        public override string ToString() => $"LoggedIn {SessionId}";
    }

    /// <summary>The certificate does not log in: BLGI003.</summary>
    public sealed record Diagnosed(Diagnosis Diagnosis) : LogInOutcome;

    /// <summary>Wrong password; so many attempts are left.</summary>
    public sealed record WrongPassword(Diagnosis Diagnosis, int AttemptsLeft) : LogInOutcome;

    /// <summary>Too many password checks wait; nothing was evaluated.</summary>
    public sealed record Busy(Diagnosis Diagnosis) : LogInOutcome;
}

/// <summary>
/// 電子証明書ログイン: certificate in the inventory and password (R9, R20–R23). A login ends the user's earlier session; the
/// first one with a renewed certificate supersedes the old one.
/// </summary>
public sealed class LogIn(
    StoreWriter writer,
    CertificateDiagnosis diagnosis,
    PasswordCheck passwords,
    SessionWatch sessions,
    CrlSignal crl,
    RefusalCounter refusals,
    IOptions<CertificatePolicyOptions> policy)
{
    /// <summary>What <c>/login</c> shows for the presented certificate. A refusal is recorded.</summary>
    /// <exception cref="ClockNotTrustedException">
    /// By the time alone the certificate would be refused, and the time is not to be trusted (R26).
    /// </exception>
    public async Task<Diagnosis> DiagnoseAsync(byte[]? presented, Actor actor, CancellationToken cancellation = default)
    {
        var found = await diagnosis.EvaluateAsync(presented, cancellation);
        if (found.Finding is CertificateFinding.Expired or CertificateFinding.NotYetValid)
        {
            writer.Clock.Require(code => refusals.Count(Refusal(found, actor.Source) with { Detail = code }));
        }

        if (found.Finding is not (CertificateFinding.Good or CertificateFinding.None))
        {
            refusals.Count(Refusal(found, actor.Source));
        }

        return found;
    }

    /// <summary>Logs in.</summary>
    /// <exception cref="ClockNotTrustedException">Nobody is let in (R26); no password was looked at.</exception>
    public async Task<LogInOutcome> WithCertificateAsync(
        byte[]? presented, SuppliedPassword password, Actor actor, string userAgent, CancellationToken cancellation = default)
    {
        var found = await DiagnoseAsync(presented, actor, cancellation);
        if (found.Finding != CertificateFinding.Good || presented is null)
        {
            if (found.Finding == CertificateFinding.None)
            {
                // To come without a certificate is a visit; to send a password without one is a try.
                refusals.Count(Refusal(found, actor.Source));
            }

            return new LogInOutcome.Diagnosed(found);
        }

        var user = found.User!;
        writer.Clock.Require(code => refusals.Count(Refusal(found, actor.Source) with { Detail = code }));
        var evaluated = await passwords.EvaluateAsync(
            new(user.CanonicalLoginId, PasswordPath.Certificate, user, user.LoginPassword, password, actor.Source), cancellation);
        switch (evaluated.Evaluation)
        {
            case PasswordResult.Busy:
                return new LogInOutcome.Busy(found);
            case PasswordResult.Locked:
                var locked = await diagnosis.WhomToTellAsync(
                    found with { Finding = CertificateFinding.PasswordLocked, At = evaluated.Attempts.LockedUntil }, cancellation);
                refusals.Count(Refusal(locked, actor.Source));
                return new LogInOutcome.Diagnosed(locked);
            case PasswordResult.Wrong:
                await writer.PerformAnyTimeAsync(
                    work =>
                    {
                        work.Record(Refusal(found, actor.Source) with
                        {
                            Detail = evaluated.Attempts.AttemptsLeft == 0 ? "password-locked" : "password-wrong",
                            Value = evaluated.Attempts.AttemptsLeft.ToString(CultureInfo.InvariantCulture),
                        });
                        return true;
                    },
                    CancellationToken.None);
                // The lock is told as it stands now: another may have released it meanwhile.
                return evaluated.Attempts.AttemptsLeft == 0
                    && await diagnosis.EvaluateAsync(presented, cancellation) is { Finding: not CertificateFinding.Good } now
                    ? new LogInOutcome.Diagnosed(now)
                    : new LogInOutcome.WrongPassword(found, evaluated.Attempts.AttemptsLeft);
            case PasswordResult.Right:
            default:
                return await writer.PerformAsync<LogInOutcome>(
                    work => Begin(work, evaluated, presented, actor.Source, userAgent), cancellation);
        }
    }

    private LogInOutcome Begin(UnitOfWork work, PasswordEvaluation evaluated, byte[] presented, string source, string userAgent)
    {
        // Evaluated again where nothing can change any more: a revocation, or another password, may have come while this one was hashed.
        var found = diagnosis.Evaluate(work.Db, presented, work.Now);
        if (found.Finding != CertificateFinding.Good)
        {
            work.Record(Refusal(found, source));
            return new LogInOutcome.Diagnosed(found);
        }

        var (user, certificate) = (found.User!, found.Certificate!);
        if (!evaluated.Proof!.IsUnchangedOf(user))
        {
            work.Record(Refusal(found, source) with { Detail = "password-changed-meanwhile" });
            return new LogInOutcome.WrongPassword(found, evaluated.Attempts.AttemptsLeft);
        }

        if (user.OneTimePasswordExpiresAt <= work.Now)
        {
            // Said behind the right password alone (R27), and no wrong one is counted.
            var late = found with
            {
                Finding = CertificateFinding.InitialPasswordExpired,
                At = user.OneTimePasswordExpiresAt,
                Person = NextSteps.PersonOf(work.Db, user, work.Now),
            };
            work.Record(Refusal(late, source));
            return new LogInOutcome.Diagnosed(late);
        }

        if (sessions.EndAll(work, user.Id, SessionEndReason.SecondLogin) > 0)
        {
            work.Record(Done(HistoryOperation.SessionEnd, user, source, "second-login"));
        }

        if (certificate.FirstUsedAt is null)
        {
            certificate.NoteUse(work.Now);
            Supersede(work, certificate, source);
        }

        var token = Session.NewToken();
        var session = new Session(
            user.Id, certificate.Id, certificate.Sha256Fingerprint, Session.HashToken(token), source, userAgent, work.Now);
        // R8: every login inside the window asks again.
        if (RenewalWindow.IsOpen(certificate.NotAfter, work.Now, policy.Value.RenewalWindowDays))
        {
            session.AskForRenewal();
        }

        work.Db.Sessions.Add(session);
        work.Record(Done(
            HistoryOperation.Login, user, source, "certificate-and-password") with
        { SerialNumber = certificate.SerialNumber.ToString() });
        work.Db.SaveChanges();
        return new LogInOutcome.LoggedIn(token, session.Id, session.OwesRenewalAnswer);
    }

    // A renewal locks nobody out (docs/rules.md): the old certificate ends when the new one proves by its first use that it was installed.
    private void Supersede(UnitOfWork work, Certificate used, string source)
    {
        var older = work.Db.Certificates.Where(
            c => c.UserId == used.UserId && c.Id != used.Id && c.RevokedAt == null && c.IssuedAt <= used.IssuedAt).ToList();
        foreach (var certificate in older)
        {
            work.Revoke(certificate, used.User.LoginId, X509RevocationReason.Superseded);
            work.Record(Done(HistoryOperation.Revocation, used.User, source, "superseded-by-first-use") with
            {
                TargetUserId = used.UserId,
                TargetLoginId = used.User.LoginId,
                SerialNumber = certificate.SerialNumber.ToString(),
                Value = nameof(X509RevocationReason.Superseded),
            });
        }

        if (older.Count > 0)
        {
            work.AfterCommit(crl.Request);
        }
    }

    private static HistoryEntry Done(HistoryOperation operation, User user, string source, string detail) => new()
    {
        Operation = operation,
        Result = HistoryResult.Done,
        CompanyId = user.CompanyId,
        UserId = user.Id,
        LoginId = user.LoginId,
        Source = source,
        Detail = detail,
    };

    private static HistoryEntry Refusal(Diagnosis found, string source) => new()
    {
        Operation = HistoryOperation.Login,
        Result = HistoryResult.Refused,
        CompanyId = found.User?.CompanyId,
        UserId = found.User?.Id,
        LoginId = found.User?.LoginId,
        Source = source,
        SerialNumber = found.Certificate?.SerialNumber.ToString(),
        Detail = found.Finding switch
        {
            CertificateFinding.Good => "login-refused",
            CertificateFinding.None => "no-certificate",
            CertificateFinding.NotOurs => "certificate-not-ours",
            CertificateFinding.ProfileWrong => "certificate-profile-wrong",
            CertificateFinding.UnknownSerial => "certificate-unknown",
            CertificateFinding.NotYetValid => "certificate-not-yet-valid",
            CertificateFinding.Expired => "certificate-expired",
            CertificateFinding.Revoked => "certificate-revoked",
            CertificateFinding.Superseded => "certificate-superseded",
            CertificateFinding.UserSuspended => "user-suspended",
            CertificateFinding.PasswordLocked => "password-locked",
            CertificateFinding.UserDeleted => "user-deleted",
            CertificateFinding.InitialPasswordExpired => "one-time-password-expired",
            CertificateFinding.PasswordMethod => "method-not-certificate",
        },
    };
}

/// <summary>ログアウト and the end of a session by its limits.</summary>
public sealed class LogOut(StoreWriter writer, SessionWatch sessions)
{
    /// <summary>Ends the session everywhere. Nothing happens when it is over already.</summary>
    public Task<bool> ByUserAsync(Actor actor, CancellationToken cancellation = default) =>
        EndAsync(actor, actor.SessionId, SessionEndReason.LoggedOut, cancellation);

    /// <summary>Ends a session for another reason than the user's own, and records it.</summary>
    /// <param name="actor">Who ends it; the record has the source.</param>
    /// <param name="sessionId">Which session.</param>
    /// <param name="reason">Why.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Whether this call ended it.</returns>
    public Task<bool> EndAsync(Actor actor, long sessionId, SessionEndReason reason, CancellationToken cancellation = default) =>
        writer.PerformAnyTimeAsync(
            work =>
            {
                var session = work.Db.Sessions.Include(s => s.User).SingleOrDefault(s => s.Id == sessionId && s.EndedAt == null);
                if (session is null
                    || (reason is SessionEndReason.Idle or SessionEndReason.AbsoluteLimit && sessions.OverBy(session, work.Now) is null))
                {
                    return false;
                }

                sessions.End(work, session, reason);
                work.Record(new HistoryEntry
                {
                    Operation = reason == SessionEndReason.LoggedOut ? HistoryOperation.Logout : HistoryOperation.SessionEnd,
                    Result = HistoryResult.Done,
                    CompanyId = session.User.CompanyId,
                    UserId = session.UserId,
                    LoginId = session.User.LoginId,
                    Source = actor.Source,
                    Detail = session.EndReason switch
                    {
                        SessionEndReason.LoggedOut => "by-user",
                        SessionEndReason.Idle => "idle",
                        SessionEndReason.AbsoluteLimit => "absolute-limit",
                        SessionEndReason.CertificateMismatch => "certificate-mismatch",
                        SessionEndReason.CertificateExpired => "certificate-expired",
                        SessionEndReason.OtherOrigin => "other-origin",
                        _ => "ended",
                    },
                });
                return true;
            },
            cancellation);

    /// <summary>Ends every session that is over by its limits or by its certificate's notAfter.</summary>
    /// <returns>How many.</returns>
    public async Task<int> SweepAsync(
        Actor actor, IDbContextFactory<DensaiDbContext> contexts, TimeProvider clock, CancellationToken cancellation = default)
    {
        actor.RequireJob();
        List<(long Id, SessionEndReason Reason)> over = [];
        await using (var db = await contexts.CreateDbContextAsync(cancellation))
        {
            var now = clock.GetUtcNow();
            var open = await (
                from session in db.Sessions.AsNoTracking()
                where session.EndedAt == null
                join certificate in db.Certificates on session.CertificateId equals (long?)certificate.Id into makers
                from certificate in makers.DefaultIfEmpty()
                select new { Session = session, NotAfter = (DateTimeOffset?)certificate.NotAfter }).ToListAsync(cancellation);
            foreach (var item in open)
            {
                if ((item.NotAfter is { } notAfter && CertificateStatuses.HasExpired(notAfter, now)
                    ? SessionEndReason.CertificateExpired
                    : sessions.OverBy(item.Session, now)) is { } reason)
                {
                    over.Add((item.Session.Id, reason));
                }
            }
        }

        var ended = 0;
        foreach (var (id, reason) in over)
        {
            ended += await EndAsync(actor, id, reason, cancellation) ? 1 : 0;
        }

        return ended;
    }
}
