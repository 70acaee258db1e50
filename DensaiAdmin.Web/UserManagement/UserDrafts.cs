using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.UserManagement;
using DensaiAdmin.Core.Users;

namespace DensaiAdmin.Web.UserManagement;

/// <summary>What was entered on BRSK006 and is to be confirmed.</summary>
/// <param name="UserId">The user to change; 0 for a new one.</param>
/// <param name="Shown">The user as the input page showed it; null for a new one.</param>
/// <param name="Data">Tidied.</param>
public sealed record UserDraft(long UserId, ShownUser? Shown, UserData Data);

/// <summary>
/// Carries what must not stand in an address from one screen of 利用者管理 to the next, on one open page: what was entered, and an
/// initial password until its result screen has shown it. Gone with the page.
/// </summary>
public sealed class UserDrafts
{
    private (string Receipt, OneTimePassword Password)? _initial;

    /// <summary>What was entered last; null when there is nothing to confirm.</summary>
    public UserDraft? Draft { get; set; }

    /// <summary>Keeps an initial password for the result screen with this 受付番号.</summary>
    public void Hand(string receiptNumber, OneTimePassword? password) => _initial = password is null ? null : (receiptNumber, password);

    /// <summary>Gives it out, once.</summary>
    public OneTimePassword? Take(string receiptNumber)
    {
        var found = _initial is { } initial && initial.Receipt == receiptNumber ? initial.Password : null;
        _initial = null;
        return found;
    }
}
