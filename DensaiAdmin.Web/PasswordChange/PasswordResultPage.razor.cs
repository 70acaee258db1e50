using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.UserManagement;
using DensaiAdmin.Web.Sessions;
using Microsoft.AspNetCore.Components;

namespace DensaiAdmin.Web.PasswordChange;

/// <summary>BRSK002, done: which password was changed and when, under an address that stays.</summary>
public sealed partial class PasswordResultPage(UserQueries queries, CurrentActor current, NavigationManager navigation)
{
    private UserOperation? _done;

    [Parameter]
    public string Number { get; set; } = "";

    protected override async Task OnInitializedAsync()
    {
        _done = await queries.FindResultAsync(current.Actor, Number) is { Kind: UserOperationKind.ChangePassword } found ? found : null;
        if (_done is null)
        {
            navigation.NotFound();
        }
    }
}
