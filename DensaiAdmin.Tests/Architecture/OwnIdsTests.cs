using System.Reflection;
using System.Text.RegularExpressions;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Support;
using DensaiAdmin.Web.Sessions;

namespace DensaiAdmin.Tests.Architecture;

/// <summary>
/// What is asked for by the bare ID of a user or a company is asked for with the ID of who is signed in: none out of an address, a form or
/// a row reaches it. Whatever else a page looks for, Core finds for an actor.
/// </summary>
public sealed partial class OwnIdsTests
{
    private static readonly string[] Ids = ["userId", "companyId", "company"];

    // The last is read for the actor; a query has its company by the assignment that is held to the same list.
    private static readonly string[] Own =
    [
        "current.UserId", "current.CompanyId", "current.CompanyId!.Value", "current.Actor", "_company.Company.Id",
    ];

    /// <summary>What is no such ID, though it looks like one here.</summary>
    private static readonly Dictionary<string, string> NoIds = new(StringComparer.Ordinal)
    {
        ["UserManagement/UserRows.cs: UserId = holder.UserId"] = "A row that is shown, of the company's own.",
    };

    [Fact]
    public void Pages_AskByTheIdOfWhoIsSignedIn_AndByNoOther()
    {
        var asking = Asking();
        Assert.Contains("CountUnreadAsync", asking.Keys);
        Assert.Contains("StandingsAsync", asking.Keys);
        var seen = 0;
        var foreign = new List<string>();
        foreach (var (file, text) in Pages())
        {
            foreach (var call in Call().Matches(text).Where(call => asking.ContainsKey(call.Groups["name"].Value)))
            {
                var arguments = Arguments(text, call.Index + call.Length);
                foreach (var at in asking[call.Groups["name"].Value].Where(at => at < arguments.Count))
                {
                    seen++;
                    if (!IsOwn(arguments[at], text))
                    {
                        foreign.Add($"{file}: {call.Groups["name"].Value}({string.Join(", ", arguments)})");
                    }
                }
            }

            foreach (var set in Assignment().Matches(text).Where(set => !IsOwn(set.Groups["value"].Value.Trim(), text)))
            {
                foreign.Add($"{file}: {set.Value}");
            }
        }

        Assert.Empty(foreign.Except(NoIds.Keys, StringComparer.Ordinal));
        Assert.Empty(NoIds.Keys.Except(foreign, StringComparer.Ordinal));
        Assert.True(seen > 20, $"{seen} calls");
    }

    [Theory]
    [InlineData("Id", false)]
    [InlineData("_target.User.Id", false)]
    [InlineData("long.Parse(Asked)", false)]
    [InlineData("Current.UserId", true)]
    [InlineData("company", true)]
    public void Rule_KnowsOwnFromForeign(string argument, bool isOwn) =>
        Assert.Equal(isOwn, IsOwn(argument, "var company = current.CompanyId!.Value;"));

    /// <summary>Methods by name, with the places at which they take an ID. Our own in between pass on what they are given.</summary>
    private static Dictionary<string, HashSet<int>> Asking() =>
        typeof(DensaiDbContext).Assembly.GetTypes().Where(type => type.IsPublic)
            .SelectMany(type => type.GetMethods(BindingFlags.Instance | BindingFlags.Public))
            .Concat(typeof(CurrentActor).Assembly.GetTypes().SelectMany(type => type.GetMethods(
                BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)))
            .Where(method => !method.IsSpecialName && !method.Name.Contains('<', StringComparison.Ordinal))
            .SelectMany(method => method.GetParameters()
                .Where(p => Ids.Contains(p.Name, StringComparer.Ordinal)
                    && (p.ParameterType == typeof(long) || p.ParameterType == typeof(long?)))
                .Select(p => (method.Name, p.Position)))
            .GroupBy(take => take.Name, StringComparer.Ordinal)
            .ToDictionary(take => take.Key, take => take.Select(t => t.Position).ToHashSet(), StringComparer.Ordinal);

    private static bool IsOwn(string argument, string text) =>
        Own.Contains(argument, StringComparer.OrdinalIgnoreCase)
        // A declaration, a query, or another method of the same name that takes no ID here.
        || Declaration().IsMatch(argument)
        || argument.Contains("uery", StringComparison.Ordinal) || argument.StartsWith("asked", StringComparison.Ordinal)
        || (Name().IsMatch(argument) && Ids.Contains(argument, StringComparer.Ordinal)
            && Regex.IsMatch(
                text, $@"var {argument} = current\.CompanyId|CompanyId: \{{ \}} {argument}\b|long\?? {argument}\b", RegexOptions.None,
                TimeSpan.FromSeconds(10)));

    private static IEnumerable<(string File, string Text)> Pages()
    {
        var web = Repository.At("DensaiAdmin.Web");
        return Repository.Files("DensaiAdmin.Web", ".cs", ".razor").Select(file => Path.GetRelativePath(web, file))
            .Where(file => !IsNoPage(file))
            .Select(file => (file, File.ReadAllText(Path.Combine(web, file))));
    }

    // What keeps sessions and circuits has nothing but their IDs, what serves and starts has nobody's, and the verbs are no pages.
    private static bool IsNoPage(string file) =>
        file.Split('/')[0] is "Hosting" or "Installation" or "Settings" or "Health" or "Tls" or "Verbs"
        || (file.StartsWith("Sessions/", StringComparison.Ordinal) && file != "Sessions/Downloads.cs");

    private static List<string> Arguments(string text, int from)
    {
        var arguments = new List<string>();
        var (depth, start) = (0, from);
        for (var i = from; i < text.Length; i++)
        {
            if (text[i] is '(' or '[' or '{')
            {
                depth++;
            }
            else if (depth > 0 && text[i] is ')' or ']' or '}')
            {
                depth--;
            }
            else if (depth == 0 && text[i] is ',' or ')')
            {
                arguments.Add(text[start..i].Trim());
                start = i + 1;
                if (text[i] == ')')
                {
                    break;
                }
            }
        }

        return arguments;
    }

    [GeneratedRegex(@"\b(?<name>[A-Z]\w+)\(", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Call();

    [GeneratedRegex(@"\b(CompanyId|UserId) = (?<value>[^,;}\n]+)", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Assignment();

    [GeneratedRegex(@"^long\?? \w+$", RegexOptions.NonBacktracking)]
    private static partial Regex Declaration();

    [GeneratedRegex(@"^\w+$", RegexOptions.NonBacktracking)]
    private static partial Regex Name();
}
