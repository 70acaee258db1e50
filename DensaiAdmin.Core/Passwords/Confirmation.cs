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

/// <summary>What came of typing a 確認用パスワード (R14).</summary>
public abstract record ConfirmationOutcome
{
    private ConfirmationOutcome()
    {
    }

    /// <summary>Right.</summary>
    public sealed record Confirmed(Confirmation Proof) : ConfirmationOutcome;

    /// <summary>Wrong; so many attempts are left before it locks.</summary>
    public sealed record Wrong(int AttemptsLeft) : ConfirmationOutcome;

    /// <summary>Locked until the counter or another master releases it.</summary>
    /// <param name="ByThisAttempt">Whether this very attempt locked it.</param>
    public sealed record Locked(bool ByThisAttempt) : ConfirmationOutcome;

    /// <summary>The session is over.</summary>
    public sealed record SessionEnded : ConfirmationOutcome;

    /// <summary>Too many password checks wait; try again.</summary>
    public sealed record Busy : ConfirmationOutcome;
}

/// <summary>
/// Proof that the acting user typed the 確認用パスワード for one act on one target. Only <see cref="Check"/> can make one, and it
/// is spent once: forgetting the check does not compile.
/// </summary>
public sealed class Confirmation
{
    private readonly EvaluatedPassword _password;
    private readonly ConfirmedOperation _act;
    private int _spent;

    private Confirmation(EvaluatedPassword password, ConfirmedOperation operation)
    {
        _password = password;
        _act = operation;
    }

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
        /// Evaluates what was typed. A wrong one is recorded with the act it was meant for; the fifth in a row locks.
        /// </summary>
        /// <param name="actor">Who asks.</param>
        /// <param name="confirmed">What is to be confirmed.</param>
        /// <param name="password">What was typed.</param>
        /// <param name="cancellation">Ends the wait for a hashing slot.</param>
        public async Task<ConfirmationOutcome> EvaluateAsync(
            Actor actor, ConfirmedOperation confirmed, SuppliedPassword password, CancellationToken cancellation = default)
        {
            LiveSession? live;
            await using (var db = await contexts.CreateDbContextAsync(cancellation))
            {
                live = sessions.Find(db, actor.SessionId, clock.GetUtcNow()).Live;
            }

            if (live is null)
            {
                return new ConfirmationOutcome.SessionEnded();
            }

            var user = live.User;
            var evaluated = await passwords.EvaluateAsync(
                new(
                    user.CanonicalLoginId, PasswordPath.Confirmation, user, user.ConfirmationPassword, password,
                    actor.Source), cancellation);
            if (evaluated.Evaluation == PasswordResult.Right)
            {
                return new ConfirmationOutcome.Confirmed(new Confirmation(evaluated.Proof!, confirmed));
            }

            if (evaluated.Evaluation == PasswordResult.Busy)
            {
                return new ConfirmationOutcome.Busy();
            }

            var locksNow = evaluated is { Evaluation: PasswordResult.Wrong, Attempts.AttemptsLeft: 0 };
            await writer.PerformAnyTimeAsync(
                work =>
                {
                    var target = work.Db.Users.Find(confirmed.TargetUserId);
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
            return evaluated.Evaluation == PasswordResult.Locked ? new ConfirmationOutcome.Locked(ByThisAttempt: false)
                : locksNow ? new ConfirmationOutcome.Locked(ByThisAttempt: true)
                : new ConfirmationOutcome.Wrong(evaluated.Attempts.AttemptsLeft);
        }
    }
}
