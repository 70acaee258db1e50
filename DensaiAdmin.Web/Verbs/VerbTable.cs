using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;

namespace DensaiAdmin.Web.Verbs;

/// <summary>Every verb of the server's program.</summary>
internal static class VerbTable
{
    private static readonly Argument<string> LoginIdArgument = Operand("loginId", "利用者のログインID", "login ID of the user");
    private static readonly Argument<string> StaffArgument = Operand("ID", "行員のログインID", "login ID of the member of staff");
    private static readonly Argument<string> FileArgument = Operand("file", "バックアップのファイル", "the backup").AcceptLegalFilePathsOnly();

    private static readonly Option<string> CsrOption = WithValue(
        "--csr", "<file>", "証明書要求 (PKCS#10)、PEM または DER", "the certificate request (PKCS#10), PEM or DER", isRequired: true);

    private static readonly Option<X509RevocationReason?> ReasonOption = WithValue(
        "--reason", string.Join('|', RevocationReasons.Selectable.Select(ReasonWord)), "失効理由", "reason of the revocation", ReasonOf);

    private static readonly Option<string[]> OperatorOption = ForOperators(isRequired: false);
    private static readonly Option<string[]> NeededOperatorOption = ForOperators(isRequired: true);

    private static readonly Option<string> NameOption = WithValue(
        "--name", "<name>", "行員の氏名", "name of the member of staff", isRequired: true);

    private static readonly Option<UserRole?> RoleOption = WithValue(
        "--role", "clerk|approver", "窓口担当 (clerk) または窓口承認者 (approver)", "the role at the counter", RoleOf);

    private static readonly Option<string> MailOption = WithValue(
        "--mail", "<address>", "行員のメールアドレス", "mail address of the member of staff");

    private static readonly Option<string> RecoverOption = WithValue(
        "--recover", "<root key export>", "非常時に、行員二人の代わりに使う、書き出したルート認証局の鍵",
        "in an emergency, in place of two operators: the exported key of the root");

    private static readonly Option<bool> ClockOption = new("--clock")
    {
        Arity = ArgumentArity.Zero,
        Description = VerbText.Both(
            "データの代わりに時計を扱い、最後の記録より前の現在の時刻を受け入れます。",
            "not the store but the clock: accepts that it is now before the latest record"),
    };

    private static readonly Option<int?> CompaniesOption = WithValue("--companies", "<N>", "企業の数", "how many companies", NumberOf);
    private static readonly Option<int?> UsersOption = WithValue("--users", "<N>", "利用者の総数", "how many users in all", NumberOf);
    private static readonly Option<int?> LargestOption = WithValue(
        "--largest", "<N>", "最も大きい企業の利用者の数", "how many of them in the largest company", NumberOf, isRequired: false);

    public static IReadOnlyList<Verb> All { get; } =
    [
        Verb.Of(
            "issue",
            VerbText.Both("証明書要求に対して証明書を発行し、PEM で出力します。", "issues a certificate for a request, PEM on stdout"),
            [LoginIdArgument, CsrOption, OperatorOption],
            parsed => new VerbCall.Issue(parsed.GetRequiredValue(LoginIdArgument), parsed.GetRequiredValue(CsrOption), OperatorsOf(parsed)),
            (runner, call, request) => runner.HandOverAsync(call, request, call.CsrFile),
            (handler, call, request) => handler.IssueAsync(call, request)),
        Verb.Of(
            "revoke",
            VerbText.Both("証明書を失効します。マスターユーザの証明書も失効できます。", "revokes a certificate, a master's as well"),
            [LoginIdArgument, ReasonOption, NeededOperatorOption],
            parsed => new VerbCall.Revoke(
                parsed.GetRequiredValue(LoginIdArgument), parsed.GetRequiredValue(ReasonOption)!.Value, OperatorsOf(parsed)),
            (runner, call, request) => runner.HandOverAsync(call, request),
            (handler, call, request) => handler.RevokeAsync(call, request)),
        Verb.Of(
            "unlock",
            VerbText.Both("ロックされたパスワードを解除します。確認用パスワードも含みます。", "releases locked passwords, the confirmation password included"),
            [LoginIdArgument, NeededOperatorOption],
            parsed => new VerbCall.Unlock(parsed.GetRequiredValue(LoginIdArgument), OperatorsOf(parsed)),
            (runner, call, request) => runner.HandOverAsync(call, request),
            (handler, call, request) => handler.UnlockAsync(call, request)),
        Verb.Of(
            "crl now",
            VerbText.Both("CRL をすぐに公開します。", "publishes a CRL at once"),
            [],
            _ => new VerbCall.CrlNow(),
            (runner, call, request) => runner.HandOverAsync(call, request),
            (handler, _, request) => handler.PublishCrlAsync(request)),
        Verb.Of(
            "audit verify",
            VerbText.Both("操作履歴の連鎖をたどり、アンカーと照合します。", "walks the history's chain and holds it against the anchor"),
            [],
            _ => new VerbCall.AuditVerify(),
            (runner, call, request) => runner.LookAsync(call, request, VerbRunner.VerifyHistoryAsync),
            (handler, _, _) => handler.VerifyHistoryAsync()),
        Verb.Of(
            "ca show",
            VerbText.Both("認証局と、ルート認証局の鍵の場所を表示します。", "shows the CA, and where the root's key is"),
            [],
            _ => new VerbCall.CaShow(),
            (runner, call, request) => runner.LookAsync(call, request, runner.ShowAuthoritiesAsync),
            (handler, _, _) => Task.FromResult(handler.ShowAuthorities())),
        Verb.Of(
            "doctor",
            VerbText.Both(
                "設定と動作環境を調べ、対処とともに表示します。何も変更しません。",
                "looks at settings and surroundings and tells the remedies; changes nothing"),
            [],
            _ => new VerbCall.Doctor(),
            (runner, _, _) => runner.ExamineAsync(),
            needsInstallation: false),
        Verb.Of(
            "operator add",
            VerbText.Both(
                "行員を登録するか、パスワードを再発行します。一度だけのパスワードを出力します。",
                "registers bank staff, or re-issues their passwords; prints a one-time password"),
            [StaffArgument, NameOption, RoleOption, MailOption],
            parsed => new VerbCall.OperatorAdd(
                parsed.GetRequiredValue(StaffArgument), parsed.GetRequiredValue(NameOption), parsed.GetRequiredValue(RoleOption)!.Value,
                parsed.GetValue(MailOption), parsed.GetValue(RecoverOption), OperatorsOf(parsed)),
            (runner, call, request) => runner.HandOverAsync(call, request, call.RecoverFile),
            (handler, call, request) => handler.RegisterAsync(call, request),
            either: [OperatorOption, RecoverOption]),
        Verb.Of(
            "backup",
            VerbText.Both("データディレクトリのバックアップを、署名した 1 つの tar に作ります。", "makes one signed tar of the data directory"),
            [FileArgument],
            parsed => new VerbCall.Backup(Path.GetFullPath(parsed.GetRequiredValue(FileArgument))),
            (runner, call, request) => runner.BackUpAsync(call, request),
            (handler, call, request) => handler.RecordBackupAsync(call, request)),
        Verb.Of(
            "restore",
            VerbText.Both(
                "サーバーの停止中に、空のデータディレクトリへバックアップを復元します。",
                "no server running: restores a backup into an empty data directory"),
            [FileArgument],
            parsed => new VerbCall.Restore(Path.GetFullPath(parsed.GetRequiredValue(FileArgument))),
            (runner, call, _) => Task.FromResult(runner.Restore(call))),
        Verb.Of(
            "reconcile",
            VerbText.Both(
                "サーバーの停止中に、アンカーより古いデータをアンカーの状態まで進めます。",
                "no server running: brings an older store back to what its anchor knows"),
            [ClockOption],
            parsed => new VerbCall.Reconcile(parsed.GetValue(RecoverOption), OperatorsOf(parsed)) { Clock = parsed.GetValue(ClockOption) },
            (runner, call, request) => runner.ReconcileAsync(call, request),
            either: [OperatorOption, RecoverOption]),
        Verb.Of(
            "migrate",
            VerbText.Both("サーバーの停止中に、データベースを最新の形式にします。", "no server running: brings the database up to date"),
            [],
            _ => new VerbCall.Migrate(),
            (runner, call, request) => runner.MigrateAsync(call, request),
            (handler, _, _) => Task.FromResult(handler.Migrate())),
        Verb.Of(
            "demo reset",
            VerbText.Both("Development でのみ、デモ銀行を新しく作ります。", "Development only: makes the demo bank anew"),
            [],
            _ => new VerbCall.DemoReset(),
            (runner, _, _) => runner.ResetDemoAsync()),
        Verb.Of(
            "seed",
            VerbText.Both("Development でのみ、企業と利用者を追加します。", "Development only: adds companies and users"),
            [CompaniesOption, UsersOption, LargestOption],
            parsed => new VerbCall.Seed(
                parsed.GetRequiredValue(CompaniesOption)!.Value, parsed.GetRequiredValue(UsersOption)!.Value,
                parsed.GetValue(LargestOption)),
            (runner, call, request) => runner.HandOverAsync(call, request),
            (handler, call, _) => handler.SeedAsync(call)),
    ];

    /// <summary>A reason as the command line spells it: RFC 5280's name.</summary>
    private static string ReasonWord(X509RevocationReason reason) =>
        char.ToLowerInvariant(reason.ToString()[0]) + reason.ToString()[1..];

    private static X509RevocationReason? ReasonOf(string word) => RevocationReasons.Selectable
        .Where(reason => string.Equals(ReasonWord(reason), word, StringComparison.OrdinalIgnoreCase))
        .Select(reason => (X509RevocationReason?)reason)
        .FirstOrDefault();

    private static UserRole? RoleOf(string word) => word switch
    {
        "clerk" => UserRole.CounterClerk,
        "approver" => UserRole.CounterApprover,
        _ => null,
    };

    private static string[] OperatorsOf(ParseResult parsed) =>
        [.. parsed.GetValue(OperatorOption) ?? [], .. parsed.GetValue(NeededOperatorOption) ?? []];

    private static Argument<string> Operand(string name, string japanese, string english) =>
        new(name) { Arity = ArgumentArity.ExactlyOne, Description = VerbText.Both(japanese, english) };

    private static Option<string[]> ForOperators(bool isRequired) => new("--operator")
    {
        Arity = new ArgumentArity(1, 2),
        HelpName = "<ID>",
        Required = isRequired,
        Description = VerbText.Both(
            "同意する行員のログインID。指定しない人は、必要に応じて端末で尋ねます。",
            "login IDs of the operators who agree; who is not named is asked for on the terminal if needed"),
    };

    private static Option<string> WithValue(
        string name, string value, string japanese, string english, bool isRequired = false) => new(name)
        {
            Arity = ArgumentArity.ExactlyOne,
            HelpName = value,
            Required = isRequired,
            Description = VerbText.Both(japanese, english),
        };

    private static Option<T?> WithValue<T>(
        string name, string value, string japanese, string english, Func<string, T?> read, bool isRequired = true)
        where T : struct => new(name)
        {
            Arity = ArgumentArity.ExactlyOne,
            HelpName = value,
            Required = isRequired,
            Description = VerbText.Both(japanese, english),
            CustomParser = given =>
            {
                var understood = read(given.Tokens[^1].Value);
                if (understood is null)
                {
                    given.AddError(VerbText.NotSuch(name));
                }

                return understood;
            },
        };

    private static int? NumberOf(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;
}
