using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace DensaiAdmin.Bench.Measures;

/// <summary>
/// The issuing app as its packages bring it: their size, from exec to the first screen, and what it holds while the window is open.
/// </summary>
internal static class IssuingApp
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(10);

    public static async Task RunAsync(Settings settings)
    {
        Figures.Heading("The issuing app");
        var directory = await Bank.CopyAsync(settings, 1_000);
        var (server, _) = await settings.StartAppAsync(directory);
        await using var bank = server;
        var packages = Path.Combine(settings.Work, "packages");
        await RunAsync(
            Path.GetFullPath("package"), "--server", Settings.Public, "--trust", Path.Combine(Bank.DataOf(directory), "demo", "ca.pem"),
            "--output", packages);
        var installed = Path.Combine(directory, "installed");
        await RunAsync("dpkg", "-x", Directory.GetFiles(packages, "*.deb").Single(), installed);
        var program = Path.Combine(installed, "opt", "densai-enrollment", "densai-enrollment");
        var home = Directory.CreateDirectory(Path.Combine(directory, "home")).FullName;

        // The first start on a PC unpacks the program's native libraries.
        var first = await StartAsync(program, home);
        var runs = new List<(double Seconds, double Resident)>();
        for (var run = 0; run < settings.Runs; run++)
        {
            runs.Add(await StartAsync(program, home));
        }

        Figures.Table("figure", "median", "each run");
        foreach (var file in Directory.EnumerateFiles(packages, "*DensaiEnrollment*").Concat(
            Directory.EnumerateFiles(packages, "*.deb")).Order(StringComparer.Ordinal))
        {
            Figures.Row($"MB of {Path.GetFileName(file)}", (new FileInfo(file).Length / 1e6).Text("0.0"), "");
        }

        Figures.Row(
            "**seconds to the first screen**", runs.Select(r => r.Seconds).Median().Text(),
            string.Join(" · ", runs.Select(r => r.Seconds.Text())));
        Figures.Row("the same at the first start on a PC", first.Seconds.Text(), "");
        Figures.Row(
            "**resident MB, window open, idle**", runs.Select(r => r.Resident).Median().Text("0"),
            string.Join(" · ", runs.Select(r => r.Resident.Text("0"))));
    }

    private static async Task<(double Seconds, double Resident)> StartAsync(string program, string home)
    {
        // In place of a browser: the address is written down, and asked from here.
        var (opener, address) = (Path.Combine(home, "open-address"), Path.Combine(home, "address"));
        await File.WriteAllTextAsync(opener, $"#!/bin/sh\nprintf '%s' \"$1\" > '{address}.new' && mv '{address}.new' '{address}'\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(opener, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        File.Delete(address);
        var start = new ProcessStartInfo(program) { UseShellExecute = false };
        start.Environment["HOME"] = home;
        start.Environment["BROWSER"] = opener;
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} does not start.");
        try
        {
            while (!File.Exists(address))
            {
                if (process.HasExited || clock.Elapsed > TimeSpan.FromMinutes(1))
                {
                    throw new InvalidOperationException($"{program} opened no window.");
                }

                await Task.Delay(5);
            }

            using var window = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer() });
            var screen = await window.GetStringAsync(await File.ReadAllTextAsync(address));
            var took = clock.Elapsed;
            if (!screen.Contains("data-screen=\"CCHK001\"", StringComparison.Ordinal)
                || screen.Contains("notice--bad", StringComparison.Ordinal))
            {
                throw new InvalidOperationException($"The first screen is not CCHK001 of a bank that answers:\n{screen}");
            }

            await Task.Delay(Idle);
            return (took.TotalSeconds, ResidentOf(process.Id));
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    private static double ResidentOf(int process) =>
        int.Parse(File.ReadLines($"/proc/{process}/status").Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024.0;

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true })
            ?? throw new InvalidOperationException($"{program} does not start.");
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} ended with {process.ExitCode}.");
        }
    }
}
