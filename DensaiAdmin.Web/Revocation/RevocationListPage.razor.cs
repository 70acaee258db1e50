using DensaiAdmin.Core;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Revocation;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Web.Sessions;
using DensaiAdmin.Web.Shared;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Web.Revocation;

/// <summary>BRSK018: the list stands in the address, so that it can be bookmarked and Back returns to it.</summary>
public sealed partial class RevocationListPage(
    CertificateHolders holders,
    CurrentActor current,
    NavigationManager navigation,
    IOptions<CertificatePolicyOptions> policy,
    TimeProvider clock)
{
    private const int PageSize = 50;

    private RevocationListModel? _model;
    private RevocationListQuery _query = RevocationListQuery.All;

    [SupplyParameterFromQuery(Name = RevocationListQuery.StateName)]
    public string? State { get; set; }

    [SupplyParameterFromQuery(Name = RevocationListQuery.SearchName)]
    public string? Search { get; set; }

    [SupplyParameterFromQuery(Name = RevocationListQuery.SortName)]
    public string? Sort { get; set; }

    [SupplyParameterFromQuery(Name = RevocationListQuery.DirectionName)]
    public string? Direction { get; set; }

    [SupplyParameterFromQuery(Name = RevocationListQuery.PageName)]
    public string? Page { get; set; }

    private string CsvHref =>
        _query with { Page = 1 } is { } all ? Urls.RevocationCsv + all.Href[Urls.Revocation.Length..] : Urls.RevocationCsv;

    /// <summary>What the prerendered page showed: its circuit, an instant later, does not ask for all of it again.</summary>
    [PersistentState(RestoreBehavior = RestoreBehavior.SkipLastSnapshot)]
    public Prerendered? Handed { get; set; }

    protected override async Task OnParametersSetAsync()
    {
        var query = RevocationListQuery.From(State, Search, Sort, Direction, UrlNumber.Page(Page));
        _model = Taken(query.Href) ?? await LoadAsync(query);
        _query = query;
        if (!RendererInfo.IsInteractive)
        {
            Handed = new(current.Actor.SessionId, query.Href, _model);
        }
    }

    // Once, for the address it was made for, and only in the session that it was made for, whatever page it comes from.
    private RevocationListModel? Taken(string href)
    {
        if (!RendererInfo.IsInteractive || Handed is not { } handed)
        {
            return null;
        }

        Handed = null;
        return handed.SessionId == current.Actor.SessionId && handed.Href == href ? handed.Model : null;
    }

    private async Task<RevocationListModel> LoadAsync(RevocationListQuery query)
    {
        var window = policy.Value.RenewalWindowDays;
        var now = clock.GetUtcNow();
        var (page, counts) = await holders.ListWithCountsAsync(
            RevocationRows.Query(query, current.CompanyId!.Value, window) with { PageSize = PageSize }, window);
        return new RevocationListModel(
            [.. page.Rows.Select(row => RevocationRows.Row(row, now, window))], page.Total, counts, PageSize, window);
    }

    private void Show(RevocationListQuery query) => navigation.NavigateTo(query.Href);

    private void Revoke(RevocationRow row) => navigation.NavigateTo(Urls.RevocationConfirm(row.Serial!));

    /// <param name="SessionId">Whose page it is.</param>
    /// <param name="Href">The list's address.</param>
    /// <param name="Model">What it showed.</param>
    public sealed record Prerendered(long SessionId, string Href, RevocationListModel Model);
}

/// <summary>Turns the list of Core into rows, the same for the screen and the file.</summary>
internal static class RevocationRows
{
    public static HolderQuery Query(RevocationListQuery query, long companyId, int windowDays) => new()
    {
        CompanyId = companyId,
        Search = query.Search,
        Status = query.Filter switch
        {
            RevocationFilter.Expired => CertificateStatus.Expired,
            RevocationFilter.Issued => CertificateStatus.Issued,
            RevocationFilter.Revoked => CertificateStatus.Revoked,
            RevocationFilter.NotIssued => CertificateStatus.NotIssued,
            RevocationFilter.All or RevocationFilter.ExpiresSoon or RevocationFilter.ExpiresUrgently => null,
        },
        DueWithinDays = query.Filter switch
        {
            RevocationFilter.ExpiresSoon => windowDays,
            RevocationFilter.ExpiresUrgently => ExpiryNearness.UrgentDays,
            _ => null,
        },
        Sort = query.Sort,
        Descending = query.Descending,
        Page = query.Page,
    };

    public static RevocationRow Row(Holder holder, DateTimeOffset now, int windowDays)
    {
        var shown = holder.Status is CertificateStatus.Issued or CertificateStatus.Expired ? holder.NotAfter : null;
        int? days = holder.Status == CertificateStatus.Issued ? JapanTime.DaysUntil(holder.NotAfter!.Value, now) : null;
        return new RevocationRow
        {
            LoginId = holder.LoginId,
            Name = holder.Name,
            IsMaster = holder.Role == UserRole.Master,
            State = holder.Status,
            NotAfter = shown,
            DaysLeft = days,
            ExpiresSoon = days <= windowDays,
            Serial = holder.SerialNumber?.ToString(),
            Why = RevocationPolicy.EvaluateTarget(holder.Role, holder.Status),
        };
    }
}
