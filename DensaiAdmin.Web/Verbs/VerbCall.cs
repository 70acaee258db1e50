using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;

namespace DensaiAdmin.Web.Verbs;

/// <summary>What was asked for on the command line, understood.</summary>
internal abstract record VerbCall
{
    private VerbCall()
    {
    }

    /// <summary>
    /// Whether the verb may make a data directory. Any other finds one or is refused: it would only look, or change what is not there,
    /// and a mistyped path must not become a bank.
    /// </summary>
    public virtual bool MayMakeStore => false;

    /// <summary>Login IDs of the operators as far as named on the command line, at most two.</summary>
    public virtual IReadOnlyList<string> Operators => [];

    internal sealed record Migrate : VerbCall
    {
        public override bool MayMakeStore => true;
    }

    internal sealed record DemoReset : VerbCall
    {
        public override bool MayMakeStore => true;
    }

    internal sealed record AuditVerify : VerbCall;

    internal sealed record CaShow : VerbCall;

    internal sealed record Doctor : VerbCall;

    internal sealed record CrlNow : VerbCall;

    /// <param name="LoginId">Of the operator.</param>
    /// <param name="Name">氏名.</param>
    /// <param name="Role">窓口担当 or 窓口承認者.</param>
    /// <param name="MailAddress">Null where none was given.</param>
    /// <param name="RecoverFile">Break-glass: the root's exported key.</param>
    /// <param name="Operators">Who agree, as far as named.</param>
    internal sealed record OperatorAdd(
        string LoginId, string Name, UserRole Role, string? MailAddress, string? RecoverFile, IReadOnlyList<string> Operators) : VerbCall
    {
        // A bank's first operators may be registered before its first start.
        public override bool MayMakeStore => RecoverFile is null;

        public override IReadOnlyList<string> Operators { get; } = Operators;
    }

    internal sealed record Seed(int Companies, int Users, int? Largest) : VerbCall
    {
        public override bool MayMakeStore => true;
    }

    internal sealed record Backup(string File) : VerbCall;

    internal sealed record Restore(string File) : VerbCall
    {
        public override bool MayMakeStore => true;
    }

    /// <param name="RecoverFile">Break-glass: the root's exported key.</param>
    /// <param name="Operators">Who agree, as far as named.</param>
    internal sealed record Reconcile(string? RecoverFile, IReadOnlyList<string> Operators) : VerbCall
    {
        public override IReadOnlyList<string> Operators { get; } = Operators;

        /// <summary>Whether it is the clock that is reconciled, and not the store.</summary>
        public bool Clock { get; init; }
    }

    /// <summary>A verb that outside Development takes the passwords of a clerk and an approver.</summary>
    /// <param name="LoginId">Whom it concerns.</param>
    /// <param name="Operators">Login IDs of the operators as far as named, at most two.</param>
    internal abstract record OnUser(string LoginId, IReadOnlyList<string> Operators) : VerbCall
    {
        public override IReadOnlyList<string> Operators { get; } = Operators;
    }

    internal sealed record Issue(string LoginId, string CsrFile, IReadOnlyList<string> Operators) : OnUser(LoginId, Operators);

    internal sealed record Revoke(
        string LoginId, X509RevocationReason Reason, IReadOnlyList<string> Operators) : OnUser(LoginId, Operators);

    internal sealed record Unlock(string LoginId, IReadOnlyList<string> Operators) : OnUser(LoginId, Operators);
}

/// <summary>Reads the command line. What it does not understand whole it does not do.</summary>
internal static class VerbSyntax
{
    // What the host itself reads without a section.
    private static readonly HashSet<string> HostSettings = new(
        ["environment", "urls", "contentRoot", "applicationName"], StringComparer.OrdinalIgnoreCase);

    private static readonly IReadOnlyList<Verb> Verbs =
    [
        new("issue", "issue <loginId> --csr <file> [--operator <ID> [--operator <ID>]]", Operands: 1, ["csr", "operator"], ReadIssue),
        new("revoke", $"revoke <loginId> --reason {string.Join('|', RevocationReasons.Selectable.Select(ReasonWord))} --operator <ID> [--operator <ID>]", Operands: 1, ["reason", "operator"], ReadRevoke),
        new("unlock", "unlock <loginId> --operator <ID> [--operator <ID>]", Operands: 1, ["operator"], ReadUnlock),
        new("crl now", "crl now", Operands: 0, [], _ => new VerbCall.CrlNow()),
        new("audit verify", "audit verify", Operands: 0, [], _ => new VerbCall.AuditVerify()),
        new("ca show", "ca show", Operands: 0, [], _ => new VerbCall.CaShow()),
        new("doctor", "doctor", Operands: 0, [], _ => new VerbCall.Doctor()),
        new(
            "operator add",
            "operator add <ID> --name <name> --role clerk|approver [--mail <address>] [--operator <ID> --operator <ID> | --recover <root key export>]",
            Operands: 1, ["name", "role", "mail", "operator", "recover"], ReadOperatorAdd),
        new("backup", "backup <file>", Operands: 1, [], parts => new VerbCall.Backup(Path.GetFullPath(parts.Operands[0]))),
        new("restore", "restore <file>", Operands: 1, [], parts => new VerbCall.Restore(Path.GetFullPath(parts.Operands[0]))),
        new(
            "reconcile --clock", "reconcile --clock [--operator <ID> --operator <ID> | --recover <root key export>]", Operands: 0,
            ["operator", "recover"], parts => ReadReconcile(parts) is { } read ? read with { Clock = true } : null),
        new(
            "reconcile", "reconcile [--operator <ID> --operator <ID> | --recover <root key export>]", Operands: 0, ["operator", "recover"],
            ReadReconcile),
        new("migrate", "migrate", Operands: 0, [], _ => new VerbCall.Migrate()),
        new("demo reset", "demo reset", Operands: 0, [], _ => new VerbCall.DemoReset()),
        new("seed", "seed --companies <N> --users <N> [--largest <N>]", Operands: 0, ["companies", "users", "largest"], ReadSeed),
    ];

    /// <summary>The line of every verb.</summary>
    public static IEnumerable<string> AllUsage => Verbs.Select(v => v.Usage);

    /// <summary>Every verb by the words it is called with.</summary>
    internal static IEnumerable<string> Names => Verbs.Select(v => v.Name);

    /// <summary>
    /// Parts the settings (<c>--Section:Key=value</c>, <c>--Section:Key value</c>, <c>--environment=…</c>), which go to the configuration,
    /// from the words. Settings alone start the server; a single word, known or not, is meant for a verb and never does.
    /// </summary>
    public static (string[] Settings, string[] Words) Split(IReadOnlyList<string> args)
    {
        var settings = new List<string>();
        var words = new List<string>();
        // `dotnet run` takes this one away; whoever types it after the program's own name means the same.
        for (var i = args is ["--", ..] ? 1 : 0; i < args.Count; i++)
        {
            if (!IsSetting(args[i]))
            {
                words.Add(args[i]);
            }
            else if (args[i].Contains('=', StringComparison.Ordinal))
            {
                settings.Add(args[i]);
            }
            else if (i + 1 < args.Count)
            {
                settings.Add($"{args[i]}={args[++i]}");
            }
            else
            {
                words.Add(args[i]);
            }
        }

        return ([.. settings], [.. words]);
    }

    /// <summary>Whether help is asked for.</summary>
    public static bool IsHelp(IReadOnlyList<string> words) => words.Count > 0 && words[0] is "help" or "--help" or "-h" or "-?";

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

    /// <summary>Reads a call.</summary>
    /// <returns>The call, or the usage to show.</returns>
    public static (VerbCall? Call, string? Usage) Parse(IReadOnlyList<string> args)
    {
        var (_, words) = Split(args);
        if (Verbs.FirstOrDefault(v => v.Name == string.Join(' ', words.Take(v.Words))) is not { } verb)
        {
            return (null, string.Join(" | ", Verbs.Select(v => v.Name)));
        }

        return Divide(verb, words[verb.Words..]) is { } parts && verb.Read(parts) is { } call ? (call, null) : (null, verb.Usage);
    }

    /// <summary>A reason as the command line spells it: RFC 5280's name.</summary>
    public static string ReasonWord(X509RevocationReason reason) =>
        char.ToLowerInvariant(reason.ToString()[0]) + reason.ToString()[1..];

    private static Parts? Divide(Verb verb, string[] words)
    {
        var operands = new List<string>();
        var options = new List<(string Name, string Value)>();
        for (var i = 0; i < words.Length; i++)
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
            else if (i + 1 < words.Length && !words[i + 1].StartsWith("--", StringComparison.Ordinal))
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
        parts.One("csr") is { } csr && parts.Operators(min: 0) is { } operators ? new(parts.Operands[0], csr, operators) : null;

    private static VerbCall.Unlock? ReadUnlock(Parts parts) =>
        parts.Operators(min: 1) is { } operators ? new(parts.Operands[0], operators) : null;

    private static VerbCall.Revoke? ReadRevoke(Parts parts)
    {
        if (parts.One("reason") is not { } word || parts.Operators(min: 1) is not { } operators)
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

    private static VerbCall.OperatorAdd? ReadOperatorAdd(Parts parts)
    {
        UserRole? role = parts.One("role") switch
        {
            "clerk" => UserRole.CounterClerk,
            "approver" => UserRole.CounterApprover,
            _ => null,
        };
        var (name, mail, recover) = (parts.One("name"), parts.One("mail"), parts.One("recover"));
        return name is not null
            && role is { } of
            && (mail is not null || !parts.Has("mail"))
            && (recover is not null || !parts.Has("recover"))
            && parts.Operators(min: 0) is { } operators && (recover is null || operators.Count == 0)
            ? new(parts.Operands[0], name, of, mail, recover, operators)
            : null;
    }

    private static VerbCall.Reconcile? ReadReconcile(Parts parts)
    {
        var recover = parts.One("recover");
        return (recover is not null || !parts.Has("recover"))
            && parts.Operators(min: 0) is { } operators
            && (recover is null || operators.Count == 0)
            ? new(recover, operators)
            : null;
    }

    private static VerbCall.Seed? ReadSeed(Parts parts)
    {
        var largest = parts.One("largest");
        return Number(parts.One("companies")) is { } companies
            && Number(parts.One("users")) is { } users
            && (largest is null || Number(largest) is not null)
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

        public bool Has(string name) => Options.Any(o => o.Name == name);

        public IReadOnlyList<string>? Operators(int min)
        {
            var named = Options.Where(o => o.Name == "operator").Select(o => o.Value).ToList();
            return named.Count >= min && named.Count <= 2 && named.TrueForAll(n => n.Length > 0) ? named : null;
        }
    }
}
