using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.UserManagement;
using DensaiAdmin.Web.Sessions;
using DensaiAdmin.Web.Shared;
using Microsoft.AspNetCore.Components;

namespace DensaiAdmin.Web.UserManagement;

/// <summary>BRSK013 and BRSK008: what was done, under an address that stays. An initial password is shown this once.</summary>
public sealed partial class UserResultPage(
    UserQueries queries, LiveSessions sessions, UserDrafts drafts, CurrentActor current, NavigationManager navigation)
{
    private UserOperation? _done;
    private OneTimePassword? _initial;
    private bool _needsCertificate = true;

    [Parameter]
    public string Number { get; set; } = "";

    protected override async Task OnInitializedAsync()
    {
        _initial = drafts.Take(Number);
        _done = await queries.FindResultAsync(current.Actor, Number);
        _needsCertificate = sessions.Find(current.Actor)?.User.Company?.AuthenticationMethod != AuthenticationMethod.IdAndPassword;
        var path = navigation.ToBaseRelativePath(navigation.Uri);
        if (_done is null
            || _done.Kind == UserOperationKind.ChangePassword
            || UserTasks.IsSuspension(_done.Kind) != path.StartsWith(Urls.Suspension[1..], StringComparison.Ordinal))
        {
            _done = null;
            navigation.NotFound();
        }
    }
}
