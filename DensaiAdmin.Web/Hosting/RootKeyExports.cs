using DensaiAdmin.Core.Acts;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.History;

namespace DensaiAdmin.Web.Hosting;

/// <summary>
/// Takes the root's key out of the data directory of a bank in Production. It has signed what it is there for by then: the issuing CA,
/// and a CRL of its own that is valid for as long as that one.
/// </summary>
internal static class RootKeyExports
{
    /// <summary>Exports and removes the key where it is still here; a second start finds nothing to do.</summary>
    /// <exception cref="StartRefusedException">It could not be exported, and is still here.</exception>
    public static async Task EnsureAsync(OpenInstallation installation, ActWriter acts)
    {
        var settings = installation.Settings;
        var keys = installation.Authorities.Keys;
        if (!settings.IsProduction || keys.RootKey.Place != RootKeyPlace.InDirectory)
        {
            return;
        }

        // Before, not after: killed in between, the key is here, the next start does it again, and the history has one record too many
        // rather than one too few.
        await acts.PerformAnyTimeAsync(act => Record(act, HistoryResult.Done, "root-key-export"));
        var outcome = keys.ExportRootAndRemove(installation.Passphrase, settings.RootKeyExport, installation.Passphrase, installation.Clock.GetUtcNow());
        if (outcome is not (RootExportOutcome.Exported or RootExportOutcome.NotHere))
        {
            await acts.PerformAnyTimeAsync(act => Record(act, HistoryResult.Refused, "root-key-not-exported"));
            throw new StartRefusedException([Words(outcome, settings.RootKeyExport)]);
        }
    }

    public static SettingFault Words(RootExportOutcome outcome, string target) => outcome switch
    {
        RootExportOutcome.TargetExists => new(
            ServerSettings.RootKeyExportKey,
            $"ルート認証局の鍵の書き出し先「{target}」には、別のファイルがあります。ほかの書き出し先を指定してください。鍵はまだデータディレクトリにあります。",
            $"the root key is to be written to {target}, but another file is there. Name another place. The key is still in the data directory."),
        RootExportOutcome.TargetInsideDirectory => new(
            ServerSettings.RootKeyExportKey,
            $"ルート認証局の鍵の書き出し先「{target}」がデータディレクトリの中にあります。バックアップに含まれない、外の場所を指定してください。",
            $"{target} lies in the data directory, which every backup holds. Name a place outside it for the root key."),
        RootExportOutcome.TargetNotWritable => new(
            ServerSettings.RootKeyExportKey,
            $"ルート認証局の鍵を「{target}」に書き出せません。書き込める場所を指定してください。鍵はまだデータディレクトリにあります。",
            $"the root key cannot be written to {target}. Name a place that can be written. The key is still in the data directory."),
        RootExportOutcome.WrongPassphrase => new(
            "Authority:KeyPassphrase",
            "ルート認証局の鍵を開けません。パスフレーズが違うか、鍵のファイルが壊れています。",
            "does not open the root key, or its file is damaged."),
        RootExportOutcome.Exported or RootExportOutcome.NotHere => throw new InvalidOperationException("Nothing is wrong."),
    };

    private static bool Record(Act act, HistoryResult result, string detail)
    {
        act.Record(new HistoryEntry { Operation = HistoryOperation.Operation, Result = result, Source = "local", Detail = detail });
        return true;
    }
}
