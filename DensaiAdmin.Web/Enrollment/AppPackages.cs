using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using DensaiAdmin.Core;
using DensaiAdmin.Web.Settings;
using DensaiAdmin.Web.Shared;

namespace DensaiAdmin.Web.Enrollment;

/// <summary>One file of the issuing app that was found whole.</summary>
/// <param name="System">What it runs on.</param>
/// <param name="File">Its name, without a folder.</param>
/// <param name="Size">Octets.</param>
/// <param name="Sha256">Lower hex.</param>
/// <param name="Signed">Whether its publisher signed it.</param>
public sealed record AppPackage(AppSystem System, string File, long Size, string Sha256, bool Signed);

/// <summary>The issuing app as it is handed out now.</summary>
/// <param name="Version">Newest version.</param>
/// <param name="MinimumVersion">Oldest version that still works.</param>
/// <param name="Packages">In the order of the manifest; never empty.</param>
public sealed record AppRelease(string Version, string MinimumVersion, IReadOnlyList<AppPackage> Packages);

/// <summary>
/// The packages of the issuing app in setting <c>EnrollmentApp:PackageDirectory</c>, as their manifest <c>packages.json</c> names them.
/// Only a file whose size and SHA-256 are the manifest's is handed out; it is hashed once for each of its versions. What is wrong
/// there is a warning to the operator and never an error to the customer: without packages, certificates are issued all the same.
/// </summary>
internal sealed partial class AppPackages(ServerSettings settings, TimeProvider clock, ILogger<AppPackages> log) : BackgroundJob(clock, log)
{
    public const string ManifestName = "packages.json";

    private const int MaxManifestOctets = 64 * 1024;
    private const long MaxPackageOctets = 1L << 30;

    private static readonly JsonSerializerOptions Reading = new(
        JsonSerializerDefaults.Web)
    { AllowTrailingCommas = true, ReadCommentHandling = JsonCommentHandling.Skip };

    private readonly SemaphoreSlim _one = new(1);
    private readonly Dictionary<string, (Stamp Stamp, string Sha256)> _hashes = new(StringComparer.Ordinal);
    private readonly string _directory = settings.PackageDirectory;

    public override JobTitle Title { get; } = new("証明書発行アプリのパッケージの確認", "look at the packages of the issuing app");

    /// <summary>What is handed out now; null when nothing is.</summary>
    public async Task<AppRelease?> ReleaseAsync(CancellationToken cancellation) => (await LookAsync(cancellation)).Release;

    /// <summary>What the operator should know; empty when all is well.</summary>
    public async Task<IReadOnlyList<HealthFault>> WarningsAsync(CancellationToken cancellation) => (await LookAsync(cancellation)).Warnings;

    /// <summary>Opens a package that is handed out; null for any other name and for a file that is not, or no longer, whole.</summary>
    public async Task<(AppPackage Package, FileStream Content)?> OpenAsync(string file, CancellationToken cancellation)
    {
        if ((await ReleaseAsync(cancellation))?.Packages.FirstOrDefault(p => p.File == file) is not { } package)
        {
            return null;
        }

        try
        {
            var content = Open(package.File);
            // What is opened is what was hashed, whatever replaced the file meanwhile.
            if (await IsWholeAsync(package, content, cancellation))
            {
                content.Position = 0;
                return (package, content);
            }

            await content.DisposeAsync();
            return null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        _one.Dispose();
    }

    /// <summary>
    /// Says once in the log what the customers will find; what is wrong, health says. The start does not wait for the hashes.
    /// </summary>
    protected override async Task RunAsync(CancellationToken stopping)
    {
        if (await ReleaseAsync(stopping) is { } release)
        {
            LogOffered(Log, release.Version, string.Join(", ", release.Packages.Select(p => p.File)));
        }
    }

    private async Task<(AppRelease? Release, IReadOnlyList<HealthFault> Warnings)> LookAsync(CancellationToken cancellation)
    {
        var (manifest, fault) = ReadManifest();
        if (manifest is null)
        {
            return (null, [fault!]);
        }

        var warnings = new List<HealthFault>();
        var whole = new List<AppPackage>();
        foreach (var package in manifest.Packages)
        {
            try
            {
                await using var content = Open(package.File);
                if (await IsWholeAsync(package, content, cancellation))
                {
                    whole.Add(package);
                    continue;
                }

                warnings.Add(HealthFault.Warning(
                    $"証明書発行アプリ「{package.File}」が {ManifestName} と一致しません。配布を止めています。",
                    "./package を実行し直すか、正しいファイルを置いてください。",
                    $"The issuing app's file {package.File} is not what {ManifestName} says and is not handed out.",
                    "Run ./package again or put the right file in place."));
            }
            catch (Exception missing) when (missing is IOException or UnauthorizedAccessException)
            {
                warnings.Add(HealthFault.Warning(
                    $"証明書発行アプリ「{package.File}」を読み出せません。配布を止めています。",
                    $"「{_directory}」のファイルと権限を確認してください。",
                    $"The issuing app's file {package.File} cannot be read and is not handed out.",
                    $"See to the files in {_directory} and their permissions."));
            }
        }

        if (manifest.Server is { } server && !IsUs(server))
        {
            warnings.Add(HealthFault.Warning(
                $"証明書発行アプリは別のサーバ({server})用に作成されています。",
                "Endpoints:Public のアドレスで ./package を実行してください。",
                $"The issuing app was made for another server ({server}).",
                "Run ./package with the address of Endpoints:Public."));
        }

        return (whole.Count == 0 ? null : new(manifest.Version, manifest.MinimumVersion, whole), warnings);
    }

    private bool IsUs(string server) =>
        Uri.TryCreate(server, UriKind.Absolute, out var address)
            && EndpointOptions.Authority(address) == EndpointOptions.Authority(settings.Endpoints.Public);

    private (Manifest? Manifest, HealthFault? Fault) ReadManifest()
    {
        var file = Path.Combine(_directory, ManifestName);
        try
        {
            if (!File.Exists(file))
            {
                return (null, HealthFault.Warning(
                    $"証明書発行アプリのパッケージがありません({file})。お客様への配布を止めています。",
                    "./package を実行するか、EnrollmentApp:PackageDirectory を設定してください。",
                    $"There are no packages of the issuing app ({file}); customers are offered none.",
                    "Run ./package or set EnrollmentApp:PackageDirectory."));
            }

            using var content = File.OpenRead(file);
            if (content.Length <= MaxManifestOctets
                && JsonSerializer.Deserialize<ManifestFile>(content, Reading) is { } read
                && Evaluate(read) is { } manifest)
            {
                return (manifest, null);
            }
        }
        catch (Exception fault) when (fault is JsonException or IOException or UnauthorizedAccessException)
        {
            // Said below.
        }

        return (null, HealthFault.Warning(
            $"証明書発行アプリの「{file}」を読み取れません。お客様への配布を止めています。",
            "./package を実行し直してください。",
            $"The issuing app's {file} cannot be read; customers are offered no packages.",
            "Run ./package again."));
    }

    private static Manifest? Evaluate(ManifestFile read)
    {
        var packages = new List<AppPackage>();
        foreach (var package in read.Packages ?? [])
        {
            if (package is not { Os: { } os, File: { } file, Sha256: { } hash, Size: > 0 and <= MaxPackageOctets }
                || SystemOf(os) is not { } system || !FileName().IsMatch(file) || !Hash().IsMatch(hash))
            {
                return null;
            }

            packages.Add(new(system, file, package.Size, hash.ToLowerInvariant(), package.Signed));
        }

        return read is { Version: { } version, MinimumVersion: { } minimum }
            && Version().IsMatch(version)
            && Version().IsMatch(minimum)
            && packages.Count > 0
            ? new(version, minimum, read.Server, packages)
            : null;
    }

    private static AppSystem? SystemOf(string os) => os switch
    {
        "windows" => AppSystem.Windows,
        "macos" => AppSystem.MacOS,
        "linux" => AppSystem.Linux,
        _ => null,
    };

    private FileStream Open(string file) =>
        new(Path.Combine(_directory, file), new FileStreamOptions
        {
            Mode = FileMode.Open,
            Access = FileAccess.Read,
            Share = FileShare.Read | FileShare.Delete,
            Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
        });

    private async Task<bool> IsWholeAsync(AppPackage package, FileStream content, CancellationToken cancellation)
    {
        var stamp = new Stamp(content.Length, File.GetLastWriteTimeUtc(content.SafeFileHandle));
        if (stamp.Length != package.Size)
        {
            return false;
        }

        await _one.WaitAsync(cancellation);
        try
        {
            if (!_hashes.TryGetValue(package.File, out var known) || known.Stamp != stamp)
            {
                known = (stamp, Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellation)));
                _hashes[package.File] = known;
            }

            return known.Sha256 == package.Sha256;
        }
        finally
        {
            _one.Release();
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The issuing app {Version} is handed out: {Files}")]
    private static partial void LogOffered(ILogger logger, string version, string files);

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$", RegexOptions.NonBacktracking)]
    private static partial Regex FileName();

    [GeneratedRegex("^[0-9A-Fa-f]{64}$", RegexOptions.NonBacktracking)]
    private static partial Regex Hash();

    [GeneratedRegex(@"^[0-9]{1,5}(\.[0-9]{1,5}){1,3}$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Version();

    private readonly record struct Stamp(long Length, DateTime WrittenAt);

    private sealed record Manifest(string Version, string MinimumVersion, string? Server, IReadOnlyList<AppPackage> Packages);

    private sealed record ManifestFile(string? Version, string? MinimumVersion, string? Server, IReadOnlyList<PackageEntry?>? Packages);

    private sealed record PackageEntry(string? Os, string? File, long Size, string? Sha256, bool Signed);
}
