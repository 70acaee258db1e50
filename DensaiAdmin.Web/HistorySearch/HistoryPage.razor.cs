using DensaiAdmin.Core;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.HistorySearch;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Web.Sessions;
using DensaiAdmin.Web.Shared;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace DensaiAdmin.Web.HistorySearch;

/// <summary>BSRS001: the search stands in the address, so that it can be bookmarked and Back returns to it.</summary>
public sealed partial class HistoryPage(
    OperationHistory history,
    HistoryWatch watch,
    CurrentActor current,
    NavigationManager navigation,
    IStringLocalizer<HistoryText> text,
    TimeProvider clock)
{
    private const int PageSize = 50;

    // A longer list to choose from helps nobody: the login ID is typed then.
    private const int MaxPeople = 100;

    private HistoryListModel? _model;
    private HistoryListQuery _query = HistoryListQuery.Default(DateOnly.MaxValue);
    private IReadOnlyList<string> _people = [];
    private ErrorReport? _error;

    [SupplyParameterFromQuery(Name = HistoryListQuery.FromName)]
    public string? From { get; set; }

    [SupplyParameterFromQuery(Name = HistoryListQuery.ToName)]
    public string? To { get; set; }

    [SupplyParameterFromQuery(Name = HistoryListQuery.UserName)]
    public string? User { get; set; }

    [SupplyParameterFromQuery(Name = HistoryListQuery.OperationName)]
    public string? Operation { get; set; }

    [SupplyParameterFromQuery(Name = HistoryListQuery.ResultName)]
    public string? Result { get; set; }

    [SupplyParameterFromQuery(Name = HistoryListQuery.OrderName)]
    public string? Order { get; set; }

    [SupplyParameterFromQuery(Name = HistoryListQuery.AfterName)]
    public string? After { get; set; }

    [SupplyParameterFromQuery(Name = HistoryListQuery.BeforeName)]
    public string? Before { get; set; }

    private bool IsMaster => current is { Role: UserRole.Master, CompanyId: not null };

    protected override async Task OnInitializedAsync() => _people = await history.PeopleAsync(current.Actor, MaxPeople);

    protected override async Task OnParametersSetAsync()
    {
        var now = clock.GetUtcNow();
        _query = HistoryListQuery.Read(
            JapanTime.JstDate(now), From, To, User, Operation, Result, Order, UrlNumber.Read(After), UrlNumber.Read(Before));
        _error = _query.IsPeriod
            ? null
            : new ErrorReport(text["Error_Heading"], [new FieldError(text["Error_Period"], "from")], ErrorCodes.PeriodNotUsable);
        var page = _query.IsPeriod ? await history.ListAsync(current.Actor, _query.ToCore(PageSize)) : null;
        _model = new HistoryListModel(page ?? new([], 0, 0, HasMore: false), watch.Last, now);
    }

    private void Show(HistoryListQuery query) => navigation.NavigateTo(query.Href);
}
