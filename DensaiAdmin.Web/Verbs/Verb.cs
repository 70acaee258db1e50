using System.CommandLine;
using System.CommandLine.Parsing;

namespace DensaiAdmin.Web.Verbs;

/// <summary>One verb as it is declared: how it is typed, what it does and who does it. Help, parsing and dispatch read it here.</summary>
internal sealed class Verb
{
    private readonly string _does;
    private readonly IReadOnlyList<Option> _either;
    private readonly Func<ParseResult, VerbCall> _read;
    private readonly Func<VerbRunner, VerbCall, VerbRequest, Task<VerbAnswer>> _run;
    private readonly Func<VerbHandler, VerbCall, VerbRequest, Task<VerbAnswer>> _perform;

    private Verb(
        string name,
        string does,
        IReadOnlyList<Symbol> takes,
        IReadOnlyList<Option> either,
        Func<ParseResult, VerbCall> read,
        Func<VerbRunner, VerbCall, VerbRequest, Task<VerbAnswer>> run,
        Func<VerbHandler, VerbCall, VerbRequest, Task<VerbAnswer>> perform,
        bool needsInstallation)
    {
        (Name, NeedsInstallation, _does, _either) = (name, needsInstallation, does, either);
        (_read, _run, _perform) = (read, run, perform);
        Command = new Command(name.Split(' ')[^1], does);
        foreach (var argument in takes.OfType<Argument>())
        {
            Command.Add(argument);
        }

        foreach (var option in takes.OfType<Option>().Concat(either))
        {
            Command.Add(option);
        }

        var taken = takes.Select(symbol => symbol is Option { Required: false } ? $"[{Typed(symbol)}]" : Typed(symbol));
        IEnumerable<string> alternatives = either.Count > 0 ? [$"[{string.Join(" | ", either.Select(Typed))}]"] : [];
        Usage = string.Join(' ', [name, .. taken, .. alternatives]);
    }

    /// <summary>The words that it is called with.</summary>
    public string Name { get; }

    /// <summary>How it is typed, in one line.</summary>
    public string Usage { get; }

    public Command Command { get; }

    /// <summary>Whether it needs settings that hold and, unless it may make one, a data directory.</summary>
    public bool NeedsInstallation { get; }

    /// <summary>Two lines in the list of all verbs.</summary>
    public string Summary => $"{Usage}\n    {_does}\n";

    /// <summary>All that there is to say.</summary>
    public string Help =>
        $"usage: {Usage}\n{_does}\n"
        + string.Concat(
            Command.Arguments.Cast<Symbol>().Concat(Command.Options).Select(taken => $"  {Typed(taken)}\n      {taken.Description}\n"));

    /// <param name="name">The words that it is called with.</param>
    /// <param name="does">What it does, in one sentence.</param>
    /// <param name="takes">Arguments and options, in the order of the usage.</param>
    /// <param name="read">Makes the call of what was typed, once that is right.</param>
    /// <param name="run">Runs it where it was typed.</param>
    /// <param name="perform">Performs it in the process that holds the data directory; null where that must not be another one.</param>
    /// <param name="either">Options of which only one may stand.</param>
    /// <param name="needsInstallation">Whether it needs settings that hold and, unless it may make one, a data directory.</param>
    public static Verb Of<TCall>(
        string name,
        string does,
        IReadOnlyList<Symbol> takes,
        Func<ParseResult, TCall> read,
        Func<VerbRunner, TCall, VerbRequest, Task<VerbAnswer>> run,
        Func<VerbHandler, TCall, VerbRequest, Task<VerbAnswer>>? perform = null,
        IReadOnlyList<Option>? either = null,
        bool needsInstallation = true)
        where TCall : VerbCall =>
        new(
            name,
            does,
            takes,
            either ?? [],
            read,
            (runner, call, request) => run(runner, (TCall)call, request),
            (handler, call, request) => perform is null
                ? Task.FromResult(VerbAnswer.Refused(VerbText.ServerRunning))
                : perform(handler, (TCall)call, request),
            needsInstallation);

    public VerbCall Read(ParseResult parsed) => _read(parsed);

    public Task<VerbAnswer> RunAsync(VerbRunner runner, VerbCall call, VerbRequest request) => _run(runner, call, request);

    public Task<VerbAnswer> PerformAsync(VerbHandler handler, VerbCall call, VerbRequest request) => _perform(handler, call, request);

    /// <summary>What is wrong with what was typed, in one sentence; null where nothing is.</summary>
    public string? MisuseIn(ParseResult parsed, IReadOnlyList<string> words)
    {
        // The parser takes an option for the value of the one before it, and skips `--`.
        var valueless = words.Zip(words.Skip(1)).FirstOrDefault(pair => IsOption(pair.Second) && TakesValue(pair.First)).First
            ?? Command.Options.FirstOrDefault(option => LacksValue(option, parsed))?.Name;
        if (valueless is not null)
        {
            return VerbText.LacksValue(valueless);
        }

        if (words.FirstOrDefault(word => IsOption(word) && !Command.Options.Any(option => IsTyped(option, word))) is { } unknown)
        {
            return VerbText.CannotBeUsed(unknown);
        }

        if (Command.Options.FirstOrDefault(option => option.Required && TimesTyped(option, parsed) == 0) is { } required)
        {
            return VerbText.Needs(Typed(required));
        }

        if (Command.Arguments.FirstOrDefault(a => parsed.GetResult(a)?.Tokens is not [{ Value.Length: > 0 }]) is { } missing)
        {
            return VerbText.Needs(Typed(missing));
        }

        if (parsed.UnmatchedTokens is [var surplus, ..])
        {
            return VerbText.CannotBeUsed(surplus);
        }

        if (Command.Options.FirstOrDefault(o => TimesTyped(o, parsed) > Math.Max(1, o.Arity.MaximumNumberOfValues)) is { } repeated)
        {
            return VerbText.TooOften(repeated.Name);
        }

        if (parsed.Errors is [{ SymbolResult: var wrong }, ..])
        {
            return VerbText.NotSuch(NameOf(wrong));
        }

        return _either.Where(option => TimesTyped(option, parsed) > 0).ToList() is [var one, var other, ..]
            ? VerbText.NotTogether(one.Name, other.Name)
            : null;
    }

    private bool TakesValue(string word) => Command.Options.Any(o => o.Name == word && o.Arity.MaximumNumberOfValues > 0);

    private static bool IsOption(string word) => word.StartsWith("--", StringComparison.Ordinal);

    private string NameOf(SymbolResult? wrong) => (wrong as OptionResult ?? wrong?.Parent as OptionResult)?.Option.Name
        ?? Command.Arguments.Select(Typed).FirstOrDefault()
        ?? Name;

    private static bool IsTyped(Option option, string word) =>
        word == option.Name || (option.Arity.MaximumNumberOfValues > 0 && word.StartsWith(option.Name + "=", StringComparison.Ordinal));

    private static int TimesTyped(Option option, ParseResult parsed) => parsed.GetResult(option)?.IdentifierTokenCount ?? 0;

    private static bool LacksValue(Option option, ParseResult parsed) =>
        option.Arity.MinimumNumberOfValues > 0
        && parsed.GetResult(option) is { } given
        && (given.Tokens.Count < given.IdentifierTokenCount || given.Tokens.Any(token => token.Value.Length == 0));

    // One that may be given twice shows it.
    private static string Typed(Symbol symbol) => symbol switch
    {
        Argument argument => $"<{argument.Name}>",
        Option { Arity.MaximumNumberOfValues: 0 } flag => flag.Name,
        Option { Arity.MaximumNumberOfValues: 1 } option => $"{option.Name} {option.HelpName}",
        Option option => $"{option.Name} {option.HelpName} [{option.Name} {option.HelpName}]",
        _ => throw new InvalidOperationException("A verb takes arguments and options."),
    };
}
