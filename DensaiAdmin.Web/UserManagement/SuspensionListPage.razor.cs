using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.UserManagement;
using DensaiAdmin.Web.Shared;
using Microsoft.AspNetCore.Components;

namespace DensaiAdmin.Web.UserManagement;

/// <summary>BRSK011: who is to be stopped, released, or freed of a password's lock.</summary>
public sealed partial class SuspensionListPage(UserRows rows, NavigationManager navigation)
{
    private static readonly UserOperationKind[] Kinds = [UserOperationKind.Suspend, UserOperationKind.Release, UserOperationKind.Unlock];

    private UserListModel? _model;
    private UserListQuery _query = new(Urls.Suspension);

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
        var query = UserListQuery.From(Urls.Suspension, Use, Search, Sort, Direction, UrlNumber.Page(Page));
        _model = await rows.ListAsync(query);
        _query = query;
    }

    private static UserRefusal? Why(UserRow row) =>
        Kinds.Any(kind => row.Refusal(kind) is null) ? null : row.IsOneself ? UserRefusal.Oneself : row.Refusal(UserOperationKind.Suspend);

    private IReadOnlyList<UserListAction> Actions(UserRow? row)
    {
        if (row is null)
        {
            return [new(Text["Suspension"], null)];
        }

        var possible = Kinds.Where(kind => row.Refusal(kind) is null).ToList();
        // The one of 停止 and 解除 that is possible is the main one; a lock stands beside it, or alone where only it can be released.
        return [.. possible.OrderByDescending(kind => kind).Select(
            kind => new UserListAction(Text["Act_" + kind], kind, IsMain: kind == possible[0]))];
    }

    private void Show(UserListQuery query) => navigation.NavigateTo(query.Href);

    private void Act((UserListAction Action, UserRow Row) pressed) =>
        navigation.NavigateTo(UserTasks.Confirm(pressed.Action.Kind!.Value, pressed.Row.LoginId));
}
