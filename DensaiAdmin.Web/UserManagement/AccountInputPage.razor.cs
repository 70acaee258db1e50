using DensaiAdmin.Core;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.UserManagement;
using DensaiAdmin.Core.Users;
using DensaiAdmin.Web.Sessions;
using DensaiAdmin.Web.Shared;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Web.UserManagement;

/// <summary>BRSK006, 新規登録 and 変更: what is entered goes on to BRSK007 and comes back from it.</summary>
public sealed partial class AccountInputPage(
    UserQueries queries, UserDrafts drafts, CurrentActor current, NavigationManager navigation, IStringLocalizer<UsersText> text,
    IStringLocalizer<SharedText> shared, IOptions<InstitutionOptions> institution)
{
    private UserTarget? _target;
    private ShownUser? _shown;
    private AccountInput? _input;
    private (int Have, int Most)? _limit;
    private ErrorReport? _error;
    private ErrorReport? _refusal;

    [SupplyParameterFromQuery(Name = "id")]
    public string? LoginId { get; set; }

    private UserOperationKind Kind =>
        navigation.ToBaseRelativePath(navigation.Uri).Split('?', '#')[0].EndsWith("/new", StringComparison.Ordinal)
            ? UserOperationKind.Register
            : UserOperationKind.Change;

    private string Title => text["Input_" + Kind];

    protected override async Task OnInitializedAsync()
    {
        if (Kind == UserOperationKind.Register)
        {
            _limit = await queries.LimitAsync(current.CompanyId!.Value);
            if (_limit is { } limit && limit.Have >= limit.Most)
            {
                _refusal = new ErrorReport(
                    text["Refused_Nothing"], [new FieldError(text["Refused_LimitReached"])], ErrorCodes.Of(UserRefusal.LimitReached));
                return;
            }
        }
        else
        {
            _target = await queries.FindAsync(current.Actor, LoginId);
            if (_target is null)
            {
                navigation.NotFound();
                return;
            }

            if (_target.Refusal(UserOperationKind.Change) is { } refusal)
            {
                _refusal = new ErrorReport(text["Refused_Nothing"], [new FieldError(text["Refused_" + refusal])], ErrorCodes.Of(refusal));
                return;
            }

            _shown = ShownUser.Of(_target.User);
        }

        // Back from BRSK007: what was entered stands, and so does what it was entered upon, or another's change would be lost unseen.
        var before = drafts.Draft is { } draft && draft.UserId == (_target?.User.Id ?? 0) ? draft : null;
        _shown = before?.Shown ?? _shown;
        var data = before?.Data ?? _shown?.Data ?? new UserData("", "", "");
        _input = new AccountInput { LoginId = data.LoginId, Name = data.Name, MailAddress = data.MailAddress };
    }

    private async Task NextAsync()
    {
        var data = new UserData(_shown?.Data.LoginId ?? _input!.LoginId, _input!.Name, _input.MailAddress).Tidy();
        if (_shown is null)
        {
            _input.LoginId = data.LoginId;
        }

        (_input.Name, _input.MailAddress) = (data.Name, data.MailAddress);
        var faults = (_shown is null ? data.Faults(institution.Value) : data.FaultsOfChange()).ToList();
        if (_shown is null && faults.Count == 0 && await queries.IsOwnLoginIdAsync(current.CompanyId!.Value, data.LoginId))
        {
            faults.Add(UserDataFault.LoginIdTaken);
        }

        if (faults.Count > 0)
        {
            _error = UserErrors.Of(faults, text, shared, institution.Value);
        }
        else if (_shown is not null && data == _shown.Data)
        {
            _error = new ErrorReport(
                text["Error_Heading"], [new FieldError(text["Error_Unchanged"], "name")], ErrorCodes.UserDataUnchanged);
        }
        else
        {
            drafts.Draft = new UserDraft(_target?.User.Id ?? 0, _shown, data);
            navigation.NavigateTo(UserTasks.Confirm(Kind, _target?.User.LoginId));
        }
    }
}
