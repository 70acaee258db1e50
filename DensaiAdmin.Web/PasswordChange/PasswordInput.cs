using DensaiAdmin.Core.Registry;

namespace DensaiAdmin.Web.PasswordChange;

/// <summary>What the fields of BRSK002 hold. Not a record: those print their members, and these are passwords.</summary>
public sealed class PasswordInput
{
    /// <summary>Which of the two is changed; at the first login both are, and this does not count.</summary>
    public PasswordKind Kind { get; set; }

    public string Current { get; set; } = "";

    public string Replacement { get; set; } = "";

    public string Again { get; set; } = "";

    /// <summary>The first 確認用パスワード; first login only.</summary>
    public string Confirmation { get; set; } = "";

    public string ConfirmationAgain { get; set; } = "";

    public void Empty() => (Current, Replacement, Again, Confirmation, ConfirmationAgain) = ("", "", "", "", "");
}
