namespace DensaiAdmin.EndToEnd;

/// <summary>
/// The published application. <c>./test</c> publishes it and names it in DENSAI_E2E_APP; without that (a run from an editor)
/// the first journey publishes it.
/// </summary>
internal static class PublishedApp
{
    private static readonly Lazy<Task<string>> Published = new(PublishAsync);

    public static Task<string> PathAsync() => Published.Value;

    private static async Task<string> PublishAsync()
    {
        if (Environment.GetEnvironmentVariable("DENSAI_E2E_APP") is { Length: > 0 } published)
        {
            return published;
        }

        var folder = Path.Combine(Repository.Root, "artifacts", "web");
        var ran = await Tool.RunAsync(
            "dotnet", null, ["publish", "DensaiAdmin.Web", "-c", "Release", "-o", folder, "-v", "q", "-nologo", "-nodereuse:false"],
            directory: Repository.Root);
        ran.Succeeded();
        return Path.Combine(folder, "DensaiAdmin.Web.dll");
    }
}
