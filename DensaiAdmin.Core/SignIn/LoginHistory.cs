using DensaiAdmin.Core.History;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.SignIn;

/// <summary>One line of ログイン履歴.</summary>
/// <param name="At">UTC.</param>
/// <param name="Succeeded">Whether it was a login.</param>
/// <param name="Detail">Code of what happened, as in the operation history.</param>
/// <param name="Source">Where from.</param>
/// <param name="Count">How many equal refusals the line stands for.</param>
public sealed record LoginHistoryLine(DateTimeOffset At, bool Succeeded, string Detail, string Source, int Count);

/// <summary>ログイン履歴 of one user, newest first: a view of the operation history, no second truth.</summary>
public sealed class LoginHistory(IDbContextFactory<DensaiDbContext> contexts)
{
    /// <summary>The last logins and refused tries of a user.</summary>
    /// <param name="userId">Whose.</param>
    /// <param name="most">How many lines at most.</param>
    /// <param name="cancellation">Ends the query.</param>
    public async Task<IReadOnlyList<LoginHistoryLine>> OfAsync(long userId, int most, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.HistoryRecords.AsNoTracking()
            .Where(r => r.UserId == userId && r.Operation == HistoryOperation.Login)
            .OrderByDescending(r => r.Sequence)
            .Take(most)
            .Select(r => new LoginHistoryLine(r.At, r.Result == HistoryResult.Done, r.Detail, r.Source, r.Count))
            .ToListAsync(cancellation);
    }
}
