using DensaiAdmin.EnrollmentApp.Window;

namespace DensaiAdmin.EnrollmentApp.CertificateStores;

/// <summary>A database of certificates, and who reads it.</summary>
/// <param name="Database">Its directory; it need not be there yet.</param>
/// <param name="Browsers">The products that read it, as they are shown; empty where none of this PC does.</param>
internal sealed record NssPlace(string Database, IReadOnlyList<string> Browsers)
{
    /// <summary>A browser that this person can start reads it: a certificate here can be used.</summary>
    public bool IsUsed { get; init; }

    /// <summary>Firefox's own, which holds its saved logins as well: never made anew, never set aside.</summary>
    public bool IsProfile { get; init; }

    /// <summary>Why not even its name could be found out.</summary>
    public StoreFault? Fault { get; init; }
}

/// <summary>Where the browsers of one person on Linux keep certificates.</summary>
/// <param name="Home">The person's home directory.</param>
/// <param name="Path">Directories with programs, as in the environment variable.</param>
/// <param name="Scratch">A directory in memory for what must not reach a disk.</param>
internal sealed record NssPlaces(string Home, string Path, string Scratch)
{
    private static readonly ChromiumKind[] Chromiums =
    [
        new("Chromium", ["chromium", "chromium-browser", "chromium-dev", "chromium-freeworld", "ungoogled-chromium"], ["chromium"], ["org.chromium.Chromium", "io.github.ungoogled_software.ungoogled_chromium"]),
        new("Chrome", ["google-chrome", "google-chrome-stable", "google-chrome-beta", "google-chrome-unstable", "google-chrome-canary"], [], ["com.google.Chrome", "com.google.ChromeDev"]),
        new("Edge", ["microsoft-edge", "microsoft-edge-stable", "microsoft-edge-beta", "microsoft-edge-dev", "microsoft-edge-canary"], [], ["com.microsoft.Edge", "com.microsoft.EdgeDev"]),
        new("Brave", ["brave", "brave-browser", "brave-browser-stable", "brave-browser-beta", "brave-browser-dev", "brave-browser-nightly"], ["brave"], ["com.brave.Browser"]),
        new("Vivaldi", ["vivaldi", "vivaldi-stable", "vivaldi-snapshot"], ["vivaldi"], ["com.vivaldi.Vivaldi"]),
        new("Opera", ["opera", "opera-stable", "opera-beta", "opera-developer"], ["opera", "opera-beta", "opera-developer"], ["com.opera.Opera"]),
    ];

    private static readonly string[] Firefoxes = ["firefox", "firefox-esr", "firefox-beta", "firefox-devedition", "firefox-nightly"];

    private const string FirefoxSnap = "firefox";
    private const string FirefoxFlatpak = "org.mozilla.firefox";
    private const string Firefox = "Firefox";

    /// <summary><c>$XDG_DATA_HOME</c>; null: <c>~/.local/share</c>.</summary>
    public string? DataHome { get; init; }

    /// <summary><c>$XDG_CONFIG_HOME</c>; null: <c>~/.config</c>.</summary>
    public string? ConfigHome { get; init; }

    /// <summary>Where snaps put their programs.</summary>
    public string SnapPrograms { get; init; } = "/snap/bin";

    /// <summary>Where Flatpak keeps what is installed for everybody.</summary>
    public string FlatpakApps { get; init; } = "/var/lib/flatpak/app";

    public static NssPlaces OfThisPerson() => new(
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify),
        Environment.GetEnvironmentVariable("PATH") ?? "",
        Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } own ? own : "/dev/shm")
    {
        // The specification: what is not absolute is to be ignored.
        DataHome = Environment.GetEnvironmentVariable("XDG_DATA_HOME") is { } data && System.IO.Path.IsPathRooted(data) ? data : null,
        ConfigHome = Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { } config && System.IO.Path.IsPathRooted(config) ? config : null,
    };

    /// <summary>
    /// The database that Chromium and its kin read: <c>~/.pki/nssdb</c>, else <c>~/.local/share/pki/nssdb</c>. Where neither is there the first,
    /// because older ones know no other.
    /// </summary>
    public string Primary => DatabaseOf(Home, DataHome ?? At(".local/share"));

    /// <summary>Every database that a browser of this person reads, <see cref="Primary"/> first whoever reads it. What cannot be looked into is one, too.</summary>
    public IReadOnlyList<NssPlace> All()
    {
        var readers = Chromiums.Where(kind => kind.Programs.Any(IsInstalled)).Select(kind => kind.Name).ToList();
        List<NssPlace> all = [new(Primary, readers) { IsUsed = readers.Count > 0 }];
        foreach (var kind in Chromiums)
        {
            all.AddRange(kind.Snaps.Where(RanAsSnap).Select(snap => At($"snap/{snap}/current"))
                .Select(home => new NssPlace(DatabaseOf(home, System.IO.Path.Combine(home, ".local/share")), [kind.Name]) { IsUsed = true }));
            all.AddRange(kind.Flatpaks.Where(RanAsFlatpak).Select(id => At($".var/app/{id}"))
                .Select(home => new NssPlace(DatabaseOf(home, System.IO.Path.Combine(home, "data")), [kind.Name]) { IsUsed = true }));
        }

        var isInstalled = Firefoxes.Any(IsInstalled);
        all.AddRange(ProfilesIn(At(".mozilla/firefox"), isInstalled));
        all.AddRange(ProfilesIn(System.IO.Path.Combine(ConfigHome ?? At(".config"), "mozilla/firefox"), isInstalled));
        foreach (var root in new[] { "common/.mozilla/firefox", "common/.config/mozilla/firefox", "current/.config/mozilla/firefox" })
        {
            all.AddRange(ProfilesIn(At($"snap/{FirefoxSnap}/{root}"), RanAsSnap(FirefoxSnap)));
        }

        foreach (var root in new[] { ".mozilla/firefox", "config/mozilla/firefox" })
        {
            all.AddRange(ProfilesIn(At($".var/app/{FirefoxFlatpak}/{root}"), RanAsFlatpak(FirefoxFlatpak)));
        }

        return [.. all.DistinctBy(place => place.Database, StringComparer.Ordinal)];
    }

    /// <summary>Installed browsers that have nowhere to put a certificate yet: they make the place when they are first started.</summary>
    public IReadOnlyList<string> NeverRan()
    {
        var known = All().Where(place => place.IsUsed).SelectMany(place => place.Browsers).ToHashSet(StringComparer.Ordinal);
        var there = Chromiums.Where(kind => kind.Snaps.Any(HasSnap) || kind.Flatpaks.Any(HasFlatpak)).Select(kind => kind.Name)
            .Concat(Firefoxes.Any(IsInstalled) || HasSnap(FirefoxSnap) || HasFlatpak(FirefoxFlatpak) ? [Firefox] : []);
        return [.. there.Where(name => !known.Contains(name)).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Where a program of this name would be started from; null: nowhere.</summary>
    public string? FindProgram(string name) => Directories.Select(directory => System.IO.Path.Combine(directory, name)).FirstOrDefault(File.Exists);

    private string[] Directories => Path.Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

    private static string DatabaseOf(string home, string data)
    {
        var (old, @new) = (System.IO.Path.Combine(home, ".pki/nssdb"), System.IO.Path.Combine(data, "pki/nssdb"));
        return !Directory.Exists(old) && Directory.Exists(@new) ? @new : old;
    }

    /// <summary>As a program of this system; a snap by the same name keeps its things elsewhere.</summary>
    private bool IsInstalled(string program) => Directories.Where(directory => directory != SnapPrograms)
        .Select(directory => System.IO.Path.Combine(directory, program)).Any(file => File.Exists(file) && SnapScript.SnapStartedBy(file) is null);

    private bool HasSnap(string snap) => File.Exists(System.IO.Path.Combine(SnapPrograms, snap));

    // Its folder outlives a program that was removed.
    private bool RanAsSnap(string snap) => Directory.Exists(At($"snap/{snap}/current")) && (HasSnap(snap) || !Directory.Exists(SnapPrograms));

    private string OwnFlatpaks => System.IO.Path.Combine(DataHome ?? At(".local/share"), "flatpak/app");

    private bool HasFlatpak(string id) => Directory.Exists(System.IO.Path.Combine(FlatpakApps, id)) || Directory.Exists(System.IO.Path.Combine(OwnFlatpaks, id));

    private bool RanAsFlatpak(string id) =>
        Directory.Exists(At($".var/app/{id}")) && (HasFlatpak(id) || !(Directory.Exists(FlatpakApps) || Directory.Exists(OwnFlatpaks)));

    private static IReadOnlyList<NssPlace> ProfilesIn(string root, bool isInstalled)
    {
        try
        {
            return FirefoxProfiles.In(root).Select(profile => new NssPlace(profile.Directory, [profile.Label is { } label ? $"{Firefox}（{label}）" : Firefox])
            {
                IsUsed = profile.Label is null && (isInstalled || profile.HasProgram),
                IsProfile = true,
            }).ToList();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return [new NssPlace(root, [Firefox]) { IsUsed = isInstalled, IsProfile = true, Fault = new(StoreFaultKind.ReadOnly, root) }];
        }
    }

    private string At(string path) => System.IO.Path.Combine(Home, path);

    /// <param name="Name">As it is shown.</param>
    /// <param name="Programs">Of packages of the system, beta channels as well; all read <see cref="Primary"/>.</param>
    /// <param name="Snaps">Names in the Snap Store.</param>
    /// <param name="Flatpaks">IDs on Flathub.</param>
    private sealed record ChromiumKind(string Name, string[] Programs, string[] Snaps, string[] Flatpaks);
}
