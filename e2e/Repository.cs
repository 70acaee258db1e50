namespace DensaiAdmin.EndToEnd;

internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>Where a failed journey leaves its traces; never committed.</summary>
    public static string Artifacts(params string[] path)
    {
        var folder = Path.Combine([Root, "artifacts", "e2e", .. path]);
        Directory.CreateDirectory(folder);
        return folder;
    }

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "DensaiAdmin.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException($"No DensaiAdmin.sln above {AppContext.BaseDirectory}");
    }
}
