using System.Globalization;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.PasswordChange;

/// <summary>Why a new password is not taken.</summary>
/// <param name="Kind">Which of the two.</param>
/// <param name="Evaluated">By the rules of R23; Accepted when only <see cref="IsCurrent"/> is wrong.</param>
/// <param name="IsCurrent">It is the one that is to be replaced.</param>
public sealed record NewPasswordFault(PasswordKind Kind, PasswordPolicyOutcome Evaluated, bool IsCurrent = false);

/// <summary>What came of changing a password.</summary>
public abstract record ChangePasswordOutcome
{
    private ChangePasswordOutcome()
    {
    }

    /// <summary>Changed, or changed before by the same page.</summary>
    public sealed record Changed(string ReceiptNumber) : ChangePasswordOutcome;

    /// <summary>The current password is wrong; so many attempts are left before it locks.</summary>
    public sealed record WrongCurrent(int AttemptsLeft) : ChangePasswordOutcome;

    /// <summary>The current password is locked and was not looked at.</summary>
    /// <param name="Until">UTC; null until it is released.</param>
    public sealed record Locked(DateTimeOffset? Until) : ChangePasswordOutcome;

    /// <summary>New passwords that may not be used. Nothing changed.</summary>
    public sealed record NotUsable(IReadOnlyList<NewPasswordFault> Faults) : ChangePasswordOutcome;

    /// <summary>Another page, or a master, changed a password of the user while this one was evaluated. Nothing changed.</summary>
    public sealed record ChangedMeanwhile : ChangePasswordOutcome;

    /// <summary>The initial password stands, or stands no longer: another form is asked for.</summary>
    public sealed record OtherForm : ChangePasswordOutcome;

    /// <summary>The session is over.</summary>
    public sealed record SessionEnded : ChangePasswordOutcome;

    /// <summary>Too many passwords are being hashed; try again.</summary>
    public sealed record Busy : ChangePasswordOutcome;
}

/// <summary>
/// パスワード変更 (R23): the current password is asked and its failures count like everywhere; the two must differ; other sessions of the
/// user end; the owner is told by mail. An initial password is replaced together with the 確認用パスワード.
/// </summary>
public sealed class ChangePassword(
    StoreWriter writer, IDbContextFactory<DensaiDbContext> contexts, SessionWatch sessions, AttemptPolicy attempts, PasswordCheck passwords,
    PasswordHasher hasher, PasswordPolicy policy, TimeProvider clock)
{
    /// <summary>Changes one of the two.</summary>
    public async Task<ChangePasswordOutcome> ByUserAsync(
        Actor actor, PasswordKind kind, SuppliedPassword current, SuppliedPassword replacement, Guid submission,
        CancellationToken cancellation = default)
    {
        if (await FindAsync(actor, cancellation) is not { } live)
        {
            return new ChangePasswordOutcome.SessionEnded();
        }

        var user = live.User;
        if (user.OneTimePasswordExpiresAt is not null)
        {
            return new ChangePasswordOutcome.OtherForm();
        }

        // The page's rules are told before an attempt is taken: whoever only chose badly has not failed at the current one.
        var evaluated = policy.Evaluate(kind, user.LoginId, user.Name, replacement);
        if (evaluated != PasswordPolicyOutcome.Accepted)
        {
            return await NotUsableAsync(actor, user, [new(kind, evaluated)]);
        }

        var own = kind == PasswordKind.Login ? user.LoginPassword : user.ConfirmationPassword;
        var (proof, refusal) = await EvaluateCurrentAsync(actor, live, kind, own, current, cancellation);
        if (proof is null)
        {
            return refusal!;
        }

        var other = kind == PasswordKind.Login ? user.ConfirmationPassword : user.LoginPassword;
        var isOther = await hasher.MatchesAsync(PasswordLane.Session, other, replacement, cancellation);
        var isCurrent = await hasher.MatchesAsync(PasswordLane.Session, own, replacement, cancellation);
        var hash = await hasher.HashAsync(PasswordLane.Session, replacement, cancellation);
        if (isOther is null || isCurrent is null || hash is null)
        {
            return new ChangePasswordOutcome.Busy();
        }

        if (isOther.Value || isCurrent.Value)
        {
            return await NotUsableAsync(actor, user, [isOther.Value ? new(kind, PasswordPolicyOutcome.SameAsOther) : new(
                kind, PasswordPolicyOutcome.Accepted, IsCurrent: true)]);
        }

        return await writer.PerformAsync(
            work => Store(
                work, actor, submission, isInitial: false, user, proof, stored => stored.SetPassword(kind, hash),
                kind == PasswordKind.Login ? "login-password" : "confirmation-password"),
            cancellation);
    }

    /// <summary>Replaces an initial password and sets the first 確認用パスワード.</summary>
    public async Task<ChangePasswordOutcome> ReplaceInitialAsync(
        Actor actor, SuppliedPassword current, SuppliedPassword login, SuppliedPassword confirmation, Guid submission,
        CancellationToken cancellation = default)
    {
        if (await FindAsync(actor, cancellation) is not { } live)
        {
            return new ChangePasswordOutcome.SessionEnded();
        }

        var user = live.User;
        if (user.OneTimePasswordExpiresAt is null)
        {
            return new ChangePasswordOutcome.OtherForm();
        }

        var faults = new List<NewPasswordFault>
        {
            new(PasswordKind.Login, policy.Evaluate(PasswordKind.Login, user.LoginId, user.Name, login)),
            new(PasswordKind.Confirmation, policy.Evaluate(PasswordKind.Confirmation, user.LoginId, user.Name, confirmation, login)),
        };
        faults.RemoveAll(fault => fault.Evaluated == PasswordPolicyOutcome.Accepted);
        if (faults.Count > 0)
        {
            return await NotUsableAsync(actor, user, faults);
        }

        var (proof, refusal) = await EvaluateCurrentAsync(actor, live, PasswordKind.Login, user.LoginPassword, current, cancellation);
        if (proof is null)
        {
            return refusal!;
        }

        var isInitial = await hasher.MatchesAsync(PasswordLane.Session, user.LoginPassword, OneTimePassword.Typed(login), cancellation);
        var isInitialToo = await hasher.MatchesAsync(
            PasswordLane.Session, user.LoginPassword, OneTimePassword.Typed(confirmation), cancellation);
        var loginHash = await hasher.HashAsync(PasswordLane.Session, login, cancellation);
        var confirmationHash = await hasher.HashAsync(PasswordLane.Session, confirmation, cancellation);
        if (isInitial is null || isInitialToo is null || loginHash is null || confirmationHash is null)
        {
            return new ChangePasswordOutcome.Busy();
        }

        if (isInitial.Value || isInitialToo.Value)
        {
            return await NotUsableAsync(
                actor, user,
                [new(isInitial.Value ? PasswordKind.Login : PasswordKind.Confirmation, PasswordPolicyOutcome.Accepted, IsCurrent: true)]);
        }

        return await writer.PerformAsync(
            work => Store(
                work, actor, submission, isInitial: true, user, proof, stored => stored.SetPasswords(loginHash, confirmationHash),
                "initial-password"),
            cancellation);
    }

    private async Task<LiveSession?> FindAsync(Actor actor, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return sessions.Find(db, actor.SessionId, clock.GetUtcNow()).Live;
    }

    private async Task<(EvaluatedPassword? Proof, ChangePasswordOutcome? Refusal)> EvaluateCurrentAsync(
        Actor actor, LiveSession live, PasswordKind kind, PasswordHash own, SuppliedPassword current, CancellationToken cancellation)
    {
        var user = live.User;
        // Failures count on the way by which this login was made, and lock no other (R23).
        var path = kind == PasswordKind.Confirmation
            ? PasswordPath.Confirmation
            : live.Certificate is null
            ? PasswordPath.Open
            : PasswordPath.Certificate;
        var evaluated = await passwords.EvaluateAsync(
            new(user.CanonicalLoginId, path, user, own, current, actor.Source) { Kind = kind, Lane = PasswordLane.Session }, cancellation);
        if (evaluated.Evaluation is PasswordResult.Right)
        {
            return (evaluated.Proof, null);
        }

        if (evaluated.Evaluation is PasswordResult.Busy)
        {
            return (null, new ChangePasswordOutcome.Busy());
        }

        var locksNow = evaluated is { Evaluation: PasswordResult.Wrong, Attempts.AttemptsLeft: 0 };
        var state = await writer.PerformAnyTimeAsync(
            work =>
            {
                work.Record(Entry(
                    user, actor, locksNow || evaluated.Evaluation == PasswordResult.Locked ? "password-locked" : "password-wrong") with
                {
                    Result = HistoryResult.Refused,
                    Value = evaluated.Attempts.AttemptsLeft.ToString(CultureInfo.InvariantCulture),
                });
                // The lock begins with this failure, and is told as it stands now.
                return locksNow ? attempts.StateOf(work.Db, user.CanonicalLoginId, path, work.Now) : evaluated.Attempts;
            },
            CancellationToken.None);
        return (null, evaluated.Evaluation == PasswordResult.Locked || locksNow
            ? new ChangePasswordOutcome.Locked(state.LockedUntil)
            : new ChangePasswordOutcome.WrongCurrent(state.AttemptsLeft));
    }

    private async Task<ChangePasswordOutcome> NotUsableAsync(Actor actor, User user, IReadOnlyList<NewPasswordFault> faults)
    {
        await writer.PerformAnyTimeAsync(
            work =>
            {
                work.Record(Entry(user, actor, "password-not-usable") with
                {
                    Result = HistoryResult.Refused,
                    Value = string.Join(',', faults.Select(f => $"{f.Kind}:{(f.IsCurrent ? "SameAsCurrent" : f.Evaluated)}")),
                });
                return true;
            },
            CancellationToken.None);
        return new ChangePasswordOutcome.NotUsable(faults);
    }

    private ChangePasswordOutcome Store(
        UnitOfWork work, Actor actor, Guid submission, bool isInitial, User read, EvaluatedPassword proof, Action<User> change,
        string which)
    {
        if (sessions.Find(work.Db, actor.SessionId, work.Now).Live is not { } live)
        {
            work.Record(Entry(read, actor, "session-ended-meanwhile") with { Result = HistoryResult.Refused });
            return new ChangePasswordOutcome.SessionEnded();
        }

        var user = work.Db.Users.Single(u => u.Id == live.User.Id);
        var before = work.Db.UserOperations.SingleOrDefault(
            a => a.Submission == submission && a.UserId == user.Id && a.Kind == UserOperationKind.ChangePassword);
        if (before is not null)
        {
            return new ChangePasswordOutcome.Changed(before.ReceiptNumber);
        }

        // Evaluated by what was stored then: another page, or a master's reset, may have come between. The other one counts too: the two
        // differ.
        if (user.OneTimePasswordExpiresAt is not null != isInitial || !proof.IsStillOf(user, work.Now)
            || user.LoginPasswordVersion != read.LoginPasswordVersion
            || user.ConfirmationPasswordVersion != read.ConfirmationPasswordVersion)
        {
            work.Record(Entry(user, actor, "password-changed-meanwhile") with { Result = HistoryResult.Refused });
            return new ChangePasswordOutcome.ChangedMeanwhile();
        }

        change(user);
        var receipt = new UserOperation(submission, UserOperationKind.ChangePassword, user, user, work.Now)
        {
            Detail = which,
            SessionsEnded = sessions.EndAll(work, user.Id, SessionEndReason.PasswordChanged, except: actor.SessionId),
        };
        work.Db.UserOperations.Add(receipt);
        work.Record(Entry(user, actor, "password-changed") with { Value = which, ReceiptNumber = receipt.ReceiptNumber });
        return new ChangePasswordOutcome.Changed(receipt.ReceiptNumber);
    }

    private static HistoryEntry Entry(User user, Actor actor, string detail) => new()
    {
        Operation = HistoryOperation.PasswordChange,
        Result = HistoryResult.Done,
        CompanyId = user.CompanyId,
        UserId = user.Id,
        LoginId = user.LoginId,
        Source = actor.Source,
        TargetUserId = user.Id,
        TargetLoginId = user.LoginId,
        Detail = detail,
    };
}
