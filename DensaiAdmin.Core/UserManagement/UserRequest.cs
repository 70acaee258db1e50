using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Users;

namespace DensaiAdmin.Core.UserManagement;

/// <summary>What a confirm page showed and its 実行 sends.</summary>
/// <param name="Kind">Which act.</param>
/// <param name="UserId">The user shown; 0 for one who is to be registered.</param>
/// <param name="Shown">The user as shown; null for one who is to be registered.</param>
/// <param name="Becomes">What was entered, tidied: for registration and change.</param>
/// <param name="Submission">Key of the page: sent twice, it is one act.</param>
public sealed record UserRequest(UserOperationKind Kind, long UserId, ShownUser? Shown, UserData? Becomes, Guid Submission)
{
    /// <summary>What the 確認用パスワード must have been typed for.</summary>
    public ConfirmedOperation Confirmed => new(Operation, UserId, $"{Kind} {Shown} {Becomes}");

    /// <summary>The act as the history names it.</summary>
    public HistoryOperation Operation => UserAct.OperationOf(Kind);
}

/// <summary>What came of an act on a user.</summary>
public abstract record ManageUserOutcome
{
    private ManageUserOutcome()
    {
    }

    /// <summary>Done, or done before by the same page.</summary>
    /// <param name="ReceiptNumber">受付番号.</param>
    /// <param name="InitialPassword">What registration and reset hand over; kept nowhere, so null when the same page asks again.</param>
    public sealed record Done(string ReceiptNumber, OneTimePassword? InitialPassword) : ManageUserOutcome;

    /// <summary>The 確認用パスワード that was typed confirmed nothing.</summary>
    public sealed record Unconfirmed(UnconfirmedOutcome Why) : ManageUserOutcome;

    /// <summary>Nothing changed.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Changed">What another changed meanwhile, for <see cref="UserRefusal.ChangedMeanwhile"/>.</param>
    /// <param name="Faults">What cannot be stored, for <see cref="UserRefusal.NotUsable"/>.</param>
    public sealed record Refused(
        UserRefusal Reason, IReadOnlyList<UserField> Changed, IReadOnlyList<UserDataFault> Faults) : ManageUserOutcome
    {
        internal Refused(UserRefusal reason)
            : this(reason, [], [])
        {
        }
    }
}
