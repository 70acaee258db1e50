using DensaiAdmin.Core.Store;

namespace DensaiAdmin.Web.Settings;

/// <summary>Says why a data directory was not opened.</summary>
internal static class StoreRefusals
{
    public static SettingFault Words(StoreRefusal refusal, string? value, ServerSettings settings) =>
        Words(refusal, value, settings.DataDirectory, settings.AnchorFile);

    public static SettingFault Words(StoreRefusal refusal, string? value, string data, string anchorFile) =>
        refusal switch
        {
            StoreRefusal.InUse => new(
                "Data:Directory",
                $"「{data}」は別のプロセスが使用中です。そちらを終了してから起動してください。",
                $"{data} is in use by another process. Stop that one first."),
            StoreRefusal.NewerSchema => new(
                "Data:Directory",
                $"「{data}」はより新しい版で書かれています({value})。新しい版のプログラムで起動してください。",
                $"{data} was written by a newer version ({value}). Start that version."),
            StoreRefusal.OlderThanAnchor => new(
                "History:AnchorFile",
                $"「{data}」は「{anchorFile}」より古い状態です(バックアップを戻した場合など)。reconcile を実行してください。",
                $"{data} is older than {anchorFile}, as after restoring a backup. Run the verb reconcile."),
            StoreRefusal.AnchorMissing => new(
                "History:AnchorFile",
                $"「{data}」には操作履歴がありますが、「{anchorFile}」にその記録がありません。正しいファイルを指定するか、reconcile を実行してください。",
                $"{data} has a history, but {anchorFile} has no line of it. Name the right file or run the verb reconcile."),
            StoreRefusal.ClockBeforeHistory => new(
                "Clock:StartAt",
                $"最後の記録({value})より前の時刻では起動できません。それより後の時刻を指定するか、demo reset で初めからやり直してください。",
                $"the last record is of {value} (JST); the clock cannot start before it. "
                    + "Give a later instant, or start anew with: demo reset"),
            StoreRefusal.WrongPassphrase => new(
                "Authority:KeyPassphrase",
                $"「{data}」の鍵を開けません。パスフレーズが違います。",
                $"does not open the keys in {data}."),
            StoreRefusal.Locked => new(
                "Data:Directory",
                $"「{data}」のデータベースを別のプログラムがロックしています。そのプログラムを終了してから起動してください。",
                $"another program keeps the database in {data} locked. End that one first."),
            StoreRefusal.Damaged => new(
                "Data:Directory",
                $"「{data}」のデータベースが壊れているか、データベースではありません。バックアップから戻してください。",
                $"the database in {data} is damaged, or none. Restore it from a backup."),
            StoreRefusal.NotWritable => new(
                "Data:Directory",
                $"「{data}」のデータベースを読み書きできません。空き容量と権限を確認してください。",
                $"the database in {data} cannot be read and written. See to the free space and the permissions."),
            StoreRefusal.NotForProduction => new(
                "Data:Directory",
                $"「{data}」はデモ銀行または Clock:StartAt で使われたことがあり、本番では使えません。空のディレクトリを指定してください。",
                $"{data} held the demo bank or ran on Clock:StartAt and is never used in production. Name an empty directory."),
        };
}
