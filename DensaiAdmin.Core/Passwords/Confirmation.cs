using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.Passwords;

/// <summary>What a 確認用パスワード confirms: one act on one target. A confirmation of one is no confirmation of another.</summary>
/// <param name="Operation">The act, as the history names it.</param>
/// <param name="TargetUserId">The user it concerns; 0 for one who is only to be registered.</param>
/// <param name="Target">What exactly was shown, for example the serial.</param>
public sealed record ConfirmedOperation(HistoryOperation Operation, long TargetUserId, string Target);

/// <summary>Why a 確認用パスワード that was typed confirmed nothing (R14).</summary>
public abstract record UnconfirmedOutcome
{
    private UnconfirmedOutcome()
    {
    }

    /// <summary>Wrong; so many attempts are left before it locks.</summary>
    public sealed record Wrong(int AttemptsLeft) : UnconfirmedOutcome;

    /// <summary>Locked until the counter or another master releases it.</summary>
    /// <param name="ByThisAttempt">Whether this very attempt locked it.</param>
    public sealed record Locked(bool ByThisAttempt) : UnconfirmedOutcome;

    /// <summary>The session is over.</summary>
    public sealed record SessionEnded : UnconfirmedOutcome;

    /// <summary>Too many password checks wait; try again.</summary>
    public sealed record Busy : UnconfirmedOutcome;
}

/// <summary>
/// Proof that the acting user typed the 確認用パスワード for one act on one target. Only <see cref="Check"/> can make one, and it
/// is spent once: forgetting the check does not compile.
/// </summary>
public sealed class Confirmation
{
    private readonly EvaluatedPassword _password;
    private readonly ConfirmedOperation _act;
    private readonly AttemptSettlement _attempt;
    private int _spent;

    private Confirmation(EvaluatedPassword password, ConfirmedOperation operation, AttemptSettlement attempt)
    {
        _password = password;
        _act = operation;
        _attempt = attempt;
    }

    /// <summary>
    /// Gives the attempt back, which was counted before the password was looked at: with the act, whether it is done or refused, so that
    /// both are one commit.
    /// </summary>
    internal void SettleAttempt(UnitOfWork work) => _attempt.WriteTo(work);

    /// <summary>
    /// Uses the proof. False when it is another's, for something else, was used before, or the password was changed since.
    /// </summary>
    /// <param name="user">Who acts, as stored at the act.</param>
    /// <param name="operation">What is done.</param>
    /// <param name="now">Instant of the act, UTC.</param>
    public bool Spend(User user, ConfirmedOperation operation, DateTimeOffset now) =>
        _act == operation && _password.IsStillOf(user, now) && Interlocked.Exchange(ref _spent, 1) == 0;

    /// <summary>Checks a 確認用パスワード inside a live session.</summary>
    public sealed class Check(
        StoreWriter writer, IDbContextFactory<DensaiDbContext> contexts, SessionWatch sessions, PasswordCheck passwords, TimeProvider clock)
    {
        /// <summary>
        /// Evaluates what was typed and, where it is right, does what it was typed for. A wrong one is recorded with the act it was meant
        /// for; the fifth in a row locks.
        /// </summary>
        /// <param name="actor">Who asks.</param>
        /// <param name="confirmed">What is to be confirmed.</param>
        /// <param name="password">What was typed.</param>
        /// <param name="act">What it was typed for. It settles the attempt in its unit of work.</param>
        /// <param name="refused">What is answered where it confirmed nothing.</param>
        /// <param name="cancellation">Ends the wait for a hashing slot.</param>
        internal async Task<T> EvaluateAsync<T>(
            Actor actor, ConfirmedOperation confirmed, SuppliedPassword password, Func<Confirmation, Task<T>> act,
            Func<UnconfirmedOutcome, T> refused, CancellationToken cancellation = default)
        {
            LiveSession? live;
            await using (var db = await contexts.CreateDbContextAsync(cancellation))
            {
                live = sessions.Find(db, actor.SessionId, clock.GetUtcNow()).Live;
            }

            if (live is null)
            {
                return refused(new UnconfirmedOutcome.SessionEnded());
            }

            var user = live.User;
            return await passwords.EvaluateAsync(
                new(
                    user.CanonicalLoginId, PasswordPath.Confirmation, user, user.ConfirmationPassword, password,
                    actor.Source),
                async (evaluated, attempt) => evaluated.Evaluation switch
                {
                    PasswordResult.Right => await act(new Confirmation(evaluated.Proof!, confirmed, attempt)),
                    PasswordResult.Busy => refused(new UnconfirmedOutcome.Busy()),
                    PasswordResult.Wrong or PasswordResult.Locked => refused(
                        await RefuseAsync(actor, user, confirmed, evaluated, attempt)),
                },
                cancellation);
        }

        private async Task<UnconfirmedOutcome> RefuseAsync(
            Actor actor, User user, ConfirmedOperation confirmed, PasswordEvaluation evaluated, AttemptSettlement attempt)
        {
            var locksNow = evaluated is { Evaluation: PasswordResult.Wrong, Attempts.AttemptsLeft: 0 };
            await writer.PerformAnyTimeAsync(
                work =>
                {
                    attempt.WriteTo(work);
                    // A target outside the acting company stays out of that company's records: it may not learn that it exists.
                    var target = work.Db.Users.SingleOrDefault(
                        u => u.Id == confirmed.TargetUserId && (user.CompanyId == null || u.CompanyId == user.CompanyId));
                    work.Record(new HistoryEntry
                    {
                        Operation = confirmed.Operation,
                        Result = HistoryResult.Refused,
                        CompanyId = user.CompanyId,
                        UserId = user.Id,
                        LoginId = user.LoginId,
                        Source = actor.Source,
                        TargetUserId = target?.Id,
                        TargetLoginId = target?.LoginId,
                        Detail = evaluated.Evaluation == PasswordResult.Locked || locksNow ? "confirmation-locked" : "confirmation-wrong",
                        Value = evaluated.Attempts.AttemptsLeft.ToString(System.Globalization.CultureInfo.InvariantCulture),
                    });
                    return true;
                },
                CancellationToken.None);
            return evaluated.Evaluation == PasswordResult.Locked ? new UnconfirmedOutcome.Locked(ByThisAttempt: false)
                : locksNow ? new UnconfirmedOutcome.Locked(ByThisAttempt: true)
                : new UnconfirmedOutcome.Wrong(evaluated.Attempts.AttemptsLeft);
        }
    }
}
