using DensaiAdmin.Core.Store;
using DensaiAdmin.Web.Shared;

namespace DensaiAdmin.Web.Health;

/// <summary>
/// Whether an act can be made durable: the write lock is taken, a write committed and flushed, which is what every act needs.
/// </summary>
internal sealed class WriterCheck(StoreWriter writer) : FaultCheck
{
    public override HealthFault Unanswered { get; } = HealthFault.Failing(
        "データベースに書き込めません。",
        "データディレクトリの空き容量と権限を確認してください。",
        "The database cannot be written.",
        "See to the free space and the permissions of the data directory.");

    internal static HealthFault Replaced { get; } = HealthFault.Failing(
        "データベースが、最後に書き込んだものではありません。動作中に古いものに置き換えられたか、記録が削除されています。",
        "サーバーを停止し、正しいデータベースを戻すか、reconcile を実行してください。",
        "The database is not the one that was written last: an older one was put in its place, or records were deleted.",
        "Stop the server and put the right one back, or run the verb reconcile.");

    internal static HealthFault AnchorLost { get; } = HealthFault.Failing(
        "アンカーファイルが、動作中に削除されたか、古いものに置き換えられました。",
        "History:AnchorFile のファイルを元に戻してください。戻せない場合は、サーバーを停止し、reconcile を実行してください。",
        "The anchor file was removed while the server ran, or an older one was put in its place.",
        "Put the file of History:AnchorFile back. Where that is not possible, stop the server and run the verb reconcile.");

    protected override async Task<IReadOnlyList<HealthFault>> FindAsync(CancellationToken cancellation)
    {
        try
        {
            await writer.ProbeAsync(cancellation);
            return [];
        }
        catch (StoreReplacedException)
        {
            return [Replaced];
        }
        catch (StoreUnavailableException fault) when (fault.InnerException is AnchorLostException)
        {
            return [AnchorLost];
        }
    }
}
