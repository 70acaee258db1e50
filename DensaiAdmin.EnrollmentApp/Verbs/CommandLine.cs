using DensaiAdmin.EnrollmentApp.Screens;

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

/// <summary>What was asked on the command line.</summary>
/// <param name="LoginId">As typed.</param>
internal sealed record CommandLine(Verb Verb, StartArgument Start, string? LoginId, string? Server, string? Trust, bool English)
{
    // More of a word than this helps nobody to find it.
    private const int LongestShown = 60;

    /// <param name="arguments">As the program was started with.</param>
    /// <param name="misuse">Which word is wrong, in one line of the language asked for; empty where none is.</param>
    /// <returns>Null where it is no use of this program.</returns>
    public static CommandLine? Parse(IReadOnlyList<string> arguments, out string misuse)
    {
        var (asked, key, word) = Read(arguments);
        misuse = key.Length > 0 ? Words.Of(key, Shown(word)) : "";
        return asked;
    }

    /// <summary>Whether English is asked for, though the rest may be wrong.</summary>
    public static bool AsksEnglish(IReadOnlyList<string> arguments) => arguments.SkipWhile(one => one != "--lang").Skip(1).FirstOrDefault() == "en";

    private static (CommandLine? Asked, string Key, string Word) Read(IReadOnlyList<string> arguments)
    {
        static (CommandLine?, string, string) Wrong(string key, string word = "") => (null, key, word);

        // Whatever a page of the internet asks for by this scheme opens a window at most, of the bank that the package names.
        if (arguments.FirstOrDefault(IsLink) is { } alone && arguments is not ([{ }] or ["--", { }]))
        {
            return Wrong("Misuse_Alone", alone);
        }

        string? loginId = null, server = null, trust = null, language = null, verb = null;
        bool headless = false, help = false;
        for (var at = 0; at < arguments.Count; at++)
        {
            var argument = arguments[at];
            switch (argument)
            {
                // As `dotnet run` takes it; whoever types it before a verb of the installed program means the same.
                case "--" when at == 0:
                    break;
                case "--headless":
                    headless = true;
                    break;
                case "--help" or "-h":
                    help = true;
                    break;
                case "--login-id" or "--server" or "--trust" or "--lang":
                    if (++at == arguments.Count)
                    {
                        return Wrong("Misuse_NoValue", argument);
                    }

                    _ = argument switch
                    {
                        "--login-id" => loginId = arguments[at],
                        "--server" => server = arguments[at],
                        "--trust" => trust = arguments[at],
                        _ => language = arguments[at],
                    };
                    break;
                default:
                    if (verb is not null || argument.StartsWith('-'))
                    {
                        return Wrong("Misuse_Word", argument);
                    }

                    verb = argument;
                    break;
            }
        }

        if (language is not (null or "ja" or "en"))
        {
            return Wrong("Misuse_Word", language);
        }

        var english = language == "en";
        (CommandLine?, string, string) Of(Verb asked, StartArgument start) => (new(asked, start, loginId, server, trust, english), "", "");
        return (verb, headless) switch
        {
            _ when help => Of(Verb.Help, StartArgument.Menu),
            (null, false) when loginId is null => Of(Verb.Window, StartArgument.Menu),
            ("issue", false) when loginId is null => Of(Verb.Window, new StartArgument(StartAt.Issue)),
            ("renew", false) when loginId is null => Of(Verb.Window, new StartArgument(StartAt.Renew)),
            ("issue", true) when loginId is not null => Of(Verb.Issue, StartArgument.Menu),
            ("renew", true) when loginId is not null => Of(Verb.Renew, StartArgument.Menu),
            ("list", _) when loginId is null => Of(Verb.List, StartArgument.Menu),
            ("doctor", _) when loginId is null => Of(Verb.Doctor, StartArgument.Menu),
            ({ } link, false) when loginId is null && IsLink(link) => Of(Verb.Window, StartArgument.Parse(link)),
            ("issue" or "renew", true) => Wrong("Misuse_Needs", "--login-id"),
            ("issue" or "renew", false) => Wrong("Misuse_Needs", "--headless"),
            (null, _) => Wrong("Misuse_NoVerb", headless ? "--headless" : "--login-id"),
            ("list" or "doctor", _) => Wrong("Misuse_Word", "--login-id"),
            ({ } unknown, _) => Wrong("Misuse_Word", unknown),
        };
    }

    // What follows an equals sign may be a password.
    private static string Shown(string word)
    {
        var name = word.StartsWith('-') ? word.Split('=')[0] : word;
        var shown = new string([.. name.Take(LongestShown).Select(letter => char.IsControl(letter) ? '?' : letter)]);
        return shown.Length < name.Length ? shown + "…" : shown;
    }

    private static bool IsLink(string argument) => argument.StartsWith(StartArgument.Scheme, StringComparison.OrdinalIgnoreCase);
}
