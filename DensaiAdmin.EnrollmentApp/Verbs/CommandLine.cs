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
    /// <summary>Null where it is no use of this program.</summary>
    public static CommandLine? Parse(IReadOnlyList<string> arguments)
    {
        // Whatever a page of the internet asks for by this scheme opens a window at most, of the bank that the package names.
        if (arguments.Any(IsLink) && arguments is not ([{ }] or ["--", { }]))
        {
            return null;
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
                        return null;
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
                        return null;
                    }

                    verb = argument;
                    break;
            }
        }

        if (language is not (null or "ja" or "en"))
        {
            return null;
        }

        var english = language == "en";
        CommandLine Of(Verb asked, StartArgument start) => new(asked, start, loginId, server, trust, english);
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
            _ => null,
        };
    }

    private static bool IsLink(string argument) => argument.StartsWith(StartArgument.Scheme, StringComparison.OrdinalIgnoreCase);
}
