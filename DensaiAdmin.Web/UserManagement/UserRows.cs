using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.UserManagement;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Web.Sessions;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Web.UserManagement;

/// <summary>Asks Core for the rows of a list, the same for the screens and the file.</summary>
public sealed class UserRows(
    CertificateHolders holders, UserQueries queries, CurrentActor current, IOptions<CertificatePolicyOptions> policy)
{
    private const int PageSize = 50;
    private const int FilePageSize = 100;

    public async Task<UserListModel> ListAsync(UserListQuery query, CancellationToken cancellation = default)
    {
        var company = current.CompanyId!.Value;
        var locked = await queries.LockedAsync(company, cancellation);
        var page = await holders.ListAsync(Query(query, company, locked) with { PageSize = PageSize }, cancellation);
        var counts = await holders.CountAsync(company, policy.Value.RenewalWindowDays, cancellation);
        var suspended = await queries.CountSuspendedAsync(company, cancellation);
        return new(await RowsAsync(company, page.Rows, cancellation), page.Total, new(counts.All, suspended, locked.Count), PageSize);
    }

    public async IAsyncEnumerable<UserRow> StreamAsync(
        UserListQuery query, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var company = current.CompanyId!.Value;
        var asked = Query(query, company, await queries.LockedAsync(company, cancellation)) with { PageSize = FilePageSize };
        for (var number = 1; ; number++)
        {
            var page = await holders.ListAsync(asked with { Page = number }, cancellation);
            foreach (var row in await RowsAsync(company, page.Rows, cancellation))
            {
                yield return row;
            }

            if (number * FilePageSize >= page.Total)
            {
                yield break;
            }
        }
    }

    private static HolderQuery Query(UserListQuery query, long company, IReadOnlyCollection<long> locked) => new()
    {
        CompanyId = company,
        Search = query.Search,
        Suspended = query.Filter switch
        {
            UserFilter.Active => false,
            UserFilter.Suspended => true,
            UserFilter.All or UserFilter.Locked => null,
        },
        Among = query.Filter == UserFilter.Locked ? locked : null,
        Sort = query.Sort,
        Descending = query.Descending,
        Page = query.Page,
    };

    private async Task<IReadOnlyList<UserRow>> RowsAsync(long company, IReadOnlyList<Holder> found, CancellationToken cancellation)
    {
        var standings = await queries.StandingsAsync(company, [.. found.Select(holder => holder.UserId)], cancellation);
        return
        [
            // A row that went between the two queries is left out.
            .. found.Where(holder => standings.ContainsKey(holder.UserId)).Select(holder => new UserRow
            {
                UserId = holder.UserId,
                LoginId = holder.LoginId,
                Name = holder.Name,
                Role = holder.Role,
                MailAddress = standings[holder.UserId].MailAddress,
                State = holder.Status,
                IsSuspended = holder.IsSuspended,
                Locks = standings[holder.UserId].Locks,
                IsOneself = holder.UserId == current.UserId,
            }),
        ];
    }
}
