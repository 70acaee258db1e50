using DensaiAdmin.Core.Registry;

namespace DensaiAdmin.Core.UserManagement;

/// <summary>Why an act on a user is not done.</summary>
public enum UserRefusal
{
    /// <summary>Only masters manage users.</summary>
    NotMaster,

    /// <summary>A master's registration, change, deletion, suspension and reset are the counter's (R12, R21).</summary>
    CounterOnly,

    /// <summary>Nobody releases the lock of their own password (R14).</summary>
    Oneself,

    /// <summary>停止中 already.</summary>
    AlreadySuspended,

    /// <summary>Not 停止中.</summary>
    NotSuspended,

    /// <summary>No password is locked.</summary>
    NotLocked,

    /// <summary>Another changed the user since the page was shown.</summary>
    ChangedMeanwhile,

    /// <summary>Foreign, invented or deleted: one answer for all.</summary>
    NoSuchUser,

    /// <summary>The session of who asked is over.</summary>
    SessionEnded,

    /// <summary>The confirmation is not for this act, or was spent.</summary>
    NotConfirmed,

    /// <summary>The contract allows no more users.</summary>
    LimitReached,

    /// <summary>What was entered cannot be stored; the input page says it field by field.</summary>
    NotUsable,

    /// <summary>Too many passwords are being hashed; try again.</summary>
    Busy,
}

/// <summary>
/// Who may do what about whom. The lists' disabled rows and the acts themselves ask the same rule. A master's rights are settled at the
/// counter: whoever holds a master's session can neither make masters nor unmake them, so no company loses its last one here.
/// </summary>
public static class UserPolicy
{
    /// <summary>Why an act cannot be done to a user by a master of the same company; null when it can.</summary>
    /// <param name="kind">Which act.</param>
    /// <param name="role">利用者区分 of the user.</param>
    /// <param name="isOneself">Whether the user is who asks.</param>
    /// <param name="isSuspended">Whether the user is 停止中.</param>
    /// <param name="locks">Paths on which a password is locked now.</param>
    public static UserRefusal? Evaluate(
        UserOperationKind kind, UserRole role, bool isOneself, bool isSuspended, IReadOnlyCollection<PasswordPath> locks) => kind switch
        {
            UserOperationKind.Unlock when isOneself => UserRefusal.Oneself,
            UserOperationKind.Unlock => locks.Count == 0 ? UserRefusal.NotLocked : null,
            _ when role != UserRole.General => UserRefusal.CounterOnly,
            UserOperationKind.Suspend when isSuspended => UserRefusal.AlreadySuspended,
            UserOperationKind.Release when !isSuspended => UserRefusal.NotSuspended,
            _ => null,
        };
}
