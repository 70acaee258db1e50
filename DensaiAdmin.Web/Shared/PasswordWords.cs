using System.Globalization;
using System.Resources;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;

namespace DensaiAdmin.Web.Shared;

/// <summary>Why a new password cannot be used (R23), in the same words wherever one is set: on the pages and at the terminal.</summary>
internal static class PasswordWords
{
    private static readonly ResourceManager Words = new(typeof(SharedText));

    /// <summary>The fault as a sentence; null when there is none.</summary>
    /// <param name="kind">Which of the two passwords.</param>
    /// <param name="outcome">What the policy says.</param>
    /// <param name="minCharacters">Least characters of this kind.</param>
    /// <param name="maxCharacters">Most characters of a password.</param>
    /// <param name="culture">The language.</param>
    public static string? Of(PasswordKind kind, PasswordPolicyOutcome outcome, int minCharacters, int maxCharacters, CultureInfo culture)
    {
        var name = Text(kind == PasswordKind.Login ? "Label_LoginPassword" : "Label_ConfirmationPassword", culture);
        return outcome switch
        {
            PasswordPolicyOutcome.Accepted => null,
            PasswordPolicyOutcome.TooShort => Text("PasswordFault_TooShort", culture, name, minCharacters),
            PasswordPolicyOutcome.TooLong => Text("PasswordFault_TooLong", culture, name, maxCharacters),
            PasswordPolicyOutcome.NotText => Text("PasswordFault_NotText", culture, name),
            PasswordPolicyOutcome.TooPersonal => Text("PasswordFault_TooPersonal", culture, name, PasswordPolicy.MinOwnCharacters),
            PasswordPolicyOutcome.TooCommon => Text("PasswordFault_TooCommon", culture, name),
            PasswordPolicyOutcome.SameAsOther => Text("PasswordFault_SameAsOther", culture, name),
        };
    }

    /// <summary>The same in the language of the page.</summary>
    public static string? Of(PasswordKind kind, PasswordPolicyOutcome outcome, PasswordPolicy policy) =>
        Of(kind, outcome, policy.MinCharacters(kind), policy.MaxCharacters, CultureInfo.CurrentUICulture);

    private static string Text(string key, CultureInfo culture, params object[] values) =>
        string.Format(culture, Words.GetString(key, culture) ?? throw new InvalidOperationException($"No words for {key}."), values);
}
