using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.Home;

/// <summary>最近の操作: the last different functions that a user opened.</summary>
public sealed class RecentOperations(
    StoreWriter writer, IDbContextFactory<DensaiDbContext> contexts, SessionWatch sessions, TimeProvider clock)
{
    private static readonly CompiledQuery<Func<DensaiDbContext, long, string?>> Latest = new(() => EF.CompileQuery((
        DensaiDbContext db, long user) =>
        db.RecentOperations.Where(o => o.UserId == user).OrderByDescending(o => o.OpenedAt).Select(o => o.Function).FirstOrDefault()));

    /// <summary>How many are shown.</summary>
    public const int Shown = 5;

    /// <summary>Notes that a function was opened.</summary>
    /// <param name="actor">Who opened it.</param>
    /// <param name="function">Screen ID of the function.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when the session is over.</returns>
    public async Task<bool> NoteAsync(Actor actor, string function, CancellationToken cancellation = default)
    {
        await using (var db = await contexts.CreateDbContextAsync(cancellation))
        {
            if (sessions.Look(db, actor.SessionId, clock.GetUtcNow()).Live is not { } opened)
            {
                return false;
            }

            // Opened again and again it stays the latest: there is nothing to write.
            if (Latest.For(db)(db, opened.User.Id) == function)
            {
                return true;
            }
        }

        return await writer.PerformAsync(
            work =>
            {
                if (sessions.Find(work.Db, actor.SessionId, work.Now).Live is not { } live)
                {
                    return false;
                }

                if (work.Db.RecentOperations.Find(live.User.Id, function) is { } before)
                {
                    before.Reopen(work.Now);
                }
                else
                {
                    work.Db.RecentOperations.Add(new RecentOperation(live.User.Id, function, work.Now));
                }

                return true;
            },
            cancellation);
    }

    /// <summary>Screen IDs, the latest first.</summary>
    /// <param name="companyId">The user's company; null for staff of the bank.</param>
    /// <param name="userId">Whose.</param>
    /// <param name="cancellation">Ends the query.</param>
    public async Task<IReadOnlyList<string>> OfAsync(long? companyId, long userId, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(companyId, cancellation);
        return await db.RecentOperations.AsNoTracking().Where(o => o.UserId == userId).OrderByDescending(o => o.OpenedAt).Take(Shown)
            .Select(o => o.Function).ToListAsync(cancellation);
    }
}
