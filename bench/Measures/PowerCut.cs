using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace DensaiAdmin.Bench.Measures;

/// <summary>
/// The power fails in the middle of the acts: data and anchor lie on an ext4 of their own in a file, and of it only what that file system
/// had handed to its disk by then is there afterwards.
/// </summary>
internal static class PowerCut
{
    private const int Cuts = 20;
    private const int ActsBetween = 25;

    public static async Task RunAsync(Settings settings)
    {
        Figures.Heading($"Power cut, {Cuts} times during revocations and issues, on an ext4 of its own");
        using var disk = Disk.Make(settings.Work);
        var directory = disk.TakeIn(await Bank.CopyAsync(settings, 1_000));
        var ledger = await Ledger.OpenAsync(directory);
        Ledger.Heading("cut");
        for (var cut = 0; ; cut++)
        {
            var (server, took) = await settings.StartAppAsync(directory);
            await using (server)
            {
                await ledger.CheckAsync(directory, cut, took);
                if (cut == Cuts)
                {
                    break;
                }

                using var power = new CancellationTokenSource();
                var work = ledger.WorkAsync(directory, power.Token);
                await ledger.HappenAsync(ledger.Acknowledged + Random.Shared.Next(Ledger.AtOnce, ActsBetween * 2), work);
                await power.CancelAsync();
                disk.CutPower();
                await server.KillAsync();
                await work;
            }

            disk.TurnOnAgain();
        }

        ledger.Close();
    }

    /// <summary>A file system in a file.</summary>
    private sealed class Disk : IDisposable
    {
        // FS_IOC_GOINGDOWN (include/uapi/linux/fs.h), and its flag that the journal is not written either.
        private const nuint GoingDown = 0x8004587D;
        private const uint WithoutFlushingTheLog = 2;

        private readonly string _image;
        private readonly string _place;

        private Disk(string image, string place)
        {
            _image = image;
            _place = place;
        }

        public static Disk Make(string work)
        {
            if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            {
                throw new PlatformNotSupportedException("It takes Linux and root, because a file system is mounted.");
            }

            var disk = new Disk(Path.Combine(work, "disk.ext4"), Path.Combine(work, "disk"));
            File.Delete(disk._image);
            using (var image = File.Create(disk._image))
            {
                image.SetLength(1L << 30);
            }

            Directory.CreateDirectory(disk._place);
            Run("mkfs.ext4", "-q", "-F", disk._image);
            Run("mount", "-o", "loop", disk._image, disk._place);
            return disk;
        }

        /// <summary>Copies a bank onto the disk, for good.</summary>
        public string TakeIn(string bank)
        {
            var directory = Path.Combine(_place, "bank");
            Run("cp", "-a", bank, directory);
            Run("sync", "-f", _place);
            return directory;
        }

        /// <summary>From here on nothing reaches the disk, not even what waits in memory.</summary>
        public void CutPower()
        {
            using var any = File.OpenHandle(Directory.EnumerateFiles(_place, "*", SearchOption.AllDirectories).First());
            if (IoControl(any, GoingDown, WithoutFlushingTheLog) != 0)
            {
                throw new PlatformNotSupportedException(
                    $"The file system cannot be shut down (FS_IOC_GOINGDOWN): {Marshal.GetLastPInvokeErrorMessage()}");
            }
        }

        /// <summary>Mounts what is on the disk, as a machine does that starts again.</summary>
        public void TurnOnAgain()
        {
            Run("umount", _place);
            Run("mount", "-o", "loop", _image, _place);
        }

        public void Dispose()
        {
            Run("umount", "--lazy", _place);
            File.Delete(_image);
        }

        private static void Run(string program, params string[] arguments)
        {
            Process? process;
            try
            {
                process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true });
            }
            catch (System.ComponentModel.Win32Exception missing)
            {
                throw new PlatformNotSupportedException($"There is no {program}.", missing);
            }

            using (process)
            {
                var said = process!.StandardError.ReadToEnd().Trim();
                process.WaitForExit();
                if (process.ExitCode != 0)
                {
                    throw new PlatformNotSupportedException($"{program} {string.Join(' ', arguments)}: {said}");
                }
            }
        }

        [DllImport("libc", EntryPoint = "ioctl", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int IoControl(SafeFileHandle file, nuint request, in uint flags);
    }
}
