using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Certificates;
using DensaiAdmin.Core.Users;

namespace DensaiAdmin.Web.Verbs;

/// <summary>What was asked for on the command line, understood.</summary>
internal abstract record VerbCall
{
    private VerbCall()
    {
    }

    internal sealed record Migrate : VerbCall;

    internal sealed record DemoReset : VerbCall;

    internal sealed record AuditVerify : VerbCall;

    internal sealed record CaShow : VerbCall;

    internal sealed record CrlNow : VerbCall;

    internal sealed record OperatorAdd(string LoginId, string Name, UserRole Role) : VerbCall;

    internal sealed record Seed(int Companies, int Users, int? Largest) : VerbCall;

    /// <summary>A verb that outside Development takes the passwords of a clerk and an approver.</summary>
    /// <param name="LoginId">Whom it concerns.</param>
    /// <param name="Operators">Login IDs of the operators as far as named, at most two.</param>
    internal abstract record OnUser(string LoginId, IReadOnlyList<string> Operators) : VerbCall;

    internal sealed record Issue(string LoginId, string CsrFile, IReadOnlyList<string> Operators) : OnUser(LoginId, Operators);

    internal sealed record Revoke(string LoginId, X509RevocationReason Reason, IReadOnlyList<string> Operators) : OnUser(LoginId, Operators);

    internal sealed record Unlock(string LoginId, IReadOnlyList<string> Operators) : OnUser(LoginId, Operators);
}

/// <summary>Reads the command line. What it does not understand whole it does not do.</summary>
internal static class VerbSyntax
{
    private static readonly IReadOnlyList<Verb> Verbs =
    [
        new("issue", "issue <loginId> --csr <file> [--operator <ID> [--operator <ID>]]", Operands: 1, ["csr", "operator"], ReadIssue),
        new("revoke", $"revoke <loginId> --reason {string.Join('|', RevocationReasons.Selectable.Select(ReasonWord))} --operator <ID> [--operator <ID>]", Operands: 1, ["reason", "operator"], ReadRevoke),
        new("unlock", "unlock <loginId> --operator <ID> [--operator <ID>]", Operands: 1, ["operator"], ReadUnlock),
        new("crl now", "crl now", Operands: 0, [], _ => new VerbCall.CrlNow()),
        new("audit verify", "audit verify", Operands: 0, [], _ => new VerbCall.AuditVerify()),
        new("ca show", "ca show", Operands: 0, [], _ => new VerbCall.CaShow()),
        new("operator add", "operator add <ID> --name <name> --role clerk|approver", Operands: 1, ["name", "role"], ReadOperatorAdd),
        new("migrate", "migrate", Operands: 0, [], _ => new VerbCall.Migrate()),
        new("demo reset", "demo reset", Operands: 0, [], _ => new VerbCall.DemoReset()),
        new("seed", "seed --companies <N> --users <N> [--largest <N>]", Operands: 0, ["companies", "users", "largest"], ReadSeed),
    ];

    /// <summary>The line of every verb.</summary>
    public static IEnumerable<string> AllUsage => Verbs.Select(v => v.Usage);

    /// <summary>Whether the command line asks for a verb at all; settings alone (<c>--Section:Key=value</c>) start the server.</summary>
    public static bool IsVerb(IReadOnlyList<string> args) => args.Count > 0 && (!args[0].StartsWith('-') || IsHelp(args));

    /// <summary>Whether help is asked for.</summary>
    public static bool IsHelp(IReadOnlyList<string> args) => args.Count > 0 && args[0] is "help" or "--help" or "-h" or "-?";

    /// <summary>Settings among the arguments; they go to the configuration, as for the server.</summary>
    public static bool IsSetting(string argument) =>
        argument.StartsWith("--", StringComparison.Ordinal) && argument.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals
        && (argument.AsSpan(0, equals).Contains(':') || argument.StartsWith("--environment=", StringComparison.OrdinalIgnoreCase));

    /// <summary>Reads a call.</summary>
    /// <returns>The call, or the usage to show.</returns>
    public static (VerbCall? Call, string? Usage) Parse(IReadOnlyList<string> args)
    {
        var words = args.Where(a => !IsSetting(a)).ToList();
        if (Verbs.FirstOrDefault(v => v.Name == string.Join(' ', words.Take(v.Words))) is not { } verb)
        {
            return (null, string.Join(" | ", Verbs.Select(v => v.Name)));
        }

        return Split(verb, words[verb.Words..]) is { } parts && verb.Read(parts) is { } call ? (call, null) : (null, verb.Usage);
    }

    /// <summary>A reason as the command line spells it: RFC 5280's name.</summary>
    public static string ReasonWord(X509RevocationReason reason) =>
        char.ToLowerInvariant(reason.ToString()[0]) + reason.ToString()[1..];

    private static Parts? Split(Verb verb, List<string> words)
    {
        var operands = new List<string>();
        var options = new List<(string Name, string Value)>();
        for (var i = 0; i < words.Count; i++)
        {
            if (!words[i].StartsWith("--", StringComparison.Ordinal))
            {
                operands.Add(words[i]);
                continue;
            }

            var equals = words[i].IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? words[i][2..] : words[i][2..equals];
            if (!verb.Options.Contains(name))
            {
                return null;
            }

            if (equals >= 0)
            {
                options.Add((name, words[i][(equals + 1)..]));
            }
            else if (i + 1 < words.Count && !words[i + 1].StartsWith("--", StringComparison.Ordinal))
            {
                options.Add((name, words[++i]));
            }
            else
            {
                return null;
            }
        }

        return operands.Count == verb.Operands && operands.TrueForAll(o => o.Length > 0) ? new Parts(operands, options) : null;
    }

    private static VerbCall.Issue? ReadIssue(Parts parts) =>
        parts.One("csr") is { } csr && parts.Operators(least: 0) is { } operators ? new(parts.Operands[0], csr, operators) : null;

    private static VerbCall.Unlock? ReadUnlock(Parts parts) =>
        parts.Operators(least: 1) is { } operators ? new(parts.Operands[0], operators) : null;

    private static VerbCall.Revoke? ReadRevoke(Parts parts)
    {
        if (parts.One("reason") is not { } word || parts.Operators(least: 1) is not { } operators)
        {
            return null;
        }

        foreach (var reason in RevocationReasons.Selectable)
        {
            if (string.Equals(ReasonWord(reason), word, StringComparison.OrdinalIgnoreCase))
            {
                return new(parts.Operands[0], reason, operators);
            }
        }

        return null;
    }

    private static VerbCall.OperatorAdd? ReadOperatorAdd(Parts parts) => (parts.One("name"), parts.One("role")) switch
    {
        ({ } name, "clerk") => new(parts.Operands[0], name, UserRole.CounterClerk),
        ({ } name, "approver") => new(parts.Operands[0], name, UserRole.CounterApprover),
        _ => null,
    };

    private static VerbCall.Seed? ReadSeed(Parts parts)
    {
        var largest = parts.One("largest");
        return Number(parts.One("companies")) is { } companies && Number(parts.One("users")) is { } users && (largest is null || Number(largest) is not null)
            ? new(companies, users, Number(largest))
            : null;
    }

    private static int? Number(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;

    private sealed record Verb(string Name, string Usage, int Operands, IReadOnlyList<string> Options, Func<Parts, VerbCall?> Read)
    {
        public int Words => Name.Split(' ').Length;
    }

    private sealed record Parts(IReadOnlyList<string> Operands, IReadOnlyList<(string Name, string Value)> Options)
    {
        /// <summary>The value of an option that may stand once; null when it is missing, empty or doubled.</summary>
        public string? One(string name) =>
            Options.Where(o => o.Name == name).Select(o => o.Value).ToList() is [{ Length: > 0 } value] ? value : null;

        public IReadOnlyList<string>? Operators(int least)
        {
            var named = Options.Where(o => o.Name == "operator").Select(o => o.Value).ToList();
            return named.Count >= least && named.Count <= 2 && named.TrueForAll(n => n.Length > 0) ? named : null;
        }
    }
}
