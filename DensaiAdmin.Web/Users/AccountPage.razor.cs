using DensaiAdmin.Core.Users;
using DensaiAdmin.Web.Hosting;
using Microsoft.AspNetCore.Components;

namespace DensaiAdmin.Web.Users;

/// <summary>BRSK006, 照会: one user, and what can be done about it.</summary>
public sealed partial class AccountPage(UserDesk desk, UserDrafts drafts, CurrentActor current, NavigationManager navigation)
{
    private UserTarget? _target;

    [SupplyParameterFromQuery(Name = "id")]
    public string? LoginId { get; set; }

    protected override async Task OnParametersSetAsync()
    {
        drafts.Draft = null;
        _target = await desk.FindAsync(current.Actor, LoginId);
        if (_target is null)
        {
            navigation.NotFound();
        }
    }
}
