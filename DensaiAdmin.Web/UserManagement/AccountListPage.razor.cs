using DensaiAdmin.Web.Shared;
using Microsoft.AspNetCore.Components;

namespace DensaiAdmin.Web.UserManagement;

/// <summary>BRSK005: the company's users, from where each is looked at, and a new one registered.</summary>
public sealed partial class AccountListPage(UserRows rows, NavigationManager navigation)
{
    private UserListModel? _model;
    private UserListQuery _query = new(Urls.Accounts);

    [SupplyParameterFromQuery(Name = UserListQuery.FilterName)]
    public string? Use { get; set; }

    [SupplyParameterFromQuery(Name = UserListQuery.SearchName)]
    public string? Search { get; set; }

    [SupplyParameterFromQuery(Name = UserListQuery.SortName)]
    public string? Sort { get; set; }

    [SupplyParameterFromQuery(Name = UserListQuery.DirectionName)]
    public string? Direction { get; set; }

    [SupplyParameterFromQuery(Name = UserListQuery.PageName)]
    public string? Page { get; set; }

    protected override async Task OnParametersSetAsync()
    {
        var query = UserListQuery.From(Urls.Accounts, Use, Search, Sort, Direction, UrlNumber.Page(Page));
        _model = await rows.ListAsync(query);
        _query = query;
    }

    private IReadOnlyList<UserListAction> Actions(UserRow? row) => [new(Text["Act_Look"], null)];

    private void Show(UserListQuery query) => navigation.NavigateTo(query.Href);

    private void Act((UserListAction Action, UserRow Row) pressed) => navigation.NavigateTo(UserTasks.Account(pressed.Row.LoginId));
}
