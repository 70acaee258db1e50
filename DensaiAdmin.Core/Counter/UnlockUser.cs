using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;

namespace DensaiAdmin.Core.Counter;

/// <summary>What came of an unlock.</summary>
public abstract record UnlockOutcome
{
    private UnlockOutcome()
    {
    }

    /// <summary>Released. Sorted; holds the paths on which failures were counted.</summary>
    public sealed record Unlocked(string LoginId, IReadOnlyList<PasswordPath> Paths) : UnlockOutcome;

    /// <summary>No user has that login ID.</summary>
    public sealed record NoSuchUser : UnlockOutcome;

    /// <summary>Nothing was locked and no failure was counted.</summary>
    public sealed record NotLocked(string LoginId) : UnlockOutcome;
}

/// <summary>ロック解除: releases every password of a user that failures had locked, the 確認用パスワード included (R14, R23).</summary>
public sealed class UnlockUser(StoreWriter writer, AttemptPolicy attempts)
{
    /// <summary>The bank's operators release a user. Their passwords were checked before.</summary>
    /// <param name="approval">Who acts.</param>
    /// <param name="source">Where it was asked from, for the history.</param>
    /// <param name="loginId">Whom, as typed.</param>
    /// <param name="cancellation">Ends the wait for the writer.</param>
    /// <exception cref="OperatorApprovalLapsedException">Who acts is no operator of the bank, or no longer.</exception>
    public Task<UnlockOutcome> ByOperatorAsync(
        OperatorApproval approval, string source, string loginId, CancellationToken cancellation = default)
    {
        var canonical = LoginId.Canonical(loginId);
        return writer.PerformAsync<UnlockOutcome>(
            work =>
            {
                var by = approval.Verify(work.Db, work.Now)
                    ?? throw new InvalidOperationException("A release needs an operator who answers for it.");
                var target = canonical is null
                    ? null
                    : work.Db.Users.SingleOrDefault(u => u.CanonicalLoginId == canonical && u.DeletedAt == null);
                var entry = new HistoryEntry
                {
                    Operation = HistoryOperation.Unlock,
                    Result = HistoryResult.Refused,
                    CompanyId = target?.CompanyId,
                    UserId = by.Id,
                    LoginId = by.LoginId,
                    Source = source,
                    TargetUserId = target?.Id,
                    TargetLoginId = target?.LoginId ?? loginId,
                    Detail = "no-such-user",
                };
                if (target is null)
                {
                    work.Record(entry);
                    return new UnlockOutcome.NoSuchUser();
                }

                var released = attempts.Release(work, target.CanonicalLoginId);
                if (released.Count == 0)
                {
                    work.Record(entry with { Detail = "not-locked" });
                    return new UnlockOutcome.NotLocked(target.LoginId);
                }

                work.Record(entry with { Result = HistoryResult.Done, Detail = "unlocked", Value = string.Join(',', released) });
                return new UnlockOutcome.Unlocked(target.LoginId, released);
            },
            cancellation);
    }
}
