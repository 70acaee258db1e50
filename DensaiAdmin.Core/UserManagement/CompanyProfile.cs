using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.UserManagement;

/// <summary>How many users of a company there are, deleted ones not counted.</summary>
/// <param name="Masters">マスターユーザ.</param>
/// <param name="General">一般ユーザ.</param>
/// <param name="Suspended">Of both, those who are suspended now.</param>
public sealed record CompanyUsers(int Masters, int General, int Suspended)
{
    public int All => Masters + General;
}

/// <summary>企業情報 as its users see it.</summary>
/// <param name="Company">The contract.</param>
/// <param name="Users">For masters only: how many others there are is not everybody's to know.</param>
public sealed record CompanyView(Company Company, CompanyUsers? Users);

/// <summary>企業情報 of the company of who asks, never of another.</summary>
public sealed class CompanyProfile(IDbContextFactory<DensaiDbContext> contexts, SessionWatch sessions, TimeProvider clock)
{
    /// <summary>The company, or null for the bank's staff and when the session is over.</summary>
    public async Task<CompanyView?> FindAsync(Actor actor, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if (sessions.Find(db, actor.SessionId, clock.GetUtcNow()).Live is not { User.Company: { } company } live)
        {
            return null;
        }

        if (live.User.Role != UserRole.Master)
        {
            return new(company, null);
        }

        var users = db.Users.Where(u => u.CompanyId == company.Id && u.DeletedAt == null);
        return new(
            company,
            new(
                await users.CountAsync(u => u.Role == UserRole.Master, cancellation),
                await users.CountAsync(u => u.Role == UserRole.General, cancellation),
                await users.CountAsync(u => u.SuspendedAt != null, cancellation)));
    }
}
