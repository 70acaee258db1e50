using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Core.Users;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.UserManagement;

/// <summary>What the pages about one user show.</summary>
/// <param name="User">The user, with the newest certificate.</param>
/// <param name="IsOneself">Whether it is who asks.</param>
/// <param name="Locks">Paths on which a password is locked now.</param>
/// <param name="LiveSessions">Logins open now.</param>
public sealed record UserTarget(User User, bool IsOneself, IReadOnlyList<PasswordPath> Locks, int LiveSessions)
{
    /// <summary>What would keep the user from logging in once the suspension is lifted; null for nothing (R27).</summary>
    /// <param name="now">UTC.</param>
    public AccessCause? CauseWhenReleased(DateTimeOffset now) => NextSteps.CauseOf(
        isDeleted: false,
        isSuspended: false,
        Locks.Contains(
            User.Company?.AuthenticationMethod == AuthenticationMethod.IdAndPassword ? PasswordPath.Open : PasswordPath.Certificate),
        User.OneTimePasswordExpiresAt <= now,
        User.Company?.AuthenticationMethod,
        User.CertificateStatusAt(now));

    /// <summary>Why a master cannot do this here, or null.</summary>
    public UserRefusal? Refusal(UserOperationKind kind) =>
        UserPolicy.Evaluate(kind, User.Role, IsOneself, User.SuspendedAt is not null, Locks);
}

/// <summary>What the lists of users show beside what they share with the list of certificates.</summary>
/// <param name="MailAddress">メールアドレス.</param>
/// <param name="Locks">Paths on which a password is locked now.</param>
/// <param name="InitialPasswordExpiresAt">Until when an initial password waits for its first use; null once replaced.</param>
public sealed record UserStanding(string MailAddress, IReadOnlyList<PasswordPath> Locks, DateTimeOffset? InitialPasswordExpiresAt);

/// <summary>
/// Finds what the pages of 利用者管理 show, for the company of the asking master only. Foreign, invented and deleted are one answer, and
/// it is recorded.
/// </summary>
public sealed class UserQueries(
    IDbContextFactory<DensaiDbContext> contexts, StoreWriter writer, SessionWatch sessions, AttemptPolicy attempts, TimeProvider clock)
{
    /// <summary>The user with this login ID, or null.</summary>
    public async Task<UserTarget?> FindAsync(Actor actor, string? loginId, CancellationToken cancellation = default)
    {
        var now = clock.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if (sessions.Find(db, actor.SessionId, now).Live is not { } live)
        {
            return null;
        }

        User? user = null;
        if (live.User.Role == UserRole.Master && LoginId.Canonical(loginId) is { } canonical)
        {
            user = await db.Users.AsNoTracking().Include(u => u.CurrentCertificate).Include(u => u.Company)
                .SingleOrDefaultAsync(
                    u => u.CanonicalLoginId == canonical && u.CompanyId == live.CompanyId && u.DeletedAt == null, cancellation);
        }

        if (user is null)
        {
            await writer.RecordForeignAccessAsync(sessions, live, actor, loginId);
            return null;
        }

        var locks = attempts.LocksOf(db, [user.CanonicalLoginId], now).GetValueOrDefault(user.CanonicalLoginId, []);
        return new(user, user.Id == live.User.Id, locks, sessions.CountLive(db, user.Id, now));
    }

    /// <summary>The act with this 受付番号: to a master of the company, or to the user who changed a password. Else null.</summary>
    public async Task<UserOperation?> FindResultAsync(Actor actor, string? receiptNumber, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if (sessions.Find(db, actor.SessionId, clock.GetUtcNow()).Live is not { } live)
        {
            return null;
        }

        var found = await db.UserOperations.AsNoTracking().SingleOrDefaultAsync(
            a => a.ReceiptNumber == receiptNumber && a.CompanyId == live.CompanyId, cancellation);
        if (found is null
            || !(found.Kind == UserOperationKind.ChangePassword ? found.UserId == live.User.Id : live.User.Role == UserRole.Master))
        {
            await writer.RecordForeignAccessAsync(sessions, live, actor, receiptNumber);
            return null;
        }

        return found;
    }

    /// <summary>What the lists add to their rows, by user.</summary>
    /// <param name="companyId">The asking company.</param>
    /// <param name="userIds">The rows shown.</param>
    /// <param name="cancellation">Ends the query.</param>
    public async Task<IReadOnlyDictionary<long, UserStanding>> StandingsAsync(
        long companyId, IReadOnlyCollection<long> userIds, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(companyId, cancellation);
        var users = await db.Users.AsNoTracking().Where(u => u.CompanyId == companyId && userIds.Contains(u.Id))
            .Select(u => new { u.Id, u.CanonicalLoginId, u.MailAddress, u.OneTimePasswordExpiresAt }).ToListAsync(cancellation);
        var locks = attempts.LocksOf(db, users.Select(u => u.CanonicalLoginId), clock.GetUtcNow());
        return users.ToDictionary(
            u => u.Id, u => new UserStanding(u.MailAddress, locks.GetValueOrDefault(u.CanonicalLoginId, []), u.OneTimePasswordExpiresAt));
    }

    /// <summary>The users of a company with a password that is locked now.</summary>
    public async Task<IReadOnlyList<long>> LockedAsync(long companyId, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(companyId, cancellation);
        var locked = attempts.LockedUsersOf(db, companyId, clock.GetUtcNow());
        return locked.Count == 0 ? []
            : await db.Users.Where(u => locked.Contains(u.Id) && u.CompanyId == companyId && u.DeletedAt == null).Select(u => u.Id)
                .ToListAsync(cancellation);
    }

    /// <summary>How many users of a company are 停止中.</summary>
    public async Task<int> CountSuspendedAsync(long companyId, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(companyId, cancellation);
        return await db.Users.CountAsync(u => u.CompanyId == companyId && u.DeletedAt == null && u.SuspendedAt != null, cancellation);
    }

    /// <summary>How many users the company has and may have.</summary>
    public async Task<(int Have, int Most)> LimitAsync(long companyId, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(companyId, cancellation);
        var have = await db.Users.CountAsync(u => u.CompanyId == companyId && u.DeletedAt == null, cancellation);
        var max = await db.Companies.Where(c => c.Id == companyId).Select(c => c.MaxUsers).SingleAsync(cancellation);
        return (have, max);
    }

    /// <summary>
    /// Whether the company itself has or had this login ID: what may be said before 実行. Other companies' IDs are not asked.
    /// </summary>
    public async Task<bool> IsOwnLoginIdAsync(long companyId, string loginId, CancellationToken cancellation = default)
    {
        var canonical = LoginId.Canonical(loginId);
        await using var db = await contexts.CreateDbContextAsync(companyId, cancellation);
        return await db.Users.AnyAsync(u => u.CompanyId == companyId && u.CanonicalLoginId == canonical, cancellation);
    }
}
