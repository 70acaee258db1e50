namespace DensaiAdmin.EnrollmentApp.CertificateStores;

/// <summary>A profile of Firefox.</summary>
/// <param name="Directory">Where it is.</param>
/// <param name="Label">Null for a profile that Firefox opens by default; otherwise its name, which the person chooses at the start.</param>
/// <param name="Platform">The directory of the Firefox that used it last; null where that is gone.</param>
internal sealed record FirefoxProfile(string Directory, string? Label, string? Platform);

/// <summary>
/// The profiles that Firefox knows (<c>profiles.ini</c>, <c>installs.ini</c>). Each installation has its own default; a profile may be
/// anywhere on the disk.
/// </summary>
internal static class FirefoxProfiles
{
    /// <summary>The profiles below one root, e.g. <c>~/.mozilla/firefox</c>; none where that does not exist.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It is closed to this person.</exception>
    public static IReadOnlyList<FirefoxProfile> In(string root)
    {
        if (!Directory.Exists(root))
        {
            return [];
        }

        var sections = new[] { "profiles.ini", "installs.ini" }.SelectMany(file => SectionsOf(Path.Combine(root, file))).ToList();
        var named = new Dictionary<string, string>(StringComparer.Ordinal);
        var old = new List<string>();
        foreach (var section in sections.Where(section => section.ContainsKey("Path")))
        {
            if (At(root, section["Path"], section.GetValueOrDefault("IsRelative") != "0") is { } directory)
            {
                named[directory] = section.GetValueOrDefault("Name") ?? Path.GetFileName(directory);
                if (section.GetValueOrDefault("Default") == "1")
                {
                    old.Add(directory);
                }
            }
        }

        // In a section about an installation, in either file, Default is a path. Before Firefox 67 there was one default for all.
        var defaults = sections.Where(section => !section.ContainsKey("Path") && section.ContainsKey("Default"))
            .Select(section => At(root, section["Default"], isRelative: !Path.IsPathRooted(section["Default"])))
            .OfType<string>().ToHashSet(StringComparer.Ordinal);
        if (defaults.Count == 0)
        {
            defaults.UnionWith(old);
        }

        // A profile in no list is older than the lists, or is being created. Where there is only one, Firefox uses it.
        var others = Directory.EnumerateDirectories(root)
            .Where(directory => File.Exists(Path.Combine(directory, "cert9.db")) && !named.ContainsKey(directory));
        var all = named.Keys.Concat(defaults).Concat(others)
            .Distinct(StringComparer.Ordinal).Where(Directory.Exists).Order(StringComparer.Ordinal).ToList();
        bool IsDefault(string directory) => defaults.Contains(directory) || (defaults.Count == 0 && (named.Count == 0 || all.Count == 1));
        return
        [
            .. all.Select(directory => new FirefoxProfile(
                directory,
                IsDefault(directory) ? null : named.GetValueOrDefault(directory) ?? Path.GetFileName(directory),
                PlatformOf(directory))),
        ];
    }

    private static string? At(string root, string path, bool isRelative)
    {
        try
        {
            return Path.TrimEndingDirectorySeparator(Path.GetFullPath(isRelative ? Path.Combine(root, path) : path, root));
        }
        catch (Exception fault) when (fault is ArgumentException or IOException or NotSupportedException)
        {
            // Not a path.
            return null;
        }
    }

    // [Compatibility] LastPlatformDir=/usr/lib/firefox-esr
    private static string? PlatformOf(string profile)
    {
        try
        {
            return SectionsOf(Path.Combine(profile, "compatibility.ini"))
                .Select(section => section.GetValueOrDefault("LastPlatformDir"))
                .FirstOrDefault(Directory.Exists);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static List<Dictionary<string, string>> SectionsOf(string file)
    {
        var sections = new List<Dictionary<string, string>>();
        if (!File.Exists(file))
        {
            return sections;
        }

        foreach (var line in File.ReadLines(file).Select(line => line.Trim()))
        {
            if (line.StartsWith('['))
            {
                sections.Add(new(StringComparer.OrdinalIgnoreCase));
            }
            else if (sections.Count > 0 && line.Split('=', 2) is [var name, var value])
            {
                sections[^1][name.Trim()] = value.Trim();
            }
        }

        return sections;
    }
}
