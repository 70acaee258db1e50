namespace DensaiAdmin.EnrollmentApp.CertificateStores;

/// <summary>A certificate database, and the browsers that read it.</summary>
/// <param name="Database">Its directory, which need not exist yet.</param>
/// <param name="Browsers">The products that read it, as shown; empty where none on this PC does.</param>
internal sealed record NssPlace(string Database, IReadOnlyList<string> Browsers)
{
    /// <summary>A browser reads it that this person can start, so a certificate in it can be used.</summary>
    public bool IsUsed { get; init; }

    /// <summary>How this person can start them.</summary>
    public IReadOnlyList<BrowserStart> Starts { get; init; } = [];

    /// <summary>A Firefox profile, whose database holds the saved logins as well: it is never replaced.</summary>
    public bool IsProfile { get; init; }

    /// <summary>Why not even its path could be determined.</summary>
    public StoreFault? Fault { get; init; }
}

/// <summary>Where the browsers of one person on Linux keep certificates.</summary>
/// <param name="Home">The person's home directory.</param>
/// <param name="Path">The directories with programs, as in the environment variable.</param>
/// <param name="Scratch">A directory in memory, for what must not be written to a disk.</param>
internal sealed record NssPlaces(string Home, string Path, string Scratch)
{
    private static readonly ChromiumKind[] Chromiums =
    [
        new(
            "Chromium",
            ["chromium", "chromium-browser", "chromium-dev", "chromium-freeworld", "ungoogled-chromium"],
            ["chromium"],
            ["org.chromium.Chromium", "io.github.ungoogled_software.ungoogled_chromium"]),
        new(
            "Chrome",
            ["google-chrome", "google-chrome-stable", "google-chrome-beta", "google-chrome-unstable", "google-chrome-canary"],
            [],
            ["com.google.Chrome", "com.google.ChromeDev"]),
        new(
            "Edge",
            ["microsoft-edge", "microsoft-edge-stable", "microsoft-edge-beta", "microsoft-edge-dev", "microsoft-edge-canary"],
            [],
            ["com.microsoft.Edge", "com.microsoft.EdgeDev"]),
        new(
            "Brave",
            ["brave", "brave-browser", "brave-browser-stable", "brave-browser-beta", "brave-browser-dev", "brave-browser-nightly"],
            ["brave"],
            ["com.brave.Browser"]),
        new("Vivaldi", ["vivaldi", "vivaldi-stable", "vivaldi-snapshot"], ["vivaldi"], ["com.vivaldi.Vivaldi"]),
        new(
            "Opera",
            ["opera", "opera-stable", "opera-beta", "opera-developer"],
            ["opera", "opera-beta", "opera-developer"],
            ["com.opera.Opera"]),
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

    /// <summary>Where Flatpak puts what is installed for all accounts.</summary>
    public string FlatpakApps { get; init; } = "/var/lib/flatpak/app";

    public static NssPlaces OfThisPerson() => new(
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify),
        Environment.GetEnvironmentVariable("PATH") ?? "",
        Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } own ? own : "/dev/shm")
    {
        DataHome = XdgFolder("XDG_DATA_HOME"),
        ConfigHome = XdgFolder("XDG_CONFIG_HOME"),
    };

    /// <summary>
    /// The database that Chromium and its relatives read: <c>~/.pki/nssdb</c>, otherwise <c>~/.local/share/pki/nssdb</c>. Where neither
    /// exists it is the first, because older versions know no other.
    /// </summary>
    public string Primary => DatabaseOf(Home, DataHome ?? At(".local/share"));

    /// <summary>
    /// Every database that a browser of this person reads, beginning with <see cref="Primary"/> even where none does. One that cannot be
    /// inspected is included with its fault.
    /// </summary>
    public IReadOnlyList<NssPlace> All()
    {
        var readers = Chromiums.Select(kind => (kind.Name, Program: Installed(kind.Programs)))
            .Where(kind => kind.Program is not null)
            .Select(kind => new BrowserStart(kind.Name, kind.Program!, []))
            .ToList();
        List<NssPlace> all = [new(Primary, [.. readers.Select(reader => reader.Name)]) { IsUsed = readers.Count > 0, Starts = readers }];
        foreach (var kind in Chromiums)
        {
            all.AddRange(kind.Snaps.Where(RanAsSnap)
                .Select(snap => PlaceOf(At($"snap/{snap}/current"), ".local/share", Snap(kind.Name, snap))));
            all.AddRange(kind.Flatpaks.Where(RanAsFlatpak).Select(id => PlaceOf(At($".var/app/{id}"), "data", Flatpak(kind.Name, id))));
        }

        var program = Installed(Firefoxes) is { } file ? new BrowserStart(Firefox, file, []) : null;
        all.AddRange(ProfilesIn(At(".mozilla/firefox"), program));
        all.AddRange(ProfilesIn(System.IO.Path.Combine(ConfigHome ?? At(".config"), "mozilla/firefox"), program));
        var snapped = RanAsSnap(FirefoxSnap) ? Snap(Firefox, FirefoxSnap) : null;
        foreach (var root in new[] { "common/.mozilla/firefox", "common/.config/mozilla/firefox", "current/.config/mozilla/firefox" })
        {
            all.AddRange(ProfilesIn(At($"snap/{FirefoxSnap}/{root}"), snapped, isBoxed: true));
        }

        var packed = RanAsFlatpak(FirefoxFlatpak) ? Flatpak(Firefox, FirefoxFlatpak) : null;
        foreach (var root in new[] { ".mozilla/firefox", "config/mozilla/firefox" })
        {
            all.AddRange(ProfilesIn(At($".var/app/{FirefoxFlatpak}/{root}"), packed, isBoxed: true));
        }

        return [.. all.DistinctBy(place => place.Database, StringComparer.Ordinal)];
    }

    /// <summary>Installed browsers that have no certificate database yet, because they create it when they are first started.</summary>
    public IReadOnlyList<string> NeverRan()
    {
        var known = All().Where(place => place.IsUsed).SelectMany(place => place.Browsers).ToHashSet(StringComparer.Ordinal);
        var installed = Chromiums.Where(kind => kind.Snaps.Any(HasSnap) || kind.Flatpaks.Any(HasFlatpak)).Select(kind => kind.Name)
            .Concat(Installed(Firefoxes) is not null || HasSnap(FirefoxSnap) || HasFlatpak(FirefoxFlatpak) ? [Firefox] : []);
        return [.. installed.Where(name => !known.Contains(name)).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The file of the program that this name would start, or null.</summary>
    public string? FindProgram(string name) =>
        Directories.Select(directory => System.IO.Path.Combine(directory, name)).FirstOrDefault(File.Exists);

    // The XDG Base Directory Specification: a path that is not absolute is to be ignored.
    private static string? XdgFolder(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { } folder && System.IO.Path.IsPathRooted(folder) ? folder : null;

    private string[] Directories => Path.Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

    private static string DatabaseOf(string home, string data)
    {
        var (old, @new) = (System.IO.Path.Combine(home, ".pki/nssdb"), System.IO.Path.Combine(data, "pki/nssdb"));
        return !Directory.Exists(old) && Directory.Exists(@new) ? @new : old;
    }

    /// <summary>
    /// The file of a browser that is installed as a system package. A snap with the same name has its database elsewhere.
    /// </summary>
    private string? Installed(IEnumerable<string> programs) => programs
        .SelectMany(program => Directories.Where(directory => directory != SnapPrograms)
            .Select(directory => System.IO.Path.Combine(directory, program)))
        .FirstOrDefault(file => File.Exists(file) && SnapScript.SnapStartedBy(file) is null);

    private BrowserStart Snap(string name, string snap) => new(name, System.IO.Path.Combine(SnapPrograms, snap), []);

    private static BrowserStart Flatpak(string name, string id) => new(name, "flatpak", ["run", id]);

    private static NssPlace PlaceOf(string home, string data, BrowserStart start) =>
        new(DatabaseOf(home, System.IO.Path.Combine(home, data)), [start.Name]) { IsUsed = true, Starts = [start] };

    private bool HasSnap(string snap) => File.Exists(System.IO.Path.Combine(SnapPrograms, snap));

    // The folder remains when the program is removed.
    private bool RanAsSnap(string snap) =>
        Directory.Exists(At($"snap/{snap}/current")) && (HasSnap(snap) || !Directory.Exists(SnapPrograms));

    private string OwnFlatpaks => System.IO.Path.Combine(DataHome ?? At(".local/share"), "flatpak/app");

    private bool HasFlatpak(string id) =>
        Directory.Exists(System.IO.Path.Combine(FlatpakApps, id)) || Directory.Exists(System.IO.Path.Combine(OwnFlatpaks, id));

    private bool RanAsFlatpak(string id) =>
        Directory.Exists(At($".var/app/{id}")) && (HasFlatpak(id) || !(Directory.Exists(FlatpakApps) || Directory.Exists(OwnFlatpaks)));

    /// <param name="root">The directory with Firefox's list of profiles.</param>
    /// <param name="program">The Firefox that uses this list; null where none is known.</param>
    /// <param name="isBoxed">Only a Firefox that runs in its sandbox finds these profiles.</param>
    private static IReadOnlyList<NssPlace> ProfilesIn(string root, BrowserStart? program, bool isBoxed = false)
    {
        try
        {
            return FirefoxProfiles.In(root)
                .Select(profile => new NssPlace(profile.Directory, [profile.Label is { } label ? $"{Firefox}（{label}）" : Firefox])
                {
                    IsUsed = profile.Label is null && (program is not null || profile.Platform is not null),
                    IsProfile = true,
                    Starts = StartOf(profile, program, isBoxed) is { } start ? [start] : [],
                })
                .ToList();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            var unreadable = new StoreFault(StoreFaultKind.ReadOnly, root);
            return [new NssPlace(root, [Firefox]) { IsUsed = program is not null, IsProfile = true, Fault = unreadable }];
        }
    }

    // The Firefox that used the profile last, because any other would ask the person first; and explicitly this profile, whatever its
    // default.
    private static BrowserStart? StartOf(FirefoxProfile profile, BrowserStart? program, bool isBoxed)
    {
        var last = !isBoxed && profile.Platform is { } platform
            ? new[] { "firefox", "firefox-esr" }.Select(name => System.IO.Path.Combine(platform, name)).FirstOrDefault(File.Exists)
            : null;
        var start = last is null ? program : new BrowserStart(Firefox, last, []);
        return start is null ? null : start with { Arguments = [.. start.Arguments, "--profile", profile.Directory] };
    }

    private string At(string path) => System.IO.Path.Combine(Home, path);

    /// <param name="Name">As shown.</param>
    /// <param name="Programs">Those of system packages, including beta channels; all of them read <see cref="Primary"/>.</param>
    /// <param name="Snaps">Names in the Snap Store.</param>
    /// <param name="Flatpaks">IDs on Flathub.</param>
    private sealed record ChromiumKind(string Name, string[] Programs, string[] Snaps, string[] Flatpaks);
}
