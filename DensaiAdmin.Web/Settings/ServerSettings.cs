using System.Globalization;
using System.Reflection;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Store;
using Microsoft.Extensions.Configuration.Json;

namespace DensaiAdmin.Web.Settings;

/// <summary>
/// Everything the start needs from the settings, read and evaluated once. Development and Testing have defaults for all of it;
/// anywhere else whoever runs the server must have decided, so each setting must be set.
/// </summary>
internal sealed record ServerSettings
{
    public const string RootKeyExportKey = "Authority:RootKeyExport";
    private const string PassphraseKey = "Authority:KeyPassphrase";
    private const string PassphraseFileKey = "Authority:KeyPassphraseFile";
    private const int MinPassphraseCharacters = 20;

    /// <summary>Neither Development nor Testing.</summary>
    public required bool IsProduction { get; init; }

    public required EndpointOptions Endpoints { get; init; }

    public required string DataDirectory { get; init; }

    public required string AnchorFile { get; init; }

    /// <summary>Setting <c>Authority:KeyPassphrase</c>. Null: made and kept in the data directory (Development).</summary>
    public required string? KeyPassphrase { get; init; }

    /// <summary>
    /// Setting <c>Authority:RootKeyExport</c>: where Production writes the root's key at first start, outside the data directory.
    /// </summary>
    public required string RootKeyExport { get; init; }

    public required DateTimeOffset? ClockStartAt { get; init; }

    /// <summary>Setting <c>Node:DrainSeconds</c>: how long the node is not ready, and serves all the same, before it stops.</summary>
    public required TimeSpan Drain { get; init; }

    /// <summary>
    /// What is worth a look and stops nothing: keys in our own sections that mean nothing, and what Production leaves to chance.
    /// </summary>
    public required IReadOnlyList<SettingFault> Warnings { get; init; }

    /// <summary>TLS certificate of both origins. Null: made at first start (Development).</summary>
    public required CertificateFile? ServerCertificate { get; init; }

    /// <summary>TLS certificate of the certificate origin, where it has one of its own.</summary>
    public required CertificateFile? ServerCertificateForCertificateOrigin { get; init; }

    /// <summary>Setting <c>EnrollmentApp:PackageDirectory</c>: where the packages of the issuing app and their manifest lie.</summary>
    public required string PackageDirectory { get; init; }

    /// <summary>A PKCS#12 file and its password.</summary>
    internal sealed record CertificateFile(string Path, string? Password)
    {
        public override string ToString() => Path;
    }

    /// <summary>
    /// Puts the root's appsettings.json first, so that everything else, the environment above all, beats it; and the defaults of
    /// a developer's machine before that.
    /// </summary>
    public static void AddFiles(ConfigurationManager configuration, IHostEnvironment environment)
    {
        var file = new JsonConfigurationSource { Path = "appsettings.json", Optional = true };
        file.FileProvider = new Microsoft.Extensions.FileProviders.PhysicalFileProvider(AppContext.BaseDirectory);
        configuration.Sources.Insert(0, file);
        if (!IsProductionIn(environment))
        {
            configuration.Sources.Insert(0, new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource
            {
                InitialData = new Dictionary<string, string?>(Settings.Brand.Demo, StringComparer.Ordinal)
                {
                    ["Endpoints:Public"] = "https://localhost:7443",
                    ["Endpoints:Certificate"] = "https://localhost:7444",
                    ["Endpoints:Pki"] = "http://localhost:7080",
                    ["Mail:Transport"] = "Pickup",
                },
            });
        }
    }

    /// <summary>Reads the settings.</summary>
    /// <exception cref="StartRefusedException">Something is missing or unusable; every fault is named.</exception>
    public static ServerSettings Read(IConfiguration configuration, IHostEnvironment environment)
    {
        var production = IsProductionIn(environment);
        var faults = new List<SettingFault>();
        var endpoints = EndpointOptions.Read(configuration, faults);
        var startAt = ReadClock(configuration, production, faults);
        var certificate = ReadCertificate(configuration, "Endpoints:ServerCertificate", faults);
        var ownCertificate = ReadCertificate(configuration, "Endpoints:ServerCertificate:CertificateOrigin", faults);
        SettingsValidation.Validate(configuration, faults);
        RefuseWhatIsNotOffered(configuration, faults);
        var drain = ReadDrain(configuration, faults);
        var passphrase = ReadPassphrase(configuration, production, faults);
        var data = Path.GetFullPath(
            configuration["Data:Directory"] is { Length: > 0 } given ? given : Path.Combine(Root(environment), "data"));
        var anchor = configuration["History:AnchorFile"] is { Length: > 0 } file
            ? Path.GetFullPath(file)
            : Path.TrimEndingDirectorySeparator(data) + ".anchor";
        var rootKey = configuration[RootKeyExportKey] is { Length: > 0 } export
            ? Path.GetFullPath(export)
            : Path.TrimEndingDirectorySeparator(data) + ".root-key.pem";
        if (rootKey.StartsWith(Path.TrimEndingDirectorySeparator(data) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            faults.Add(RootKeyExportFaults.Words(RootExportOutcome.TargetInsideDirectory, rootKey));
        }

        if (production)
        {
            RequireAll(configuration, faults);
            if (DataStore.IsUnfitForProduction(new StoreOptions(data)))
            {
                faults.Add(StoreRefusals.Words(StoreRefusal.NotForProduction, null, data, anchor));
            }
        }

        if (faults.Count > 0)
        {
            throw new StartRefusedException(faults);
        }

        return new()
        {
            IsProduction = production,
            Endpoints = endpoints!,
            DataDirectory = data,
            AnchorFile = anchor,
            KeyPassphrase = passphrase,
            RootKeyExport = rootKey,
            ClockStartAt = startAt,
            Drain = drain,
            Warnings = [.. SettingsValidation.UnknownKeys(configuration), .. WithoutDirectory(configuration, production, data)],
            ServerCertificate = certificate,
            ServerCertificateForCertificateOrigin = ownCertificate,
            PackageDirectory = Path.GetFullPath(configuration["EnrollmentApp:PackageDirectory"] is { Length: > 0 } packages
                ? packages
                : Path.Combine(Root(environment), "artifacts", "packages")),
        };
    }

    public static bool IsProductionIn(IHostEnvironment environment) =>
        !environment.IsDevelopment() && !environment.IsEnvironment("Testing");

    /// <summary>
    /// Run from its own sources without being told otherwise, the program is being developed; a published one is in Production, as usual.
    /// Not a launch profile: that would beat the environment, and its notice would stand before a verb's output.
    /// </summary>
    /// <returns>Development, or null where someone decided or the usual default holds.</returns>
    public static string? EnvironmentOfSources(IEnumerable<string> args)
    {
        var decided = Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT") is { Length: > 0 }
            || Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT") is { Length: > 0 }
            || args.Any(a => a.StartsWith("--environment", StringComparison.OrdinalIgnoreCase));
        return !decided
            && SourceDirectory() is { } sources
            && AppContext.BaseDirectory.StartsWith(Path.Combine(sources, "DensaiAdmin.Web", "bin"), StringComparison.Ordinal)
            ? Environments.Development
            : null;
    }

    /// <summary>
    /// The program's own directory where it was published: its files lie beside it, wherever it is started from. Null where it runs from
    /// its build.
    /// </summary>
    public static string? PublishedRoot(string? directory = null)
    {
        directory ??= AppContext.BaseDirectory;
        return File.Exists(Path.Combine(directory, "DensaiAdmin.Web.staticwebassets.runtime.json"))
            || SourceDirectory() is { } sources
            && IsBuildOf(sources, directory)
            ? null
            : directory;
    }

    private static bool IsBuildOf(string sources, string directory) =>
        Path.GetRelativePath(sources, directory).Split(Path.DirectorySeparatorChar) is [_, "bin", ..];

    /// <summary>
    /// Where <c>data</c> lies by default: the repository's root when run from it, else beside the program, wherever it is started from.
    /// </summary>
    private static string Root(IHostEnvironment environment) => SourceDirectory() ?? environment.ContentRootPath;

    private static string? SourceDirectory()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "DensaiAdmin.sln")))
            {
                return directory.FullName;
            }
        }

        return null;
    }

    private static DateTimeOffset? ReadClock(IConfiguration configuration, bool production, List<SettingFault> faults)
    {
        const string key = "Clock:StartAt";
        if (configuration[key] is not { Length: > 0 } value)
        {
            return null;
        }

        if (production)
        {
            faults.Add(new(key, "この設定は Development と Testing でのみ使えます。設定を外してください。", "works in Development and Testing only. Remove it."));
            return null;
        }

        if (DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var startAt))
        {
            return startAt.ToUniversalTime();
        }

        faults.Add(new(
            key, $"「{value}」は日時として読めません。2026-08-31T09:00:00+09:00 の形で指定してください。",
            $"'{value}' is no instant. Give it like 2026-08-31T09:00:00+09:00."));
        return null;
    }

    private static CertificateFile? ReadCertificate(IConfiguration configuration, string section, List<SettingFault> faults)
    {
        var path = configuration[section + ":Path"];
        if (string.IsNullOrWhiteSpace(path))
        {
            return null;
        }

        if (File.Exists(path))
        {
            return new(Path.GetFullPath(path), configuration[section + ":Password"]);
        }

        faults.Add(new(section + ":Path", $"ファイル「{path}」がありません。", $"there is no file '{path}'."));
        return null;
    }

    private static TimeSpan ReadDrain(IConfiguration configuration, List<SettingFault> faults)
    {
        const string key = "Node:DrainSeconds";
        const int max = 300;
        if (configuration[key] is not { Length: > 0 } value)
        {
            return TimeSpan.Zero;
        }

        if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= max)
        {
            return TimeSpan.FromSeconds(seconds);
        }

        faults.Add(new(
            key, $"「{value}」は使えません。0～{max} の整数(秒)を指定してください。", $"'{value}' is not usable. Give a whole number from 0 to {max} (seconds)."));
        return TimeSpan.Zero;
    }

    private static string? ReadPassphrase(IConfiguration configuration, bool production, List<SettingFault> faults)
    {
        var inFile = configuration is IConfigurationRoot root
            && root.Providers.OfType<JsonConfigurationProvider>().Any(p =>
                Path.GetFileName(p.Source.Path)?.StartsWith("appsettings", StringComparison.OrdinalIgnoreCase) == true
                && p.TryGet(PassphraseKey, out var value) && !string.IsNullOrEmpty(value));
        if (inFile)
        {
            faults.Add(new(
                PassphraseKey,
                "appsettings.json には書けません(バックアップや共有でもれるため)。環境変数で指定し、ファイルから消してください。",
                "is not accepted from appsettings.json, where copies leak it. Set it in the environment and remove it from the file."));
        }

        var (passphrase, from) = (configuration[PassphraseKey], PassphraseKey);
        if (configuration[PassphraseFileKey] is { Length: > 0 } file)
        {
            if (!string.IsNullOrEmpty(passphrase))
            {
                faults.Add(new(
                    PassphraseFileKey,
                    $"{PassphraseKey} と同時には指定できません。どちらか一方にしてください。",
                    $"is set beside {PassphraseKey}. Set one of the two."));
                return passphrase;
            }

            (passphrase, from) = (ReadPassphraseFile(file, faults), PassphraseFileKey);
        }

        if (string.IsNullOrEmpty(passphrase))
        {
            return null;
        }

        if (production && !inFile && passphrase.EnumerateRunes().Count() < MinPassphraseCharacters)
        {
            faults.Add(new(
                from,
                $"短すぎます。{MinPassphraseCharacters} 文字以上にしてください。",
                $"is too short. Give at least {MinPassphraseCharacters} characters."));
        }

        return passphrase;
    }

    private static string? ReadPassphraseFile(string file, List<SettingFault> faults)
    {
        try
        {
            // An editor ends the line; the passphrase itself never does.
            if (File.ReadAllText(file).TrimEnd('\r', '\n') is { Length: > 0 } passphrase)
            {
                return passphrase;
            }

            faults.Add(new(PassphraseFileKey, $"ファイル「{file}」が空です。", $"the file '{file}' is empty."));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            faults.Add(new(PassphraseFileKey, $"ファイル「{file}」を読み出せません。", $"the file '{file}' cannot be read."));
        }

        return null;
    }

    /// <summary>A server that goes on without what somebody relies on would be worse than none.</summary>
    private static void RefuseWhatIsNotOffered(IConfiguration configuration, List<SettingFault> faults)
    {
        foreach (var (key, offered) in new[] { ("Authority:Provider", "File"), ("Database:Provider", "Sqlite") })
        {
            if (configuration[key] is { Length: > 0 } asked && !asked.Equals(offered, StringComparison.OrdinalIgnoreCase))
            {
                faults.Add(new(
                    key, $"「{asked}」は、この版では使用できません。{offered} を指定してください。", $"'{asked}' is not offered by this version. Set {offered}."));
            }
        }

        if (configuration["Listen:ProxyFrom"] is { Length: > 0 } || configuration.GetSection("Listen:ProxyFrom").GetChildren().Any())
        {
            faults.Add(new(
                "Listen:ProxyFrom",
                "PROXY プロトコルは、この版では読み取れません。アクセス元がすべて負荷分散装置のアドレスになるため、起動を中止しました。この設定を外してください。",
                "the PROXY protocol is not read by this version, so that everybody would come from the balancer's address. "
                    + "Remove this setting."));
        }
    }

    private static IEnumerable<SettingFault> WithoutDirectory(IConfiguration configuration, bool production, string data) =>
        production && string.IsNullOrWhiteSpace(configuration["Data:Directory"])
            ?
            [
                new(
                    "Data:Directory",
                    $"設定がないため「{data}」を使用します。プログラムの更新で失われない場所を指定してください。",
                    $"is not set, so that {data} is used. Name a place that an update of the program leaves alone."),
            ]
            : [];

    private static void RequireAll(IConfiguration configuration, List<SettingFault> faults)
    {
        List<string> required =
        [
            "Endpoints:ServerCertificate:Path",
            "Endpoints:ServerCertificate:Password",
            PassphraseKey,
            "Mail:Transport",
            "History:AnchorFile",
            .. typeof(InstitutionOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(property => property.CanWrite)
                .Select(property => $"{InstitutionOptions.Section}:{property.Name}"),
        ];
        if (!string.IsNullOrEmpty(configuration[PassphraseFileKey]))
        {
            required.Remove(PassphraseKey);
        }

        foreach (var key in required.Where(key => string.IsNullOrWhiteSpace(configuration[key]) && faults.TrueForAll(f => f.Key != key)))
        {
            faults.Add(new(key, "設定がありません。", "is not set."));
        }
    }
}
