using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Architecture;

/// <summary>Two files fit side by side on a screen.</summary>
public sealed class LineTests
{
    private const int Widest = 140;

    // What a tool writes is as wide as it is.
    private static readonly string[] OfTools = ["/Migrations/", "/node_modules/"];

    [Theory]
    [InlineData("DensaiAdmin.Core")]
    [InlineData("DensaiAdmin.Web")]
    [InlineData("DensaiAdmin.EnrollmentApp")]
    [InlineData("DensaiAdmin.Tests")]
    [InlineData("e2e")]
    [InlineData("bench")]
    public void Lines_OfSources_FitAScreen(string project)
    {
        var wide = Repository.Files(project, ".cs", ".razor", ".css", ".js", ".csproj")
            .Where(file => !OfTools.Any(part => file.Contains(part, StringComparison.Ordinal)))
            .SelectMany(file => File.ReadLines(file).Index().Where(line => line.Item.Length > Widest)
                .Select(line => $"{Path.GetRelativePath(Repository.Root, file)}:{line.Index + 1}"))
            .ToList();

        Assert.True(wide.Count == 0, $"Wider than {Widest} characters:\n{string.Join('\n', wide)}");
    }
}
