using System.Globalization;
using DensaiAdmin.Web.Settings;
using DensaiAdmin.Web.Shared;

namespace DensaiAdmin.Web.Health;

/// <summary>
/// Whether the disk of the data directory and of the anchor file has room; that nothing can be written any more is said by
/// <see cref="WriterCheck"/>.
/// </summary>
internal sealed class DiskCheck(ServerSettings settings) : FaultCheck
{
    /// <summary>A day of a large bank writes less than a tenth of it.</summary>
    public const long EnoughOctets = 1L << 30;

    public override HealthFault Unanswered { get; } = HealthFault.Warning(
        "ディスクの空き容量を確認できません。",
        "データディレクトリのディスクを確認してください。",
        "The free space of the disk cannot be read.",
        "See to the disk of the data directory.");

    protected override Task<IReadOnlyList<HealthFault>> FindAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<HealthFault>>(
        [
            .. new[] { settings.DataDirectory, Path.GetDirectoryName(settings.AnchorFile)! }
                .Select(directory => (Directory: directory, Free: new DriveInfo(directory).AvailableFreeSpace))
                .Where(disk => disk.Free < EnoughOctets)
                .DistinctBy(disk => disk.Free)
                .Select(disk => Low(disk.Directory, disk.Free)),
        ]);

    internal static HealthFault Low(string directory, long free)
    {
        var megabytes = (free >> 20).ToString("N0", CultureInfo.InvariantCulture);
        return HealthFault.Warning(
            $"「{directory}」のディスクの空き容量が残り {megabytes} MB です。",
            "不要なファイルを移すか、ディスクを増やしてください。空きがなくなると操作を受け付けられません。",
            $"The disk of {directory} has {megabytes} MB left.",
            "Make room or enlarge it: no act can be taken once it is full.");
    }
}
