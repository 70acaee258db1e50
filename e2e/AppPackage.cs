namespace DensaiAdmin.EndToEnd;

/// <summary>The issuing app's package for this system, as <c>./package</c> makes it.</summary>
internal static class AppPackage
{
    /// <summary>Only the Debian package: the others are made the same way and are looked into by tests of their own.</summary>
    public static async Task MakeAsync(Uri server, string trustFile, string folder)
    {
        var ran = await Tool.RunAsync(
            Path.Combine(Repository.Root, "package"), null,
            ["linux", "--server", server.GetLeftPart(UriPartial.Authority), "--trust", trustFile, "--output", folder],
            directory: Repository.Root,
            within: TimeSpan.FromMinutes(10));
        ran.Succeeded();
    }
}
