using DensaiAdmin.Core.Authority;

namespace DensaiAdmin.Web.Settings;

/// <summary>Says why the root's key could not be taken out of the data directory.</summary>
internal static class RootKeyExportFaults
{
    public static SettingFault Words(RootExportOutcome outcome, string target) => outcome switch
    {
        RootExportOutcome.TargetExists => new(
            ServerSettings.RootKeyExportKey,
            $"ルート認証局の鍵の書き出し先「{target}」には、別のファイルがあります。ほかの書き出し先を指定してください。鍵はまだデータディレクトリにあります。",
            $"the root key is to be written to {target}, but another file is there. "
                + "Name another place. The key is still in the data directory."),
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
}
