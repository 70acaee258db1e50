using System.Globalization;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Revocation;
using DensaiAdmin.Web.Sessions;
using DensaiAdmin.Web.Shared;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Web.Revocation;

/// <summary>BRSK019: repeats who and what, asks for the 確認用パスワード, and acts on exactly what it showed.</summary>
public sealed partial class RevocationConfirmPage(
    RevocationQueries queries,
    RevokeCertificate revoke,
    CurrentActor current,
    NavigationManager navigation,
    IStringLocalizer<RevocationText> text,
    IOptions<CertificatePolicyOptions> policy,
    IOptions<PasswordOptions> passwords,
    TimeProvider clock)
{
    // One page is one revocation, however often it is sent.
    private readonly Guid _submission = Guid.NewGuid();

    private RevocationConfirmModel? _model;
    private RevocationTarget? _target;
    private ErrorReport? _error;
    private ErrorReport? _nothing;

    [Parameter]
    public string Serial { get; set; } = "";

    protected override async Task OnInitializedAsync()
    {
        _target = await queries.FindTargetAsync(current.Actor, Serial);
        if (_target is null)
        {
            navigation.NotFound();
            return;
        }

        if (_target.Refusal is { } refusal)
        {
            _nothing = new ErrorReport(text["Refused_Nothing"], [new FieldError(text["Refused_" + refusal])], ErrorCodes.Of(refusal));
            return;
        }

        var days = JapanTime.DaysUntil(_target.NotAfter, clock.GetUtcNow());
        _model = new RevocationConfirmModel
        {
            LoginId = _target.User.LoginId,
            Name = _target.User.Name,
            IsMaster = _target.User.Role == UserRole.Master,
            State = _target.Status,
            NotAfter = _target.NotAfter,
            DaysLeft = _target.Status == CertificateStatus.Issued ? days : null,
            ExpiresSoon = _target.Status == CertificateStatus.Issued && days <= policy.Value.RenewalWindowDays,
            Serial = _target.SerialNumber.ToString(),
            OpenSessions = _target.LiveSessions,
            Reason = RevocationReasons.Preselected(_target.Status),
            Reasons = RevocationReasons.Selectable,
            SuspendingReasons = [.. RevocationReasons.Selectable.Where(RevocationReasons.SuspendsByDefault)],
            ActorName = current.Name,
            AttemptsToLock = passwords.Value.FailuresUntilLock,
        };
    }

    private async Task ExecuteAsync(RevocationInput input)
    {
        var password = new SuppliedPassword(input.Password);
        if (password.IsEmpty)
        {
            Refuse(ErrorCodes.ConfirmationPasswordMissing, text["Error_PasswordEmpty"], "cpw");
            return;
        }

        var request = new RevocationRequest(_target!.User.Id, _target.SerialNumber, input.Reason, input.AlsoSuspend, _submission);
        try
        {
            Show(await revoke.ByMasterAsync(current.Actor, request, password));
        }
        catch (Exception broken) when (StoreFaults.Find(broken) is { } fault)
        {
            Refuse(ErrorCodes.Of(fault), StoreFaults.Of(fault, CultureInfo.CurrentUICulture), null);
        }
    }

    private void Show(RevokeOutcome outcome)
    {
        switch (outcome)
        {
            case RevokeOutcome.Revoked revoked:
                // Back leads to the list, not to a page whose act is done.
                navigation.NavigateTo(Urls.RevocationResult(revoked.ReceiptNumber), replace: true);
                break;
            case RevokeOutcome.Unconfirmed { Why: UnconfirmedOutcome.Wrong wrong }:
                Refuse(
                    ErrorCodes.ConfirmationPasswordWrong,
                    text["Error_PasswordWrong", wrong.AttemptsLeft.ToString(CultureInfo.CurrentCulture)], "cpw");
                break;
            case RevokeOutcome.Unconfirmed { Why: UnconfirmedOutcome.Locked }:
                Refuse(ErrorCodes.ConfirmationPasswordLocked, text["Error_PasswordLocked"], "cpw");
                break;
            case RevokeOutcome.Unconfirmed { Why: UnconfirmedOutcome.Busy }:
                Refuse(ErrorCodes.Busy, text["Error_Busy"], null);
                break;
            case RevokeOutcome.Unconfirmed { Why: UnconfirmedOutcome.SessionEnded }:
            case RevokeOutcome.Refused { Reason: RevokeRefusal.SessionEnded }:
                navigation.NavigateTo(Urls.Login, forceLoad: true);
                break;
            case RevokeOutcome.Refused refused:
                _error = new ErrorReport(
                    text["Refused_Heading"], [new FieldError(text["Refused_" + refused.Reason])], ErrorCodes.Of(refused.Reason));
                break;
        }
    }

    private void Refuse(ErrorCode code, string words, string? field) =>
        _error = new ErrorReport(text["Error_Heading"], [new FieldError(words, field)], code);
}
