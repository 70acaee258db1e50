using DensaiAdmin.Core;
using DensaiAdmin.Core.ExpiryNotices;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Web.Gates;
using DensaiAdmin.Web.Sessions;
using DensaiAdmin.Web.Shared;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Web.ExpiryNotices;

/// <summary>BLGI004: asked at every login inside the renewal window (R7, R8), and where the banner on home leads.</summary>
public sealed partial class RenewalPage(
    RenewalQueries queries, CurrentActor current, IOptions<CertificatePolicyOptions> policy, IStringLocalizer<RenewalText> text)
{
    /// <summary>Values of the two choices in the form.</summary>
    internal const string Renews = "yes";
    internal const string Declines = "no";

    private RenewalQuestion? _question;
    private ErrorReport? _error;

    [CascadingParameter]
    private HttpContext HttpContext { get; set; } = default!;

    [SupplyParameterFromQuery]
    private string? ReturnUrl { get; set; }

    [SupplyParameterFromForm(FormName = RenewalView.FormName, Name = RenewalView.FieldName)]
    private string? Choice { get; set; }

    private string Here => RenewalPath.Before(RenewalPath.After(ReturnUrl));

    protected override async Task OnInitializedAsync()
    {
        _question = await queries.FindAsync(current.Actor, HttpContext.RequestAborted);
        if (_question is null)
        {
            // The window is not open, or no longer: nothing is asked, and nothing stays shut.
            await queries.AnswerNothingAskedAsync(current.Actor, HttpContext.RequestAborted);
            SeeOther(RenewalPath.After(ReturnUrl));
        }
    }

    private async Task AnswerAsync()
    {
        if (_question is null)
        {
            return;
        }

        if (Choice is not (Renews or Declines))
        {
            _error = new(text["Error_Heading"], [new(text["Error_Choose"], RenewalView.FirstChoice)], ErrorCodes.NothingChosen);
            return;
        }

        // What is renewed already is not renewed again from here, whatever was sent.
        var renews = Choice == Renews && _question.RenewedUntil is null;
        if (_question.RenewedUntil is null)
        {
            await queries.AnswerAsync(current.Actor, renews, HttpContext.RequestAborted);
        }
        else
        {
            await queries.AnswerNothingAskedAsync(current.Actor, HttpContext.RequestAborted);
        }

        SeeOther(renews ? Urls.RenewalApp : RenewalPath.After(ReturnUrl));
    }

    private void SeeOther(string location)
    {
        HttpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
        HttpContext.Response.Headers.Location = location;
    }
}
