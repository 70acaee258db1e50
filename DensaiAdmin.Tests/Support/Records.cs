using DensaiAdmin.Core.Registry;

namespace DensaiAdmin.Tests.Support;

/// <summary>Records as the use cases make them, for tests that need no use case.</summary>
internal static class Records
{
    /// <summary>What somebody did about a user; without <paramref name="by"/> the user did it.</summary>
    public static HistoryEntry Of(
        HistoryOperation operation, HistoryResult result, string detail, User owner, string? value = null, User? by = null) => new()
        {
            Operation = operation,
            Result = result,
            CompanyId = (by ?? owner).CompanyId,
            UserId = (by ?? owner).Id,
            LoginId = (by ?? owner).LoginId,
            Source = "192.0.2.7",
            TargetUserId = owner.Id,
            TargetLoginId = owner.LoginId,
            Detail = detail,
            Value = value,
        };
}
