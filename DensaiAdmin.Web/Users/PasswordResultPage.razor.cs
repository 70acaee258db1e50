using DensaiAdmin.Core.Users;
using DensaiAdmin.Web.Hosting;
using Microsoft.AspNetCore.Components;

namespace DensaiAdmin.Web.Users;

/// <summary>BRSK002, done: which password was changed and when, under an address that stays.</summary>
public sealed partial class PasswordResultPage(UserDesk desk, CurrentActor current, NavigationManager navigation)
{
    private UserAct? _done;

    [Parameter]
    public string Number { get; set; } = "";

    protected override async Task OnInitializedAsync()
    {
        _done = await desk.FindResultAsync(current.Actor, Number) is { Kind: UserActKind.ChangePassword } found ? found : null;
        if (_done is null)
        {
            navigation.NotFound();
        }
    }
}
