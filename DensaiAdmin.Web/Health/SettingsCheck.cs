using DensaiAdmin.Core;
using DensaiAdmin.Web.Settings;
using DensaiAdmin.Web.Shared;

namespace DensaiAdmin.Web.Health;

/// <summary>Settings that mean nothing, and those that customers miss.</summary>
internal sealed class SettingsCheck(ServerSettings settings, Brand brand) : FaultCheck
{
    public override HealthFault Unanswered { get; } = HealthFault.Warning(
        "設定を確認できません。",
        "ログを確認してください。",
        "The settings cannot be looked at.",
        "See the log.");

    protected override Task<IReadOnlyList<HealthFault>> FindAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<HealthFault>>(
        [
            .. settings.Warnings.Select(Of),
            .. UnsetContacts(brand.Contact),
        ]);

    /// <summary>
    /// What the start warned of, in the words of that warning: a key that nothing reads is one thing, one that is missing another.
    /// </summary>
    internal static HealthFault Of(SettingFault warning) => HealthFault.Warning(
        $"設定 {warning.Key}: {warning.Japanese}", "設定を直して、起動し直してください。",
        $"Setting {warning.Key}: {warning.English}", "Correct the setting and start again.");

    /// <summary>Whom to ask must be said to customers who cannot go on.</summary>
    internal static IEnumerable<HealthFault> UnsetContacts(ContactOptions contact)
    {
        List<string> unset =
        [
            .. SettingsValidation.SettingsOf(typeof(ContactOptions)).Select(setting => setting.Name)
                .Except(contact.Given().Select(given => given.Name), StringComparer.Ordinal)
                .Select(name => $"{ContactOptions.Section}:{name}"),
        ];
        return unset.Count == 0 ? [] :
        [
            HealthFault.Warning(
                $"お問い合わせ先が設定されていません({string.Join("、", unset)})。", "画面に表示するお問い合わせ先を設定してください。",
                $"Contacts are not set ({string.Join(", ", unset)}).", "Set what the screens shall tell customers who need help."),
        ];
    }
}
