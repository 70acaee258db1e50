using System.Globalization;

namespace DensaiAdmin.EndToEnd;

/// <summary>
/// A disk of its own with little room, in memory, at a folder for as long as a journey lasts. Mounting one takes root, or sudo.
/// </summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private const int Octets = 1024;
    private const int Room = 8 * Octets;

    private readonly string _folder;

    private SmallDisk(string folder) => _folder = folder;

    private string Filler => Path.Combine(_folder, "filler");

    public static async Task<SmallDisk> MountAsync(string folder)
    {
        var (user, group) = (await IdAsync("-u"), await IdAsync("-g"));
        var options = string.Create(CultureInfo.InvariantCulture, $"size={Room}k,mode=0700,uid={user},gid={group}");
        (await AsRootAsync("mount", "-t", "tmpfs", "-o", options, "densai-small-disk", folder)).Succeeded();
        return new SmallDisk(folder);
    }

    /// <summary>Fills it, but for so much.</summary>
    public void Leave(int kibibytes)
    {
        File.Delete(Filler);
        using var filler = File.Create(Filler);
        filler.Write(new byte[new DriveInfo(_folder).AvailableFreeSpace - (kibibytes * Octets)]);
    }

    /// <summary>Somebody made room.</summary>
    public void Clear() => File.Delete(Filler);

    public async ValueTask DisposeAsync() => (await AsRootAsync("umount", "--lazy", _folder)).Succeeded();

    private static async Task<string> IdAsync(string which) => (await Tool.RunAsync("id", which)).Succeeded().Output.Trim();

    private static Task<Ran> AsRootAsync(string program, params string[] arguments) =>
        Environment.IsPrivilegedProcess ? Tool.RunAsync(program, arguments) : Tool.RunAsync("sudo", ["-n", program, .. arguments]);
}
