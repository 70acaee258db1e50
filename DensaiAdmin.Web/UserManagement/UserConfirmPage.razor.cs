using System.Globalization;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.UserManagement;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Web.Sessions;
using DensaiAdmin.Web.Shared;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Web.UserManagement;

/// <summary>BRSK012 and BRSK007: repeats who and what, asks for the 確認用パスワード, and acts on exactly what it showed.</summary>
public sealed partial class UserConfirmPage(
    UserQueries queries,
    UserDrafts drafts,
    ManageUser manage,
    CurrentActor current,
    NavigationManager navigation,
    IStringLocalizer<UsersText> text,
    IStringLocalizer<SharedText> shared,
    IOptions<PasswordOptions> passwords,
    IOptions<InstitutionOptions> institution)
{
    // One page is one act, however often it is sent.
    private readonly Guid _submission = Guid.NewGuid();

    private UserOperationKind _kind;
    private UserTarget? _target;
    private ShownUser? _shown;
    private UserData? _data;
    private ErrorReport? _error;
    private ErrorReport? _nothing;
    private bool _ready;

    [Parameter]
    public string What { get; set; } = "";

    [SupplyParameterFromQuery(Name = "id")]
    public string? LoginId { get; set; }

    private bool IsSuspension => UserTasks.IsSuspension(_kind);

    private string ScreenId => IsSuspension ? "BRSK012" : "BRSK007";

    private string ListHref => IsSuspension ? Urls.Suspension : Urls.Accounts;

    private string BackHref => _kind switch
    {
        UserOperationKind.Register or UserOperationKind.Change => UserTasks.Input(_target?.User.LoginId),
        UserOperationKind.Delete or UserOperationKind.ResetPassword => UserTasks.Account(_target!.User.LoginId),
        _ => Urls.Suspension,
    };

    protected override async Task OnInitializedAsync()
    {
        if (UserTasks.Find(What, suspension: navigation.ToBaseRelativePath(navigation.Uri).StartsWith(
            Urls.Suspension[1..], StringComparison.Ordinal)) is not { } kind)
        {
            navigation.NotFound();
            return;
        }

        _kind = kind;
        if (kind != UserOperationKind.Register)
        {
            _target = await queries.FindAsync(current.Actor, LoginId);
            if (_target is null)
            {
                navigation.NotFound();
                return;
            }

            if (_target.Refusal(kind) is { } refusal)
            {
                _nothing = new ErrorReport(text["Refused_Nothing"], [new FieldError(text["Refused_" + refusal])], ErrorCodes.Of(refusal));
                return;
            }

            _shown = ShownUser.Of(_target.User);
        }

        if (kind is UserOperationKind.Register or UserOperationKind.Change)
        {
            if (drafts.Draft is not { } draft || draft.UserId != (_target?.User.Id ?? 0))
            {
                // Loaded anew, the page no longer knows what was entered; the draft lives on the open page alone.
                navigation.NavigateTo(UserTasks.Input(_target?.User.LoginId), replace: true);
                return;
            }

            (_shown, _data) = (draft.Shown, draft.Data);
        }

        _ready = true;
    }

    private async Task ExecuteAsync(string typed)
    {
        var password = new SuppliedPassword(typed);
        if (password.IsEmpty)
        {
            Refuse(ErrorCodes.ConfirmationPasswordMissing, text["Error_PasswordEmpty"], "cpw");
            return;
        }

        var request = new UserRequest(_kind, _target?.User.Id ?? 0, _shown, _data, _submission);
        try
        {
            await ShowAsync(await manage.ByMasterAsync(current.Actor, request, password));
        }
        catch (Exception broken) when (StoreFaults.Find(broken) is { } fault)
        {
            Refuse(ErrorCodes.Of(fault), StoreFaults.Of(fault, CultureInfo.CurrentUICulture), null);
        }
    }

    private async Task ShowAsync(ManageUserOutcome outcome)
    {
        switch (outcome)
        {
            case ManageUserOutcome.Done done:
                drafts.Draft = null;
                drafts.Hand(done.ReceiptNumber, done.InitialPassword);
                // Back leads to the list, not to a page whose act is done.
                navigation.NavigateTo(UserTasks.Result(_kind, done.ReceiptNumber), replace: true);
                break;
            case ManageUserOutcome.Unconfirmed { Why: UnconfirmedOutcome.Wrong wrong }:
                Refuse(
                    ErrorCodes.ConfirmationPasswordWrong,
                    text["Error_PasswordWrong", wrong.AttemptsLeft.ToString(CultureInfo.CurrentCulture)], "cpw");
                break;
            case ManageUserOutcome.Unconfirmed { Why: UnconfirmedOutcome.Locked }:
                Refuse(ErrorCodes.ConfirmationPasswordLocked, shared["Error_PasswordLocked"], "cpw");
                break;
            case ManageUserOutcome.Unconfirmed { Why: UnconfirmedOutcome.Busy }:
                Refuse(ErrorCodes.Busy, text["Refused_Busy"], null);
                break;
            case ManageUserOutcome.Unconfirmed { Why: UnconfirmedOutcome.SessionEnded }:
            case ManageUserOutcome.Refused { Reason: UserRefusal.SessionEnded }:
                navigation.NavigateTo(Urls.Login, forceLoad: true);
                break;
            case ManageUserOutcome.Refused { Reason: UserRefusal.NotUsable } refused:
                _error = UserErrors.Of(refused.Faults, text, shared, institution.Value);
                // The fields stand on the page before this one.
                _error = _error with { Errors = [.. _error.Errors.Select(error => error with { FieldId = null })] };
                break;
            case ManageUserOutcome.Refused { Reason: UserRefusal.ChangedMeanwhile } refused:
                drafts.Draft = null;
                _nothing = new ErrorReport(
                    text["Refused_Heading"], [new FieldError(text["Refused_ChangedMeanwhile"]), .. await WhatChangedAsync(refused.Changed)],
                    ErrorCodes.Of(refused.Reason));
                break;
            case ManageUserOutcome.Refused refused:
                _error = new ErrorReport(
                    text["Refused_Heading"], [new FieldError(text["Refused_" + refused.Reason])], ErrorCodes.Of(refused.Reason));
                break;
        }
    }

    private async Task<IReadOnlyList<FieldError>> WhatChangedAsync(IReadOnlyList<UserField> changed)
    {
        if (await queries.FindAsync(current.Actor, LoginId) is not { } now || _shown is not { } before)
        {
            return [];
        }

        return
        [
            .. changed.Select(field => field switch
            {
                UserField.Name => text["Changed_Name", before.Data.Name, now.User.Name],
                UserField.MailAddress => text["Changed_MailAddress", before.Data.MailAddress, now.User.MailAddress],
                UserField.Suspension => text[now.User.SuspendedAt is null ? "Changed_Released" : "Changed_Suspended"],
                UserField.Certificate => text["Changed_Certificate"],
                UserField.Role or UserField.LoginId => text["Changed_Role"],
            }).Select(words => new FieldError(words)),
        ];
    }

    private void Refuse(ErrorCode code, string words, string? field) =>
        _error = new ErrorReport(text["Confirm_Error_Heading"], [new FieldError(words, field)], code);
}
