namespace DensaiAdmin.EndToEnd;

/// <summary>The issuing app's package for this system, as <c>./package</c> makes it.</summary>
internal static class AppPackage
{
    private static readonly SemaphoreSlim OneAtATime = new(1, 1);
    private static readonly Lazy<string> Programs = new(NewFolder);

    /// <summary>Only the Debian package: the others are made the same way and are looked into by tests of their own.</summary>
    public static async Task MakeAsync(Uri server, string trustFile, string folder)
    {
        // The program is the same for every bank of the run, and published once.
        await OneAtATime.WaitAsync();
        try
        {
            var ran = await Tool.RunAsync(
                Path.Combine(Repository.Root, "package"), null,
                ["linux", "--server", server.GetLeftPart(UriPartial.Authority), "--trust", trustFile, "--output", folder],
                new Dictionary<string, string?>(StringComparer.Ordinal) { ["DENSAI_PROGRAMS"] = Programs.Value },
                directory: Repository.Root,
                within: TimeSpan.FromMinutes(10));
            ran.Succeeded();
        }
        finally
        {
            OneAtATime.Release();
        }
    }

    private static string NewFolder()
    {
        var folder = Directory.CreateTempSubdirectory("densai-programs-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return folder;
    }
}
