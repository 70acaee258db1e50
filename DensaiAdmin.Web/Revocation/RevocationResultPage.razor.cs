using DensaiAdmin.Core.Revocation;
using DensaiAdmin.Web.Sessions;
using Microsoft.AspNetCore.Components;

namespace DensaiAdmin.Web.Revocation;

/// <summary>BRSK020: what was done, under an address that stays.</summary>
public sealed partial class RevocationResultPage(RevocationQueries queries, CurrentActor current, NavigationManager navigation)
{
    private RevocationResultModel? _model;

    [Parameter]
    public string Number { get; set; } = "";

    protected override async Task OnInitializedAsync()
    {
        if (await queries.FindResultAsync(current.Actor, Number) is not { } result)
        {
            navigation.NotFound();
            return;
        }

        var (revocation, user, published) = result;
        _model = new RevocationResultModel
        {
            Number = revocation.ReceiptNumber,
            LoginId = user.LoginId,
            Name = user.Name,
            RevokedAt = revocation.RevokedAt,
            Reason = revocation.Reason,
            Serial = revocation.SerialNumber,
            SessionsEnded = revocation.SessionsEnded,
            CrlPublishedAt = published,
            ActorName = revocation.RevokedByName,
            ActorLoginId = revocation.RevokedBy,
            Suspended = revocation.Suspended,
            Mailed = true,
        };
    }
}
