using DensaiAdmin.Core.Companies;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Web.Hosting;
using DensaiAdmin.Web.Shared;
using Microsoft.AspNetCore.Components;

namespace DensaiAdmin.Web.Users;

/// <summary>BRSK013 and BRSK008: what was done, under an address that stays. An initial password is shown this once.</summary>
public sealed partial class UserResultPage(UserDesk desk, LiveSessions sessions, UserDrafts drafts, CurrentActor current, NavigationManager navigation)
{
    private UserAct? _done;
    private OneTimePassword? _initial;
    private bool _needsCertificate = true;

    [Parameter]
    public string Number { get; set; } = "";

    protected override async Task OnInitializedAsync()
    {
        _initial = drafts.Take(Number);
        _done = await desk.FindResultAsync(current.Actor, Number);
        _needsCertificate = sessions.Find(current.Actor)?.User.Company?.AuthenticationMethod != AuthenticationMethod.IdAndPassword;
        var path = navigation.ToBaseRelativePath(navigation.Uri);
        if (_done is null || _done.Kind == UserActKind.ChangePassword || UserTasks.IsSuspension(_done.Kind) != path.StartsWith(Urls.Suspension[1..], StringComparison.Ordinal))
        {
            _done = null;
            navigation.NotFound();
        }
    }
}
