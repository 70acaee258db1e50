using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;

namespace DensaiAdmin.Core.Users;

/// <summary>
/// What every act on a user works with, whoever may do it and however it was asked for: that is evaluated before, inside the same unit of
/// work.
/// </summary>
/// <param name="Work">In which it is done.</param>
/// <param name="By">Who acts, as stored at the act.</param>
/// <param name="Source">Where it was asked from.</param>
/// <param name="Key">Under which its receipt is found again.</param>
internal sealed record UserAct(UnitOfWork Work, User By, string Source, Guid Key)
{
    /// <summary>The act as the history names it.</summary>
    public static HistoryOperation OperationOf(UserOperationKind kind) => kind switch
    {
        UserOperationKind.Register => HistoryOperation.UserRegistration,
        UserOperationKind.Change => HistoryOperation.UserChange,
        UserOperationKind.Delete => HistoryOperation.UserDeletion,
        UserOperationKind.ResetPassword => HistoryOperation.PasswordReset,
        UserOperationKind.Suspend => HistoryOperation.Suspension,
        UserOperationKind.Release => HistoryOperation.Release,
        UserOperationKind.Unlock => HistoryOperation.Unlock,
        UserOperationKind.ChangePassword => HistoryOperation.PasswordChange,
    };

    /// <summary>The receipt of what was done to a user who stands now as the act leaves him.</summary>
    public UserOperation Receipt(UserOperationKind kind, User target) => new(Key, kind, target, By, Work.Now);

    /// <summary>Stores the receipt, and the record of the act in the history.</summary>
    public UserActOutcome.Done Finish(UserOperation receipt, User target, string detail, string? value = null)
    {
        Work.Db.UserOperations.Add(receipt);
        Work.Record(Entry(OperationOf(receipt.Kind), target, receipt) with { Detail = detail, Value = value });
        return new(receipt);
    }

    /// <summary>A record of something done to a user by this act.</summary>
    public HistoryEntry Entry(HistoryOperation operation, User target, UserOperation receipt) => new()
    {
        Operation = operation,
        Result = HistoryResult.Done,
        CompanyId = target.CompanyId,
        UserId = By.Id,
        LoginId = By.LoginId,
        Source = Source,
        TargetUserId = target.Id,
        TargetLoginId = target.LoginId,
        Detail = "",
        ReceiptNumber = receipt.ReceiptNumber,
    };
}

/// <summary>What came of an act on a user. What is refused has changed nothing; who asked for it records that.</summary>
internal abstract record UserActOutcome
{
    private UserActOutcome()
    {
    }

    /// <summary>Done.</summary>
    public sealed record Done(UserOperation Receipt) : UserActOutcome;

    /// <summary>What was entered cannot be stored.</summary>
    public sealed record NotUsable(IReadOnlyList<UserDataFault> Faults) : UserActOutcome;

    /// <summary>The contract allows no more users.</summary>
    public sealed record LimitReached : UserActOutcome;
}
