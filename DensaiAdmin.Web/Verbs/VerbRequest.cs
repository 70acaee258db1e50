using System.Text.Json.Serialization;

namespace DensaiAdmin.Web.Verbs;

/// <summary>What an operator typed on the terminal. Prints redacted.</summary>
/// <param name="LoginId">As typed.</param>
/// <param name="Password">ログインパスワード, or the one-time password.</param>
/// <param name="NewLogin">Own login password in place of a one-time password.</param>
/// <param name="NewConfirmation">Own 確認用パスワード in place of a one-time password.</param>
internal sealed record OperatorInput(string LoginId, string Password, string? NewLogin = null, string? NewConfirmation = null)
{
    public override string ToString() => "[redacted]";
}

/// <summary>A verb on its way to the process that holds the data directory. Files travel by content, never by name.</summary>
/// <param name="Args">The command line, understood again by who performs it.</param>
/// <param name="Source">Where it was typed, for the history.</param>
/// <param name="File">Content of the file that the verb reads.</param>
/// <param name="Operators">Two operators' passwords, once they were asked for.</param>
/// <param name="Passphrase">Of the file, once it was asked for.</param>
internal sealed record VerbRequest(
    IReadOnlyList<string> Args, string Source, byte[]? File =
        null, IReadOnlyList<OperatorInput>? Operators = null, string? Passphrase = null)
{
    public override string ToString() => $"{nameof(VerbRequest)} {Source}";

    /// <summary>Whether nothing is missing that must be there; who wrote it need not have been this program.</summary>
    [JsonIgnore]
    public bool IsComplete => Source is not null && Args?.All(argument => argument is not null) == true
        && Operators?.All(one => one is { LoginId: not null, Password: not null }) != false;
}

/// <summary>What must be asked on the terminal before the verb can go on.</summary>
internal enum VerbQuestion
{
    /// <summary>Login IDs and passwords of a clerk and an approver.</summary>
    Operators,

    /// <summary>The own passwords of an operator whose one-time password was right.</summary>
    OwnPasswords,

    /// <summary>The passphrase of the root's exported key.</summary>
    RootKeyPassphrase,
}

/// <summary>What came of a verb.</summary>
/// <param name="ExitCode">0 done, 1 refused, 2 wrong usage.</param>
/// <param name="Output">For stdout.</param>
/// <param name="Error">For stderr, one line.</param>
/// <param name="Question">What to ask and send again; then the rest means nothing yet.</param>
/// <param name="About">Login ID that the question is about.</param>
internal sealed record VerbAnswer(int ExitCode, string Output = "", string Error = "", VerbQuestion? Question = null, string? About = null)
{
    public static VerbAnswer Done(string output) => new(0, output);

    public static VerbAnswer Refused(string error) => new(1, Error: error);

    public static VerbAnswer WrongUsage(string usage, string misuse) => new(2, Error: $"usage: {usage} ({misuse})");

    public static VerbAnswer Ask(VerbQuestion question, string? about = null) => new(1, Question: question, About: about);
}
