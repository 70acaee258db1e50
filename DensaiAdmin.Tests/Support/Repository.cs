namespace DensaiAdmin.Tests.Support;

/// <summary>The repository that the tests stand in, whose files are held to rules, too.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>A file or folder of it.</summary>
    public static string At(params string[] path) => Path.Combine([Root, .. path]);

    /// <summary>Files below a folder of it, without what a build made of them; with slashes.</summary>
    /// <param name="folder">Its path inside the repository.</param>
    /// <param name="kinds">Endings with their dot.</param>
    public static IEnumerable<string> Files(string folder, params string[] kinds) =>
        Directory.EnumerateFiles(At(folder), "*", SearchOption.AllDirectories)
            .Where(file => kinds.Contains(Path.GetExtension(file), StringComparer.Ordinal)
                && !Path.GetRelativePath(Root, file).Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin"))
            .Select(file => file.Replace('\\', '/'))
            .DefaultIfEmpty()
            .Select(file => file ?? throw new InvalidOperationException($"{folder} holds none of {string.Join(", ", kinds)}."));

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "DensaiAdmin.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not stand inside the repository.");
        }

        return folder.FullName;
    }
}
