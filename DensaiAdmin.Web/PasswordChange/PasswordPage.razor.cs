using System.Globalization;
using DensaiAdmin.Core;
using DensaiAdmin.Core.PasswordChange;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Web.Sessions;
using DensaiAdmin.Web.Shared;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace DensaiAdmin.Web.PasswordChange;

/// <summary>BRSK002: one of the two passwords, or at the first login both.</summary>
public sealed partial class PasswordPage(
    ChangePassword change,
    PasswordPolicy policy,
    LiveSessions sessions,
    CurrentActor current,
    NavigationManager navigation,
    IStringLocalizer<PasswordChangeText> text,
    IStringLocalizer<SharedText> shared)
{
    private readonly PasswordInput _input = new();
    // One page is one change, however often it is sent.
    private Guid _submission = Guid.NewGuid();
    private bool _first;
    private ErrorReport? _error;

    protected override void OnInitialized() => _first = sessions.Find(current.Actor)?.User.OneTimePasswordExpiresAt is not null;

    private async Task ExecuteAsync()
    {
        if (Missing() is { Count: > 0 } missing)
        {
            Refuse(ErrorCodes.NewPasswordMissing, missing);
            return;
        }

        try
        {
            var (now, next) = (new SuppliedPassword(_input.Current), new SuppliedPassword(_input.Replacement));
            Show(_first
                ? await change.ReplaceInitialAsync(current.Actor, now, next, new SuppliedPassword(_input.Confirmation), _submission)
                : await change.ByUserAsync(current.Actor, _input.Kind, now, next, _submission));
        }
        catch (Exception broken) when (StoreFaults.Find(broken) is { } fault)
        {
            Refuse(ErrorCodes.Of(fault), [new(StoreFaults.Of(fault, CultureInfo.CurrentUICulture))]);
        }
    }

    private List<FieldError> Missing()
    {
        var missing = new List<FieldError>();
        Look(_input.Current.Length > 0, _first ? "Password_Current_First_Empty" : "Password_Current_Empty", "current");
        Look(_input.Replacement.Length > 0, "Password_New_Empty", "new");
        Look(_input.Replacement.Length == 0 || _input.Replacement == _input.Again, "Password_Again_Differs", "again");
        if (_first)
        {
            Look(_input.Confirmation.Length > 0, "Password_NewConfirmation_Empty", "new-confirmation");
            Look(
                _input.Confirmation.Length == 0 || _input.Confirmation == _input.ConfirmationAgain, "Password_Again_Differs",
                "again-confirmation");
        }

        return missing;

        void Look(bool isRight, string key, string field)
        {
            if (!isRight)
            {
                missing.Add(new(text[key], field));
            }
        }
    }

    private void Show(ChangePasswordOutcome outcome)
    {
        switch (outcome)
        {
            case ChangePasswordOutcome.Changed changed:
                _input.Empty();
                // At the first login the whole page is loaded anew: until now it was let see nothing else.
                navigation.NavigateTo(Urls.PasswordResult(changed.ReceiptNumber), forceLoad: _first, replace: true);
                break;
            case ChangePasswordOutcome.WrongCurrent wrong:
                Refuse(
                    ErrorCodes.CurrentPasswordWrong,
                    [new(text["Password_Wrong", wrong.AttemptsLeft.ToString(CultureInfo.CurrentCulture)], "current")]);
                break;
            case ChangePasswordOutcome.Locked locked:
                Refuse(ErrorCodes.CurrentPasswordLocked, [new(
                    locked.Until is { } until ? text["Password_LockedUntil", JapanTime.Format(until)] : shared["Error_PasswordLocked"],
                    "current")]);
                break;
            case ChangePasswordOutcome.NotUsable refused:
                Refuse(ErrorCodes.NewPasswordNotUsable, [.. refused.Faults.Select(fault => new FieldError(
                    Words(fault), _first && fault.Kind == PasswordKind.Confirmation ? "new-confirmation" : "new"))]);
                break;
            case ChangePasswordOutcome.ChangedMeanwhile:
                Refuse(ErrorCodes.ChangedMeanwhile, [new(text["Password_ChangedMeanwhile"], "current")]);
                break;
            case ChangePasswordOutcome.OtherForm:
                navigation.NavigateTo(Urls.Password, forceLoad: true);
                break;
            case ChangePasswordOutcome.SessionEnded:
                navigation.NavigateTo(Urls.Login, forceLoad: true);
                break;
            case ChangePasswordOutcome.Busy:
                Refuse(ErrorCodes.Busy, [new(text["Password_Busy"])]);
                break;
        }
    }

    private string Words(NewPasswordFault fault) => fault.IsCurrent
        ? text["Password_IsCurrent"]
        : PasswordWords.Of(fault.Kind, fault.Evaluated, policy) ?? throw new InvalidOperationException("What is accepted is no fault.");

    private void Refuse(ErrorCode code, IReadOnlyList<FieldError> errors)
    {
        _input.Empty();
        _submission = Guid.NewGuid();
        _error = new ErrorReport(text["Password_Error_Heading"], errors, code);
    }
}
