using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.HistorySearch;

/// <summary>One line of ログイン履歴.</summary>
/// <param name="RecordNumber">記録番号 in the operation history.</param>
/// <param name="At">UTC.</param>
/// <param name="Succeeded">Whether it was a login.</param>
/// <param name="Detail">Code of what happened, as in the operation history.</param>
/// <param name="Source">Where from.</param>
/// <param name="Count">How many equal refusals the line stands for.</param>
/// <param name="UserAgent">What the browser called itself; null where there was no login.</param>
/// <param name="IsCurrent">Whether it is the session of who asks.</param>
/// <param name="IsReported">Whether the user said not to know it.</param>
public sealed record LoginHistoryLine(
    long RecordNumber, DateTimeOffset At, bool Succeeded, string Detail, string Source, int Count, string? UserAgent =
        null, bool IsCurrent = false, bool IsReported = false);

/// <summary>A page of ログイン履歴; counts as in <see cref="HistoryRows"/>.</summary>
public sealed record LoginHistoryRows(IReadOnlyList<LoginHistoryLine> Rows, int Ahead, int Total, bool HasMore);

/// <summary>ログイン履歴 of one user, newest first: a view of the operation history, no second truth.</summary>
public sealed class LoginHistory(
    IDbContextFactory<DensaiDbContext> contexts, OperationHistory history, SessionWatch sessions, TimeProvider clock)
{
    /// <summary>The last logins and refused tries of a user.</summary>
    /// <param name="companyId">The user's company; null for staff of the bank.</param>
    /// <param name="userId">Whose.</param>
    /// <param name="max">How many lines at most.</param>
    /// <param name="cancellation">Ends the query.</param>
    public async Task<IReadOnlyList<LoginHistoryLine>> OfAsync(
        long? companyId, long userId, int max, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(companyId, cancellation);
        return await db.HistoryRecords.AsNoTracking()
            .Where(r => r.CompanyId == companyId && r.UserId == userId && r.Operation == HistoryOperation.Login)
            .OrderByDescending(r => r.At).ThenByDescending(r => r.Sequence)
            .Take(max)
            .Select(r => new LoginHistoryLine(
                r.RecordNumber, r.At, r.Result == HistoryResult.Done, r.Detail, r.Source, r.Count, null, false, false))
            .ToListAsync(cancellation);
    }

    /// <summary>One page of who asks, with the devices; null when the session is over.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="after">記録番号 that the page follows; null for the first page.</param>
    /// <param name="before">記録番号 that the page precedes.</param>
    /// <param name="size">Rows per page.</param>
    /// <param name="cancellation">Ends the query.</param>
    public async Task<LoginHistoryRows?> PageAsync(
        Actor actor, long? after, long? before, int size, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if (sessions.Find(db, actor.SessionId, clock.GetUtcNow()).Live is not { } live)
        {
            return null;
        }

        var query = new HistoryQuery
        {
            LoginId = live.User.LoginId,
            Operation = HistoryOperation.Login,
            After = after,
            Before = before,
            PageSize = size,
        };
        if (await history.ListAsync(actor, query, cancellation) is not { } page)
        {
            return null;
        }

        // A session begins at the instant of its record: both belong to one act.
        var instants = page.Rows.Where(r => r.Result == HistoryResult.Done).Select(r => r.At).ToList();
        var begun = (await db.Sessions.AsNoTracking().Where(s => s.UserId == live.User.Id && instants.Contains(s.StartedAt)).Select(
            s => new { s.Id, s.StartedAt, s.UserAgent }).ToListAsync(cancellation))
            .ToLookup(s => s.StartedAt);
        var reported = (await Reports(db, live).Select(r => r.Value).ToListAsync(cancellation)).ToHashSet(StringComparer.Ordinal);
        return new(
            [
                .. page.Rows.Select(r => new LoginHistoryLine(
                    r.RecordNumber, r.At, r.Result == HistoryResult.Done, r.Detail, r.Source, r.Count,
                    r.Result == HistoryResult.Done ? begun[r.At].FirstOrDefault()?.UserAgent : null,
                    r.Result == HistoryResult.Done && begun[r.At].Any(s => s.Id == live.Session.Id),
                    reported.Contains(ReportLogin.ValueOf(r.RecordNumber)))),
            ],
            page.Ahead, page.Total, page.HasMore);
    }

    /// <summary>What a user has reported so far.</summary>
    internal static IQueryable<HistoryRecord> Reports(DensaiDbContext db, LiveSession live) =>
        db.HistoryRecords.AsNoTracking().Where(
            r => r.CompanyId == live.CompanyId && r.UserId == live.User.Id && r.Operation == HistoryOperation.LoginReport);
}
