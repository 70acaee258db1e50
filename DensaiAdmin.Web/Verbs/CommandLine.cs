using System.CommandLine;
using System.CommandLine.Parsing;

namespace DensaiAdmin.Web.Verbs;

/// <summary>What the command line asks for. What is not understood whole is not done.</summary>
internal sealed record CommandLine(Verb Verb, VerbCall Call)
{
    // What the host itself reads without a section.
    private static readonly HashSet<string> HostSettings = new(
        ["environment", "urls", "contentRoot", "applicationName"], StringComparer.OrdinalIgnoreCase);

    private static readonly Option<bool> HelpOption = new("--help") { Recursive = true, Arity = ArgumentArity.Zero };

    // Only in front: behind a verb these may be a value.
    private static readonly Option<bool> ShortHelpOption = new("-h", "-?") { Arity = ArgumentArity.Zero };

    private static readonly Argument<string[]> TopicArgument = new("verb") { Arity = ArgumentArity.ZeroOrMore };
    private static readonly Command HelpCommand = new("help") { TopicArgument };

    private static readonly Command Program = ProgramOf(VerbTable.All);

    // @file is not expanded, and -ab is not split into -a -b.
    private static readonly ParserConfiguration Literally = new() { ResponseFileTokenReplacer = null, EnablePosixBundling = false };

    /// <summary>
    /// Parts the settings (<c>--Section:Key=value</c>, <c>--Section:Key value</c>, <c>--environment=…</c>), which go to the configuration,
    /// from the words. Settings alone start the server; a single word, known or not, is meant for a verb and never does.
    /// </summary>
    public static (string[] Settings, string[] Words) Split(IReadOnlyList<string> arguments)
    {
        var settings = new List<string>();
        var words = new List<string>();
        // `dotnet run` takes this one away; whoever types it after the program's own name means the same.
        for (var i = arguments is ["--", ..] ? 1 : 0; i < arguments.Count; i++)
        {
            if (!IsSetting(arguments[i]))
            {
                words.Add(arguments[i]);
            }
            else if (arguments[i].Contains('=', StringComparison.Ordinal))
            {
                settings.Add(arguments[i]);
            }
            else if (i + 1 < arguments.Count)
            {
                settings.Add($"{arguments[i]}={arguments[++i]}");
            }
            else
            {
                words.Add(arguments[i]);
            }
        }

        return ([.. settings], [.. words]);
    }

    /// <param name="arguments">Those with which the program was started.</param>
    /// <param name="answer">What to answer where there is nothing to do: help, or what is wrong.</param>
    /// <returns>Null where there is nothing to do.</returns>
    public static CommandLine? Parse(IReadOnlyList<string> arguments, out VerbAnswer answer)
    {
        var (_, words) = Split(arguments);
        var parsed = CommandLineParser.Parse(Program, words, Literally);
        // In front of the verb the parser skips the program's own name, `--` and what looks like a directive.
        if (words is not [var first, ..] || !Program.Children.Any(child => IsNamed(child, first)))
        {
            answer = NoVerb(words.FirstOrDefault());
            return null;
        }

        if (parsed.GetValue(HelpOption) || parsed.GetValue(ShortHelpOption) || parsed.CommandResult.Command == HelpCommand)
        {
            answer = VerbAnswer.Done(HelpFor(parsed));
            return null;
        }

        if (VerbTable.All.FirstOrDefault(v => v.Command == parsed.CommandResult.Command) is not { } verb)
        {
            answer = NoVerb(parsed.UnmatchedTokens is [var odd, ..] ? odd : null);
            return null;
        }

        var misuse = verb.MisuseIn(parsed, words);
        answer = misuse is null ? VerbAnswer.Done("") : VerbAnswer.WrongUsage(verb.Usage, misuse);
        return misuse is null ? new(verb, verb.Read(parsed)) : null;
    }

    public Task<VerbAnswer> RunAsync(VerbRunner runner, VerbRequest request) => Verb.RunAsync(runner, Call, request);

    public Task<VerbAnswer> PerformAsync(VerbHandler handler, VerbRequest request) => Verb.PerformAsync(handler, Call, request);

    private static VerbAnswer NoVerb(string? word) => VerbAnswer.WrongUsage(
        string.Join(" | ", VerbTable.All.Select(verb => verb.Name)), word is null ? VerbText.NeedsVerb : VerbText.CannotBeUsed(word));

    // Of one verb all that there is to say, of a group those in it, and of what is none of them every verb.
    private static string HelpFor(ParseResult parsed)
    {
        var topic = string.Join(
            ' ', parsed.CommandResult.Command == HelpCommand ? parsed.GetValue(TopicArgument) ?? [] : NameOf(parsed.CommandResult));
        var meant = VerbTable.All.Where(verb => verb.Name == topic || verb.Name.StartsWith(topic + " ", StringComparison.Ordinal)).ToList();
        return meant switch
        {
            [var verb] => verb.Help,
            [] => string.Concat(VerbTable.All.Select(verb => verb.Summary)) + VerbText.HelpOfSettings + "\n",
            _ => string.Concat(meant.Select(verb => verb.Summary)),
        };
    }

    private static IEnumerable<string> NameOf(CommandResult command) =>
        command.Parent is CommandResult group ? NameOf(group).Append(command.Command.Name) : [];

    private static bool IsNamed(Symbol symbol, string word) =>
        symbol.Name == word || (symbol is Option option && option.Aliases.Contains(word));

    private static bool IsSetting(string argument)
    {
        if (!argument.StartsWith("--", StringComparison.Ordinal))
        {
            return false;
        }

        var equals = argument.IndexOf('=', StringComparison.Ordinal);
        var key = equals < 0 ? argument[2..] : argument[2..equals];
        return key.Contains(':', StringComparison.Ordinal) || HostSettings.Contains(key);
    }

    // Not a RootCommand, which would add the library's own help, version and directives with texts of its own.
    private static Command ProgramOf(IEnumerable<Verb> verbs)
    {
        var program = new Command("densai-admin") { HelpOption, ShortHelpOption, HelpCommand };
        foreach (var verb in verbs)
        {
            var group = program;
            foreach (var word in verb.Name.Split(' ')[..^1])
            {
                var inner = group.Subcommands.FirstOrDefault(command => command.Name == word);
                if (inner is null)
                {
                    inner = new Command(word);
                    group.Add(inner);
                }

                group = inner;
            }

            group.Add(verb.Command);
        }

        return program;
    }
}
