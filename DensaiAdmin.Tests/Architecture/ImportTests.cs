using System.Text.RegularExpressions;
using System.Xml.Linq;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Support;

namespace DensaiAdmin.Tests.Architecture;

/// <summary>
/// Who may import whom. Web → Core; Core → neither Web nor ASP.NET nor MudBlazor; the app on the user's PC and the journeys → nothing
/// of ours. Who may use whom inside Core and Web, <see cref="HouseTests"/> say; here is what leaves no trace in the assemblies.
/// </summary>
public partial class ImportTests
{
    private const string Root = "DensaiAdmin.Core";

    private static readonly Dictionary<string, string[]> ProjectsMayUse = new(StringComparer.Ordinal)
    {
        ["DensaiAdmin.Core"] = [],
        ["DensaiAdmin.Web"] = ["DensaiAdmin.Core"],
        ["DensaiAdmin.EnrollmentApp"] = [],
        ["DensaiAdmin.EndToEnd"] = [],
    };

    [Fact]
    public void Files_InCore_ImportOnlyWhatTheirRoomMayUse()
    {
        // Constants and names leave no trace in the instructions, but their import stands in the file.
        var core = Repository.At("DensaiAdmin.Core");
        var violations = Sources("DensaiAdmin.Core")
            .Where(file => !file.Contains("/Migrations/", StringComparison.Ordinal)
                && !House.Core.SeeAll.Contains(Path.GetFileNameWithoutExtension(file)))
            .SelectMany(file => Imports(File.ReadAllText(file))
                .Where(import => import.StartsWith(Root + ".", StringComparison.Ordinal))
                .Select(import => (File: Path.GetRelativePath(core, file), To: import[(Root.Length + 1)..].Split('.')[0])))
            .Where(use => !House.Core.MayUse(use.File.Contains('/', StringComparison.Ordinal) ? use.File.Split('/')[0] : "", use.To));

        Assert.Empty(violations);
    }

    [Fact]
    public void Statements_OutsideTheEngines_AreSqlThatEveryEngineReads()
    {
        var core = Repository.At("DensaiAdmin.Core");
        var violations = Sources("DensaiAdmin.Core").Where(file => !file.Contains("/Store/Sqlite/", StringComparison.Ordinal))
            .SelectMany(file => OfOneEngine().Matches(File.ReadAllText(file)).Select(
                found => $"{Path.GetRelativePath(core, file)}: {found.Value}"));

        Assert.Empty(violations);
        Assert.Matches(OfOneEngine(), "SELECT 1 FROM Users");
        Assert.Matches(OfOneEngine(), "UPDATE Users SET \"Name\" = 'x'");
        Assert.Matches(OfOneEngine(), "WHERE \"Id\" = $id");
    }

    [Fact]
    public void Core_KnowsNeitherWebNorAspNetNorMudBlazor()
    {
        var foreign = typeof(DensaiDbContext).Assembly.GetReferencedAssemblies()
            .Select(assembly => assembly.Name!)
            .Where(name => name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal)
                || name.StartsWith("MudBlazor", StringComparison.Ordinal)
                || name.StartsWith("DensaiAdmin", StringComparison.Ordinal));

        Assert.Empty(foreign);
    }

    [Fact]
    public void Projects_ReferToNoOtherThanTheyMay()
    {
        var violations = Projects()
            .Where(project => ProjectsMayUse.ContainsKey(project.Name))
            .SelectMany(project => project.References.Except(ProjectsMayUse[project.Name], StringComparer.Ordinal).Select(
                used => $"{project.Name} → {used}"));

        Assert.Empty(violations);
    }

    [Fact]
    public void Core_TakesNoFrameworkAndNoPackageOfPages()
    {
        var core = Assert.Single(Projects(), project => project.Name == "DensaiAdmin.Core");

        Assert.DoesNotContain(
            core.Packages,
            p => p.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal) || p.StartsWith("MudBlazor", StringComparison.Ordinal));
    }

    [Fact]
    public void Programs_OfTheOutside_ImportNothingOfOurs()
    {
        var imports = ((string[])["e2e", "DensaiAdmin.EnrollmentApp"]).SelectMany(Sources)
            .SelectMany(file => Imports(File.ReadAllText(file))
                .Where(import => import.StartsWith("DensaiAdmin.Core", StringComparison.Ordinal)
                    || import.StartsWith("DensaiAdmin.Web", StringComparison.Ordinal))
                .Select(import => $"{Path.GetRelativePath(Repository.Root, file)}: {import}"));

        Assert.Empty(imports);
    }

    [Fact]
    public void Sources_AskNoOtherClockThanTheOneTheyWereGiven()
    {
        // Whoever asks the machine's own neither moves with Clock:StartAt nor stands before the guard of R26.
        var asking = new[] { "DensaiAdmin.Core", "DensaiAdmin.Web", "DensaiAdmin.EnrollmentApp" }
            .SelectMany(Sources)
            .Where(file => ClockOfTheMachine().IsMatch(File.ReadAllText(file)))
            .Select(file => Path.GetRelativePath(Repository.Root, file));

        Assert.Empty(asking);
    }

    [Fact]
    public void References_InsideALambdaOfAnAsyncMethod_AreSeen() =>
        Assert.Contains(typeof(RevocationReasons), References.Of(typeof(Probe)));

    [Fact]
    public void References_ByATypeArgumentAlone_AreSeen() =>
        Assert.Contains(typeof(SessionOptions), References.Of(typeof(Probe)));

    [Fact]
    public void References_NotMade_AreNotSeen() =>
        Assert.DoesNotContain(typeof(StoreWriter), References.Of(typeof(Probe)));

    [Fact]
    public void Imports_OfAFile_AreReadWithAliasAndStaticAndInstructions()
    {
        const string file = """
            using System.Text;
            using static DensaiAdmin.Core.Revocation.RevocationReasons;
            using Reason = DensaiAdmin.Core.SignIn.LogInOutcome;
            global using DensaiAdmin.Core.Mail;
            // using DensaiAdmin.Core.Counter;
            /// <see cref="DensaiAdmin.Core.Counter"/>
            var written = Core.Enrollment.Something.Else;
            """;

        Assert.Equal(
            [
                "System.Text", "DensaiAdmin.Core.Revocation.RevocationReasons",
                "DensaiAdmin.Core.SignIn.LogInOutcome", "DensaiAdmin.Core.Mail",
            ],
            Imports(file));
    }

    private static IEnumerable<string> Sources(string project) => Repository.Files(project, ".cs", ".razor");

    private static IEnumerable<string> Imports(string source) => ImportLine().Matches(source).Select(match => match.Groups["name"].Value);

    private static IEnumerable<(string Name, IEnumerable<string> References, IEnumerable<string> Packages)> Projects() =>
        Directory.EnumerateFiles(Repository.Root, "*.csproj", SearchOption.AllDirectories).Select(file =>
        {
            var project = XDocument.Load(file);
            IEnumerable<string> Included(string item) => project.Descendants(item).Select(i => i.Attribute("Include")?.Value ?? "");
            return (
                Name: project.Descendants("AssemblyName").FirstOrDefault()?.Value ?? Path.GetFileNameWithoutExtension(file),
                References: Included("ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/'))),
                Packages: Included("PackageReference").Concat(Included("FrameworkReference")));
        });

    // A name without quotes is another name elsewhere; a parameter begins with @; the last key and IS with a value are SQLite's own.
    [GeneratedRegex(
        @"\b(?:FROM|INTO|UPDATE|JOIN) (?!SET\b)[A-Z]\w+|[=<>(,] \$[a-z]\w*|\bIS [$@]|last_insert_rowid|\bPRAGMA\b",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex OfOneEngine();

    [GeneratedRegex(@"\bDateTime(?:Offset)?\s*\.\s*(?:UtcNow|Now|Today)\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex ClockOfTheMachine();

    [GeneratedRegex(
        @"^\s*(?:@|global\s+)?using\s+(?:static\s+)?(?:\w+\s*=\s*)?(?<name>[\w.]+)\s*;?\s*$",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex ImportLine();

    /// <summary>Uses one type inside an async lambda and one as a type argument only.</summary>
    private sealed class Probe
    {
        public Func<Task<int>> Lambda { get; } = async () =>
        {
            await Task.Yield();
            return RevocationReasons.Selectable.Count;
        };

        public object Argument { get; } = new List<SessionOptions>();
    }
}
