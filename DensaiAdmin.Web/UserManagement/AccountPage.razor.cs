using DensaiAdmin.Core.UserManagement;
using DensaiAdmin.Web.Sessions;
using Microsoft.AspNetCore.Components;

namespace DensaiAdmin.Web.UserManagement;

/// <summary>BRSK006, 照会: one user, and what can be done about it.</summary>
public sealed partial class AccountPage(UserQueries queries, UserDrafts drafts, CurrentActor current, NavigationManager navigation)
{
    private UserTarget? _target;

    [SupplyParameterFromQuery(Name = "id")]
    public string? LoginId { get; set; }

    protected override async Task OnParametersSetAsync()
    {
        drafts.Draft = null;
        _target = await queries.FindAsync(current.Actor, LoginId);
        if (_target is null)
        {
            navigation.NotFound();
        }
    }
}
