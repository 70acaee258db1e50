namespace DensaiAdmin.EnrollmentApp.CertificateStores;

/// <summary>Where the browsers of one person on Linux keep certificates.</summary>
/// <param name="Home">The person's home directory.</param>
/// <param name="Path">Directories with programs, as in the environment variable.</param>
/// <param name="Scratch">A directory in memory for what must not reach a disk.</param>
internal sealed record NssPlaces(string Home, string Path, string Scratch)
{
    private static readonly string[] Chromiums =
        ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "microsoft-edge-stable", "brave-browser", "vivaldi"];

    private static readonly string[] Firefoxes = ["firefox", "firefox-esr"];

    // Debian's package, Ubuntu's snap, Flatpak.
    private static readonly string[] FirefoxProfiles = [".mozilla/firefox", "snap/firefox/common/.mozilla/firefox", ".var/app/org.mozilla.firefox/.mozilla/firefox"];

    public static NssPlaces OfThisPerson() => new(
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify),
        Environment.GetEnvironmentVariable("PATH") ?? "",
        Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } own && Directory.Exists(own) ? own
            : Directory.Exists("/dev/shm") ? "/dev/shm" : System.IO.Path.GetTempPath());

    /// <summary>
    /// The database that Chromium and its kin read: <c>~/.pki/nssdb</c>, else <c>~/.local/share/pki/nssdb</c>. Where neither is there the first,
    /// because older ones know no other.
    /// </summary>
    public string Primary
    {
        get
        {
            var (old, @new) = (At(".pki/nssdb"), At(".local/share/pki/nssdb"));
            return !Directory.Exists(old) && Directory.Exists(@new) ? @new : old;
        }
    }

    /// <summary>Databases of browsers that do not read <see cref="Primary"/>: Firefox's profiles and Chromium from a snap. Only those that exist.</summary>
    public IReadOnlyList<string> Beside() =>
    [
        .. FirefoxProfiles.Select(At).Where(Directory.Exists).SelectMany(Directory.EnumerateDirectories)
            .Append(At("snap/chromium/current/.pki/nssdb"))
            .Where(directory => File.Exists(System.IO.Path.Combine(directory, "cert9.db")))
            .Order(StringComparer.Ordinal),
    ];

    public bool HasBrowser() => HasChromium() || HasFirefox();

    public bool HasChromium() => Has(Chromiums);

    public bool HasFirefox() => Has(Firefoxes);

    private string[] Directories => Path.Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Where a program of this name would be started from; null: nowhere.</summary>
    public string? FindProgram(string name) => Find(Directories, name);

    private bool Has(string[] programs) => programs.Any(program => Find([.. Directories, "/snap/bin"], program) is not null);

    private static string? Find(IEnumerable<string> directories, string program) =>
        directories.Select(directory => System.IO.Path.Combine(directory, program)).FirstOrDefault(File.Exists);

    private string At(string path) => System.IO.Path.Combine(Home, path);
}
