using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.Counter;

/// <summary>What one operator typed.</summary>
/// <param name="LoginId">As typed.</param>
/// <param name="Password">ログインパスワード, or the one-time password.</param>
/// <param name="Replacement">The operator's own passwords, when a one-time password is replaced.</param>
public sealed record OperatorCredentials(string LoginId, SuppliedPassword Password, OwnPasswords? Replacement = null);

/// <summary>The two passwords that take the place of a one-time password.</summary>
public sealed record OwnPasswords(SuppliedPassword Login, SuppliedPassword Confirmation);

/// <summary>What two operators want to do, for the history.</summary>
/// <param name="Operation">The act.</param>
/// <param name="TargetLoginId">Whom it concerns, as typed; empty where it concerns nobody alone.</param>
/// <param name="Pair">Which two may agree on it.</param>
public sealed record OperatorPurpose(HistoryOperation Operation, string TargetLoginId, OperatorPair Pair = OperatorPair.ClerkAndApprover);

/// <summary>Which two operators may agree on an act.</summary>
public enum OperatorPair
{
    /// <summary>A clerk asks, an approver agrees: acts on customers.</summary>
    ClerkAndApprover,

    /// <summary>Two persons, one of them an approver: acts on the installation and its staff, where there may be no clerk yet.</summary>
    TwoWithApprover,
}

/// <summary>Why two operators may not act.</summary>
public enum OperatorRefusal
{
    /// <summary>Unknown ID, wrong password, spent one-time password, suspended: one answer for all (R23).</summary>
    WrongIdOrPassword,

    /// <summary>The right one-time password, but later than it works.</summary>
    InitialPasswordExpired,

    /// <summary>Too many failures; the password was not looked at.</summary>
    Locked,

    /// <summary>Too many checks wait; try again.</summary>
    Busy,

    /// <summary>Both are the same person.</summary>
    SamePerson,

    /// <summary>It takes a clerk and an approver.</summary>
    NotClerkAndApprover,

    /// <summary>It takes two persons, one of them an approver.</summary>
    NoApprover,
}

/// <summary>What came of it.</summary>
public abstract record OperatorsOutcome
{
    private OperatorsOutcome()
    {
    }

    /// <summary>One asks and an approver agrees. Only <see cref="AuthenticateOperators"/> can say so.</summary>
    public sealed record Authenticated : OperatorsOutcome
    {
        internal Authenticated(User maker, User approver)
        {
            MakerLoginId = maker.LoginId;
            ApproverLoginId = approver.LoginId;
            Approval = new OperatorApproval(maker, approver);
        }

        public string MakerLoginId { get; }

        public string ApproverLoginId { get; }

        /// <summary>To be handed to the act, which verifies it again.</summary>
        public OperatorApproval Approval { get; }
    }

    /// <summary>The one-time password of this operator is right and must be replaced before anything else.</summary>
    public sealed record MustReplace(string LoginId) : OperatorsOutcome;

    /// <summary>A replacement was not acceptable; the one-time password stays.</summary>
    public sealed record ReplacementRefused(
        string LoginId, PasswordKind Kind, PasswordPolicyOutcome Reason, int MinCharacters, int MaxCharacters) : OperatorsOutcome;

    /// <summary>They may not.</summary>
    /// <param name="LoginId">Whose input it was, as typed; null when both together are at fault.</param>
    /// <param name="Reason">Why.</param>
    public sealed record Refused(string? LoginId, OperatorRefusal Reason) : OperatorsOutcome;
}

/// <summary>
/// Four eyes on the server's terminal: the passwords of a clerk and an approver who are two persons. Their failures count on a
/// path of its own, so that nobody who reaches the server by network alone can lock them out of it (R23).
/// </summary>
public sealed class AuthenticateOperators(
    StoreWriter writer, IDbContextFactory<DensaiDbContext> contexts, PasswordCheck passwords, PasswordHasher hasher, PasswordPolicy policy,
    TimeProvider clock)
{
    /// <summary>
    /// Evaluates both, in the order given; the second is not looked at when the first fails. Agreement and refusal are recorded.
    /// </summary>
    public async Task<OperatorsOutcome> RunAsync(
        OperatorCredentials first, OperatorCredentials second, OperatorPurpose purpose, string source,
        CancellationToken cancellation = default)
    {
        var (one, failure) = await EvaluateAsync(first, purpose, source, cancellation);
        if (one is null)
        {
            return failure!;
        }

        var (two, otherFailure) = await EvaluateAsync(second, purpose, source, cancellation);
        if (two is null)
        {
            return otherFailure!;
        }

        if (Refuse(one, two, purpose.Pair) is { } reason)
        {
            await RecordAsync(one.LoginId, one.Id, purpose, source, HistoryResult.Refused, Code(reason), two.LoginId);
            return new OperatorsOutcome.Refused(null, reason);
        }

        var (maker, approver) = InOrder(one, two);
        await writer.PerformAnyTimeAsync(
            work =>
            {
                work.Record(Entry(maker.LoginId, maker.Id, purpose, source, HistoryResult.Done, "operator-asked"));
                work.Record(Entry(approver.LoginId, approver.Id, purpose, source, HistoryResult.Done, "operator-approved"));
                return true;
            },
            cancellation);
        return new OperatorsOutcome.Authenticated(maker, approver);
    }

    /// <summary>Why these two may not agree; null when they may.</summary>
    internal static OperatorRefusal? Refuse(User one, User two, OperatorPair pair) =>
        one.Id == two.Id ? OperatorRefusal.SamePerson
        : pair == OperatorPair.TwoWithApprover
        ? (one.Role == UserRole.CounterApprover || two.Role == UserRole.CounterApprover ? null : OperatorRefusal.NoApprover)
        : (one.Role, two.Role) is (UserRole.CounterClerk, UserRole.CounterApprover) or (UserRole.CounterApprover, UserRole.CounterClerk)
        ? null
        : OperatorRefusal.NotClerkAndApprover;

    /// <summary>The one who asks and the approver who agrees; of two approvers the first asks.</summary>
    internal static (User Maker, User Approver) InOrder(User one, User two) =>
        two.Role == UserRole.CounterApprover ? (one, two) : (two, one);

    private static string Code(OperatorRefusal refusal) => refusal switch
    {
        OperatorRefusal.SamePerson => "operators-same-person",
        OperatorRefusal.NoApprover => "operators-no-approver",
        _ => "operators-not-clerk-and-approver",
    };

    private static HistoryEntry Entry(
        string loginId, long? userId, OperatorPurpose purpose, string source, HistoryResult result, string detail) => new()
        {
            Operation = HistoryOperation.Confirmation,
            Result = result,
            UserId = userId,
            LoginId = loginId,
            Source = source,
            TargetLoginId = purpose.TargetLoginId,
            Detail = detail,
            Value = purpose.Operation.ToString(),
        };

    private async Task<(User? Operator, OperatorsOutcome? Failure)> EvaluateAsync(
        OperatorCredentials typed, OperatorPurpose purpose, string source, CancellationToken cancellation)
    {
        var canonical = LoginId.Canonical(typed.LoginId);
        User? user = null;
        if (canonical is not null)
        {
            await using var db = await contexts.CreateDbContextAsync(cancellation);
            user = await db.Users.AsNoTracking().SingleOrDefaultAsync(u => u.CanonicalLoginId == canonical, cancellation);
        }

        if (user is not { IsBankStaff: true, DeletedAt: null, SuspendedAt: null })
        {
            user = null;
        }

        // Whatever was typed is counted, so that a wrong ID looks and costs like a wrong password.
        var evaluated = await passwords.EvaluateAsync(
            new(canonical ?? "", PasswordPath.Operator, user, user?.LoginPassword, typed.Password, source), cancellation);
        if (evaluated.Evaluation == PasswordResult.Busy)
        {
            return (null, new OperatorsOutcome.Refused(typed.LoginId, OperatorRefusal.Busy));
        }

        if (evaluated.Evaluation == PasswordResult.Locked)
        {
            await RecordAsync(typed.LoginId, user?.Id, purpose, source, HistoryResult.Refused, "operator-locked");
            return (null, new OperatorsOutcome.Refused(typed.LoginId, OperatorRefusal.Locked));
        }

        if (evaluated.Evaluation == PasswordResult.Wrong || user is null)
        {
            await RecordAsync(typed.LoginId, user?.Id, purpose, source, HistoryResult.Refused, "operator-password-wrong");
            return (null, new OperatorsOutcome.Refused(typed.LoginId, OperatorRefusal.WrongIdOrPassword));
        }

        if (user.OneTimePasswordExpiresAt is not { } expiresAt)
        {
            return (user, null);
        }

        if (clock.GetUtcNow() >= expiresAt)
        {
            await RecordAsync(typed.LoginId, user.Id, purpose, source, HistoryResult.Refused, "one-time-password-expired");
            return (null, new OperatorsOutcome.Refused(typed.LoginId, OperatorRefusal.InitialPasswordExpired));
        }

        return typed.Replacement is null
            ? (null, new OperatorsOutcome.MustReplace(user.LoginId))
            : await ReplaceAsync(user, evaluated.Proof!, OneTimePassword.Typed(typed.Password), typed.Replacement, source, cancellation);
    }

    private async Task<(User? Operator, OperatorsOutcome? Failure)> ReplaceAsync(
        User user, EvaluatedPassword proof, SuppliedPassword oneTime, OwnPasswords own, string source, CancellationToken cancellation)
    {
        // The paper with the one-time password has been through other hands: it is no password of one's own.
        if (Refuses(PasswordKind.Login, own.Login, oneTime) is { } login)
        {
            return (null, login);
        }

        if (Refuses(PasswordKind.Confirmation, own.Confirmation, oneTime) is { } confirmation)
        {
            return (null, confirmation);
        }

        if (Refuses(PasswordKind.Confirmation, own.Confirmation, own.Login) is { } same)
        {
            return (null, same);
        }

        var loginHash = await hasher.HashAsync(PasswordLane.Staff, own.Login, cancellation);
        var confirmationHash = await hasher.HashAsync(PasswordLane.Staff, own.Confirmation, cancellation);
        if (loginHash is null || confirmationHash is null)
        {
            return (null, new OperatorsOutcome.Refused(user.LoginId, OperatorRefusal.Busy));
        }

        var replaced = await writer.PerformAsync(
            work =>
            {
                var stored = work.Db.Users.Single(u => u.Id == user.Id);
                // Another terminal may have replaced it while this one was typing.
                if (stored.OneTimePasswordExpiresAt is null
                    || !proof.IsStillOf(stored, work.Now)
                    || stored is not { IsBankStaff: true, SuspendedAt: null })
                {
                    return null;
                }

                stored.SetPasswords(loginHash, confirmationHash);
                work.Record(new HistoryEntry
                {
                    Operation = HistoryOperation.PasswordChange,
                    Result = HistoryResult.Done,
                    UserId = stored.Id,
                    LoginId = stored.LoginId,
                    Source = source,
                    TargetUserId = stored.Id,
                    TargetLoginId = stored.LoginId,
                    Detail = "one-time-password-replaced",
                });
                return stored;
            },
            cancellation);
        return replaced is null
            ? (null, new OperatorsOutcome.Refused(user.LoginId, OperatorRefusal.WrongIdOrPassword))
            : (replaced, null);

        OperatorsOutcome.ReplacementRefused? Refuses(PasswordKind kind, SuppliedPassword password, SuppliedPassword other) =>
            policy.Evaluate(kind, user.LoginId, user.Name, password, other) is var reason and not PasswordPolicyOutcome.Accepted
                ? new(user.LoginId, kind, reason, policy.MinCharacters(kind), policy.MaxCharacters)
                : null;
    }

    private Task RecordAsync(
        string loginId, long? userId, OperatorPurpose purpose, string source, HistoryResult result, string detail, string? value = null) =>
        writer.PerformAnyTimeAsync(work =>
        {
            var entry = Entry(loginId, userId, purpose, source, result, detail);
            work.Record(value is null ? entry : entry with { Value = value });
            return true;
        });
}
