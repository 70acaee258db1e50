using System.CommandLine;
using System.CommandLine.Parsing;
using DensaiAdmin.EnrollmentApp.Shared;
using DensaiAdmin.EnrollmentApp.Window;

namespace DensaiAdmin.EnrollmentApp.Verbs;

public enum Verb
{
    /// <summary>The window.</summary>
    Window,
    Issue,
    Renew,
    List,
    Doctor,
    Help,
}

/// <summary>What the command line asks for.</summary>
/// <param name="LoginId">As typed.</param>
internal sealed record CommandLine(Verb Verb, StartArgument Start, string? LoginId, string? Server, string? Trust, bool English)
{
    // Enough of a word to recognise it.
    private const int MaxShown = 60;

    private static readonly Option<string?> LoginIdOption = WithValue("--login-id");
    private static readonly Option<string?> ServerOption = WithValue("--server");
    private static readonly Option<string?> TrustOption = WithValue("--trust");
    private static readonly Option<string?> LanguageOption = WithValue("--lang");
    private static readonly Option<bool> HeadlessOption = Flag("--headless");
    private static readonly Option<bool> HelpOption = Flag("--help", "-h");

    // Not a RootCommand, which would add the library's own help, version and directives with texts of its own.
    private static readonly Command Program = new("densai-enrollment")
    {
        new Command("issue"), new Command("renew"), new Command("list"), new Command("doctor"),
        LoginIdOption, ServerOption, TrustOption, LanguageOption, HeadlessOption, HelpOption,
    };

    // @file is not expanded, and -ab is not split into -a -b.
    private static readonly ParserConfiguration Literally = new() { ResponseFileTokenReplacer = null, EnablePosixBundling = false };

    /// <param name="arguments">Those with which the program was started.</param>
    /// <param name="misuse">Which word is wrong, as one line in the current UI language; empty where none is.</param>
    /// <returns>Null for wrong usage.</returns>
    public static CommandLine? Parse(IReadOnlyList<string> arguments, out string misuse)
    {
        var (asked, key, word) = Read(arguments);
        misuse = key.Length > 0 ? Words.Of(key, Shown(word)) : "";
        return asked;
    }

    /// <summary>Whether English is asked for, even where the rest is wrong.</summary>
    public static bool AsksEnglish(IReadOnlyList<string> arguments) =>
        CommandLineParser.Parse(Program, WithoutSeparator(arguments), Literally).GetResult(LanguageOption)?.Tokens is [.., { Value: "en" }];

    private static (CommandLine? Asked, string Key, string Word) Read(IReadOnlyList<string> arguments)
    {
        static (CommandLine?, string, string) Wrong(string key, string word = "") => (null, key, word);

        var words = WithoutSeparator(arguments);
        // A page on the internet can use this scheme. All that it can do is open a window for the bank that the package names.
        if (words.FirstOrDefault(IsLink) is { } link)
        {
            return words is [_]
                ? (new CommandLine(Verb.Window, StartArgument.Parse(link), null, null, null, English: false), "", "")
                : Wrong("Misuse_Alone", link);
        }

        var parsed = CommandLineParser.Parse(Program, words, Literally);
        // The parser silently ignores directives and `--`, and splits `--option=value`. Here they are as wrong as any unknown word.
        var known = parsed.Tokens
            .Where(token => token.Type is TokenType.Command or TokenType.Option or TokenType.Argument)
            .Select(token => token.Value)
            .Except(parsed.UnmatchedTokens)
            .ToHashSet(StringComparer.Ordinal);
        if (words.FirstOrDefault(word => !known.Contains(word)) is { } unknown)
        {
            return Wrong("Misuse_Word", unknown);
        }

        if (Program.Options.FirstOrDefault(option => LacksValue(option, parsed)) is { } empty)
        {
            return Wrong("Misuse_NoValue", empty.Name);
        }

        var language = parsed.GetValue(LanguageOption);
        if (language is not (null or "ja" or "en"))
        {
            return Wrong("Misuse_Word", language);
        }

        (CommandLine?, string, string) Of(Verb verb, StartAt start = StartAt.Menu) => (
            new CommandLine(
                verb,
                new StartArgument(start),
                parsed.GetValue(LoginIdOption),
                parsed.GetValue(ServerOption),
                parsed.GetValue(TrustOption),
                language == "en"),
            "",
            "");
        var hasLoginId = parsed.GetValue(LoginIdOption) is not null;
        return (parsed.CommandResult.Command.Name, parsed.GetValue(HeadlessOption)) switch
        {
            _ when parsed.GetValue(HelpOption) => Of(Verb.Help),
            ("issue", true) when hasLoginId => Of(Verb.Issue),
            ("renew", true) when hasLoginId => Of(Verb.Renew),
            ("issue" or "renew", true) => Wrong("Misuse_Needs", LoginIdOption.Name),
            ("issue" or "renew", false) when hasLoginId => Wrong("Misuse_Needs", HeadlessOption.Name),
            ("issue", false) => Of(Verb.Window, StartAt.Issue),
            ("renew", false) => Of(Verb.Window, StartAt.Renew),
            ("list" or "doctor", _) when hasLoginId => Wrong("Misuse_Word", LoginIdOption.Name),
            ("list", _) => Of(Verb.List),
            ("doctor", _) => Of(Verb.Doctor),
            (_, true) => Wrong("Misuse_NoVerb", HeadlessOption.Name),
            _ when hasLoginId => Wrong("Misuse_NoVerb", LoginIdOption.Name),
            _ => Of(Verb.Window),
        };
    }

    // `dotnet run` needs a `--` before the arguments, and people type it for the installed program as well.
    private static IReadOnlyList<string> WithoutSeparator(IReadOnlyList<string> arguments) =>
        arguments is ["--", ..] ? [.. arguments.Skip(1)] : arguments;

    // Of an option that is given twice the last value counts.
    private static Option<string?> WithValue(string name) =>
        new(name) { Recursive = true, Arity = ArgumentArity.OneOrMore, CustomParser = given => given.Tokens[^1].Value };

    private static Option<bool> Flag(string name, params string[] aliases) =>
        new(name, aliases) { Recursive = true, Arity = ArgumentArity.Zero };

    private static bool LacksValue(Option option, ParseResult parsed) =>
        option.Arity.MinimumNumberOfValues > 0 && parsed.GetResult(option) is { } given && given.Tokens.Count < given.IdentifierTokenCount;

    // What follows an equals sign or a colon may be a password.
    private static string Shown(string word)
    {
        var name = word.StartsWith('-') ? word.Split('=', ':')[0] : word;
        var shown = new string([.. name.Take(MaxShown).Select(letter => char.IsControl(letter) ? '?' : letter)]);
        return shown.Length < name.Length ? shown + "…" : shown;
    }

    private static bool IsLink(string argument) => argument.StartsWith(StartArgument.Scheme, StringComparison.OrdinalIgnoreCase);
}
