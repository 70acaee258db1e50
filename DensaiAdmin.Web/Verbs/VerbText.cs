using System.Globalization;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Counter;
using DensaiAdmin.Core.DemoBank;
using DensaiAdmin.Core.Enrollment;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Recovery;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Revocation;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Web.Enrollment;
using DensaiAdmin.Web.Shared;

namespace DensaiAdmin.Web.Verbs;

/// <summary>
/// The words of the verbs: one line each, Japanese and then English, because a line on a terminal or in a log cannot know who
/// will read it.
/// </summary>
internal static class VerbText
{
    public const string Busy = "パスワードの確認が混み合っています。しばらくしてからもう一度実行してください。 / Too many password checks are waiting. Try again in a moment.";

    private const string ClockRemedy = "時計を合わせてください。最後の記録のほうが誤りなら、サーバーを停止して reconcile --clock を実行してください。";

    private const string ClockRemedyInEnglish =
        "Set the clock right; where the latest record is the wrong one, stop the server and run reconcile --clock.";

    public static string Of(StoreUnavailableException fault) => fault switch
    {
        ClockNotTrustedException => Both(
            StoreFaults.Of(fault, CultureInfo.GetCultureInfo("ja")) + ClockRemedy,
            StoreFaults.Of(fault, CultureInfo.GetCultureInfo("en")) + " " + ClockRemedyInEnglish),
        StoreReplacedException => StoreReplaced,
        { IsUncertain: true } => StoreUncertain,
        _ => StoreUnavailable,
    };

    public const string StoreUncertain =
        "完了したかどうかを確認できませんでした。現在の状態を確認してください。 / It could not be confirmed whether this was done. Check the present state.";

    public const string StoreUnavailable = "データを書き込めませんでした。何も変更していません。 / The data could not be written. Nothing was changed.";

    public const string StoreReplaced =
        "データベースが、最後に書き込んだものではありません。何も変更していません。サーバーを停止し、正しいデータベースを戻すか、reconcile を実行してください。"
        + " / The database is not the one that was written last. Nothing was changed. "
        + "Stop the server and put the right one back, or run reconcile.";

    public const string ServerRunning = "サーバーが動いています。停止してから実行してください。 / A server is running on this data directory. Stop it first.";

    public const string NotAnswering =
        "データディレクトリは別のプロセスが使用中で、応答がありません。 / The data directory is in use by another process that does not answer.";

    public const string ServerWentAway =
        "サーバーが応答の途中で終了しました。結果を履歴で確かめてください。 / The server ended before it answered. See in the history whether it was done.";

    public const string DevelopmentOnly = "このコマンドは Development でのみ使えます。 / This verb works in Development only.";

    public const string NoAnswer = "行員のログインIDとパスワードが入力されませんでした。 / The login IDs and passwords of two operators were not given.";

    public const string ApprovalLapsed =
        "確認のあと、行員の権限またはパスワードが変わりました。何も変更していません。もう一度実行してください。"
        + " / The role or password of an operator changed after it was checked. Nothing was changed. Run it again.";

    public const string NotTheRootKey =
        "ルート認証局の鍵のファイルを開けません。ファイルかパスフレーズが違います。何も変更していません。"
        + " / Not the root key of this installation, or the passphrase is wrong. Nothing was changed.";

    public const string Fault = "処理中に異常が発生しました。サーバーの記録を確認してください。 / Something broke. See the server's log.";

    public const string CrlHeldBack =
        "新しい CRL は公開できません。公開済みの CRL より古い内容になるためです。 / No new CRL was published: it would go back behind the published one.";

    public const string KeyPassphrasePrompt = "そのパスフレーズ / that passphrase: ";

    public const string RootKeyPassphrasePrompt = "ルート認証局の鍵のパスフレーズ / passphrase of the root key: ";

    public const string NeedsVerb = "コマンドが必要です。 / A verb is needed.";

    public const string HelpOfSettings =
        "help <コマンド> で、それぞれの詳細を表示します。設定は --Section:Key=値 の形で指定できます。"
        + " / help <verb> tells all about one. Settings may be given as --Section:Key=value.";

    // Enough of a word to recognise it.
    private const int MaxShown = 60;

    public static string Both(string japanese, string english) => $"{japanese} / {english}";

    public static string CannotBeUsed(string word) => Both($"使えない指定です: {Shown(word)}", $"This cannot be used here: {Shown(word)}");

    public static string LacksValue(string option) => Both($"{option} のあとに値がありません。", $"{option} wants a value after it.");

    public static string Needs(string typed) => Both($"{typed} が必要です。", $"{typed} is needed as well.");

    public static string TooOften(string option) => Both($"{option} の数が多すぎます。", $"{option} is given too often.");

    public static string NotSuch(string option) => Both($"{option} の値が正しくありません。", $"{option} does not take this value.");

    public static string NotTogether(string option, string other) =>
        Both($"{option} と {other} は同時に指定できません。", $"{option} and {other} do not go together.");

    public static string NoSuchOperator(string loginId) => Both($"「{loginId}」は登録された行員ではありません。", $"{loginId} is no registered operator.");

    public static string NotNamed(string loginId) =>
        Both($"--operator に指定した「{loginId}」のパスワードが入力されていません。", $"The password of {loginId}, named by --operator, was not given.");

    public static string Of(RevokeRefusal refusal, string loginId) => refusal switch
    {
        RevokeRefusal.NoSuchCertificate => Both($"「{loginId}」という利用者はいません。", $"There is no user {loginId}."),
        RevokeRefusal.NothingIssued => Both($"「{loginId}」の証明書は未発行です。", $"{loginId} has no certificate."),
        RevokeRefusal.AlreadyRevoked => Both($"「{loginId}」の証明書は失効済みです。", $"The certificate of {loginId} is revoked already."),
        RevokeRefusal.ChangedMeanwhile => Both("証明書が更新されています。もう一度実行してください。", "The certificate changed meanwhile. Run it again."),
        RevokeRefusal.NotMaster or RevokeRefusal.CounterOnly or RevokeRefusal.SessionEnded or RevokeRefusal.NotConfirmed
            or RevokeRefusal.ReasonNotSelectable => Both("失効できません。", $"Refused: {refusal}."),
    };

    public static string Revoked(string loginId, string receiptNumber, DateTimeOffset revokedAt) =>
        Both($"{loginId} の証明書を失効しました。受付番号 {receiptNumber}、{JapanTime.Format(revokedAt)}", $"revoked, receipt {receiptNumber}");

    /// <summary>What is wrong with a request, as EST says it.</summary>
    public static string Of(CertificationRequestRefusal refusal) =>
        Both(EstText.Japanese("Request_" + refusal), EstText.English("Request_" + refusal));

    public static string Of(EnrollRefusal refusal, string loginId) => refusal switch
    {
        EnrollRefusal.BadRequest => Both("証明書要求 (PKCS#10) として読めないか、署名が正しくありません。", "Not a PKCS#10 request, or not signed with its own key."),
        EnrollRefusal.KeyNotAccepted => Both("この鍵の種類または長さは受け付けられません。", "The key is of a kind or size that is not accepted."),
        EnrollRefusal.BadCredentials => Both($"「{loginId}」という利用者はいません。", $"There is no user {loginId}."),
        EnrollRefusal.UserSuspended => Both($"「{loginId}」は利用停止中です。", $"{loginId} is suspended."),
        EnrollRefusal.MethodNotCertificate => Both(
            $"「{loginId}」の企業は ID・パスワード方式です。", $"The company of {loginId} logs in with ID and password."),
        EnrollRefusal.KeyReused => Both("この鍵は以前の証明書で使われています。新しい鍵を作ってください。", "The key was certified before. Make a new one."),
        EnrollRefusal.CertificateActive => Both(
            $"「{loginId}」の証明書は発行済みです。先に失効してください。", $"{loginId} holds a valid certificate. Revoke it first."),
        EnrollRefusal.CertificateExpired => Both(
            $"「{loginId}」の証明書は有効期限切れです。先に失効してください。", $"The certificate of {loginId} has expired. Revoke it first."),
        EnrollRefusal.TooManyRequests or EnrollRefusal.UserLocked or EnrollRefusal.InitialPasswordExpired
            or EnrollRefusal.CertificateRequired or EnrollRefusal.CertificateNotOurs or EnrollRefusal.CertificateRevoked
            or EnrollRefusal.NotInRenewalWindow => Both("いまは受け付けられません。", $"Refused: {refusal.Code()}."),
    };

    public static string Of(UnlockOutcome outcome, string loginId) => outcome switch
    {
        UnlockOutcome.Unlocked unlocked => Both(
            $"{unlocked.LoginId} のロックを解除しました（{string.Join("、", unlocked.Paths.Select(Japanese))}）。",
            $"unlocked ({string.Join(", ", unlocked.Paths)})"),
        UnlockOutcome.NoSuchUser => Both($"「{loginId}」という利用者はいません。", $"There is no user {loginId}."),
        _ => Both($"「{loginId}」はロックされていません。", $"{loginId} is not locked."),
    };

    public static string Of(OperatorRefusal refusal, string? loginId) => refusal switch
    {
        OperatorRefusal.WrongIdOrPassword => Both($"「{loginId}」のログインIDかパスワードが違います。", $"Login ID or password of {loginId} is wrong."),
        OperatorRefusal.InitialPasswordExpired => Both(
            $"「{loginId}」の初期パスワードは有効期限が切れています。operator add で再発行してください。",
            $"The one-time password of {loginId} has expired. Have a new one issued by operator add."),
        OperatorRefusal.Locked => Both($"「{loginId}」は入力誤りが続いたためロックされています。", $"{loginId} is locked after too many failures."),
        OperatorRefusal.Busy => Busy,
        OperatorRefusal.SamePerson => Both("窓口担当と窓口承認者は別の人でなければなりません。", "Clerk and approver must be two persons."),
        OperatorRefusal.NoApprover => Both("二人のうち一人は窓口承認者でなければなりません。", "One of the two must be an approver."),
        OperatorRefusal.NotClerkAndApprover => Both("窓口担当と窓口承認者が一人ずつ必要です。", "It takes one clerk and one approver."),
    };

    public static string Of(OperatorsOutcome.ReplacementRefused refused) => Both(
        PasswordWords.Of(refused.Kind, refused.Reason, refused.MinCharacters, refused.MaxCharacters, CultureInfo.GetCultureInfo("ja"))!,
        PasswordWords.Of(refused.Kind, refused.Reason, refused.MinCharacters, refused.MaxCharacters, CultureInfo.GetCultureInfo("en"))!);

    public static string Of(RegisterOperatorRefusal refusal, string loginId) => refusal switch
    {
        RegisterOperatorRefusal.NotALoginId => Both("ログインIDとして使えない文字です。", "Not a login ID."),
        RegisterOperatorRefusal.NotAName => Both("氏名は 1 文字以上 100 文字以内の 1 行で指定してください。", "The name must be one line of 1 to 100 characters."),
        RegisterOperatorRefusal.LoginIdTaken => Both($"ログインID「{loginId}」は使われています。", $"The login ID {loginId} is taken."),
        RegisterOperatorRefusal.Busy => Busy,
        RegisterOperatorRefusal.NotAMailAddress => Both("メールアドレスとして使えない文字列です。一人分のアドレスを指定してください。", "Not the mail address of one person."),
        RegisterOperatorRefusal.NeedsTwoOperators => NoAnswer,
        RegisterOperatorRefusal.OwnPasswords => Both(
            "自分のパスワードの再発行を、自分で承認することはできません。別の行員二人で実行してください。", "Nobody approves the re-issue of their own passwords. Let two others do it."),
    };

    public static string Registered(RegisterOperatorOutcome.Registered registered) =>
        $"""
        {Both("ログインID", "login ID")}: {registered.LoginId}
        {Both("一度だけのパスワード", "one-time password")}: {registered.Password.Value}
        {Both("有効期限", "valid until")}: {JapanTime.Format(registered.ExpiresAt)} (JST)

        """;

    public static string Of(HistoryVerification found) => found switch
    {
        { IsIntact: true } => Both($"操作履歴 {found.Records} 件に異常はありません。", $"{found.Records} records, intact."),
        { Finding: "anchor-unsigned" } => Both("アンカーファイルに署名の合わない行があります。", "The anchor file holds a line whose signature does not hold."),
        { Finding: "anchor-gap" } => Both(
            $"アンカーファイルから、{found.FirstBadSequence} 番目の記録より前の行が失われています。",
            $"The anchor file lacks lines before that of record {found.FirstBadSequence}."),
        { Finding: "edited" } => Bad(found, "内容が書き換えられています", "was edited"),
        { Finding: "missing" } => Bad(found, "がありません", "is missing"),
        { Finding: "gap-unanchored" } => Bad(found, "の前に、アンカーに署名のない欠落があります", "stands behind a gap that the anchor does not know"),
        { Finding: "unlinked" } => Bad(found, "直前の記録とつながりません（入替えまたは差替え）", "does not follow the one before (swapped or replaced)"),
        { Finding: "cut" } => Bad(found, "以降が切り取られています", "and everything after it were cut off"),
        { Finding: HistoryVerification.DatedBack } => Bad(
            found, "直前の記録より前の日時です（reconcile --clock の記録がありません）", "is dated before the one ahead of it, without reconcile --clock"),
        { Finding: "anchor-differs" } => Bad(found, "アンカーファイルの署名済みの記録と一致しません", "differs from the signed head in the anchor file"),
        _ => Bad(found, found.Finding ?? "", found.Finding ?? ""),
    };

    public static string Published(long number) => Both($"CRL 番号 {number} を公開しました。", $"CRL number {number} is public.");

    public static string Migrated(string dataDirectory) => Both($"「{dataDirectory}」は最新の形式です。", "The data directory is up to date.");

    public static string DemoMade(string dataDirectory) => Both($"「{dataDirectory}」にデモ銀行を新しく作りました。", "The demo bank was made anew.");

    public static string NotDemo(string dataDirectory) =>
        Both($"「{dataDirectory}」はデモ銀行のデータではありません。何も削除していません。", $"{dataDirectory} does not hold the demo bank. Nothing was removed.");

    public static string Seeded(SeedOutcome.Seeded seeded) =>
        Both(
            $"企業 {seeded.Companies}、利用者 {seeded.Users}、証明書 {seeded.Certificates} を追加しました。",
            $"added {seeded.Companies} companies, {seeded.Users} users, {seeded.Certificates} certificates.");

    public static string SeedImpossible =>
        Both("企業ごとに 1 名以上の利用者が必要です。数を見直してください。", "Every company needs at least one user; these numbers do not add up.");

    public static string BackedUp(string file, BackupManifest manifest) =>
        Both(
            $"「{file}」にバックアップを作りました（操作履歴 {manifest.HeadSequence} まで、{manifest.Files.Count} ファイル）。",
            $"backed up to {file}: history up to {manifest.HeadSequence}, {manifest.Files.Count} files.");

    public static string Of(BackupRefusal refusal, string file) => refusal switch
    {
        BackupRefusal.TargetExists => Both($"「{file}」は既にあります。別の名前を指定してください。", $"{file} exists. Choose another name."),
        BackupRefusal.TargetInsideDirectory => Both(
            $"「{file}」はデータディレクトリの中です。外の場所を指定してください。", $"{file} lies in the data directory. Choose a place outside it."),
        BackupRefusal.TargetNotWritable => Both(
            $"「{file}」に書き込めません。場所、権限、空き容量を確かめてください。",
            $"{file} cannot be written. Look at the place, its rights and the space that is left."),
        BackupRefusal.WrongPassphrase => Both(
            "Authority:KeyPassphrase が、バックアップに署名する鍵を開けません。", "Authority:KeyPassphrase does not open the key that signs the backup."),
        BackupRefusal.Damaged => Both("データベースが壊れているため、バックアップは作っていません。", "The database is damaged; no backup was made."),
        BackupRefusal.Locked => Both(
            "別のプログラムがデータベースをロックしているため、バックアップは作っていません。そのプログラムを終了してから、もう一度実行してください。",
            "Another program keeps the database locked; no backup was made. End that one and run it again."),
        BackupRefusal.NotRecorded => Both("操作履歴に記録できないため、バックアップは作っていません。", "It could not be recorded; no backup was made."),
    };

    public static string NotABackup(string file) => Both($"「{file}」はバックアップとして読めません。", $"{file} cannot be read as a backup.");

    public static string RestorePassphrase(BackupManifest manifest) => Both(
        $"このバックアップを開くには、{JapanTime.Format(manifest.MadeAt)} に使っていた Authority:KeyPassphrase（導入環境 {manifest.Installation}）が必要です。",
        "It takes the Authority:KeyPassphrase that was in use on that day.");

    public static string Of(RestoreRefusal refusal, BackupManifest manifest, string dataDirectory) => refusal switch
    {
        RestoreRefusal.WrongPassphrase => Both(
            $"パスフレーズが違います。{JapanTime.Format(manifest.MadeAt)} に使っていた Authority:KeyPassphrase を指定してください。何も書いていません。",
            "The passphrase is not that of the backup. Nothing was written."),
        RestoreRefusal.SignatureWrong => Both(
            "バックアップの署名が正しくありません。何も書いていません。", "The backup's signature does not hold. Nothing was written."),
        RestoreRefusal.FileChanged => Both(
            "バックアップの中のファイルが、書いたときと違います。何も書いていません。", "A file in the backup is not what was written. Nothing was written."),
        RestoreRefusal.NewerFormat => Both(
            $"バックアップが新しい版（{manifest.Program}）のものです。何も書いていません。", "The backup is of a newer version. Nothing was written."),
        RestoreRefusal.TargetNotEmpty => Both(
            $"「{dataDirectory}」は空ではありません。復元は何も上書きしません。", $"{dataDirectory} is not empty. A restore overwrites nothing."),
        RestoreRefusal.TargetNotWritable => Both(
            $"「{dataDirectory}」を作れません。場所、権限、空き容量を確かめてください。",
            $"{dataDirectory} cannot be made. Look at the place, its rights and the space that is left."),
    };

    public static string Restored(string dataDirectory, BackupManifest manifest) => Both(
        $"「{dataDirectory}」に {JapanTime.Format(manifest.MadeAt)} の状態（操作履歴 {manifest.HeadSequence} まで）を復元しました。"
            + "アンカーがそれより新しければ、次に reconcile を実行してください。",
        $"restored: history up to {manifest.HeadSequence}. Where the anchor is newer, run reconcile next.");

    public static string Of(ReconcileClockOutcome outcome) => outcome switch
    {
        ReconcileClockOutcome.Done done => Both(
            $"最後の記録（{JapanTime.Format(done.Latest)}）より前の現在の時刻（{JapanTime.Format(done.Now)}）から続けます。次の CRL は現在の時刻で公開します。",
            $"Time goes on from now ({JapanTime.Format(done.Now)} JST), before the latest record ({JapanTime.Format(done.Latest)} JST). "
                + "The next CRL is dated now."),
        ReconcileClockOutcome.NotNeeded => Both(
            "時計は最後の記録と矛盾していません。何も変更していません。", "The clock does not contradict the latest record. Nothing was changed."),
        _ => throw new InvalidOperationException("The outcomes are closed."),
    };

    public static string Of(ReconcileOutcome outcome) => outcome switch
    {
        ReconcileOutcome.Done done => Both(
            $"操作履歴 {done.After + 1}～{done.Until} は失われています。その間に発行された証明書 {done.Lost} 枚を失効し、失効 {done.Returned} 件を戻しました。"
                + "利用者の登録・変更、パスワード、利用停止は戻りません。確かめてください。",
            $"records {done.After + 1} to {done.Until} are lost; {done.Lost} certificates revoked, {done.Returned} revocations returned. "
                + "Users, passwords and suspensions of that time do not come back."),
        ReconcileOutcome.AnchorBegun begun => Both(
            $"アンカーファイルを、操作履歴 {begun.Sequence} から新しく始めました。データもバックアップから戻した場合は、その後の発行と失効を確かめてください。",
            $"a new anchor begins at record {begun.Sequence}. "
                + "If the data, too, came from a backup, look for what was issued and revoked since."),
        ReconcileOutcome.NotNeeded => Both("データとアンカーは一致しています。何も変更していません。", "Data and anchor agree. Nothing was changed."),
        ReconcileOutcome.Refused { Reason: ReconcileRefusal.NothingThere } => Both("操作履歴がありません。", "There is no history."),
        ReconcileOutcome.Refused refused => Both(
            $"このデータは、この導入環境の以前の状態ではありません（操作履歴 {refused.Sequence} がアンカーと合いません）。別のバックアップを使ってください。何も変更していません。",
            $"The data is no earlier state of this installation: record {refused.Sequence} parts from the anchor. "
                + "Use another backup. Nothing was changed."),
        _ => throw new InvalidOperationException("The outcomes are closed."),
    };

    public static string NothingThere(string dataDirectory) =>
        Both(
            $"「{dataDirectory}」にはまだ何もありません。Data:Directory を確かめてください。", $"There is nothing in {dataDirectory} yet. Look at Data:Directory.");

    public static string CannotRead(string file) => Both($"「{file}」を読めません。", $"{file} cannot be read.");

    public static string TooLarge(string file) => Both($"「{file}」は大きすぎます。", $"{file} is too large.");

    public static string Ca(Authorities authorities, CurrentCrl? current, CurrentCrl root)
    {
        var text = new System.Text.StringBuilder();
        Add(text, Both("ルート認証局", "Root CA"), authorities.Root, root);
        foreach (var issuing in authorities.IssuingCertificates)
        {
            var inUse = issuing.SubjectKeyIdentifier == authorities.Current.SubjectKeyIdentifier;
            Add(text, inUse ? Both("発行認証局（発行中）", "Issuing CA in use") : Both("発行認証局", "Issuing CA"), issuing, inUse ? current : null);
        }

        var key = authorities.Keys.RootKey;
        var place = key.Place switch
        {
            RootKeyPlace.InDirectory => Both("データディレクトリにあります（暗号化済み）", "in the data directory, sealed"),
            RootKeyPlace.Exported => Both(
                $"{(key.ExportedAt is { } at ? JapanTime.Format(at) : "-")} に {key.ExportedTo} へ書き出し、データディレクトリから削除しました",
                $"exported to {key.ExportedTo} and removed here"),
            RootKeyPlace.Missing => Both("ありません", "missing"),
        };
        return text.Append(Both("ルートの鍵", "Root key")).Append(": ").Append(place).Append('\n').ToString();
    }

    private static void Add(System.Text.StringBuilder text, string title, AuthorityCertificate certificate, CurrentCrl? crl)
    {
        text.Append(title).Append('\n');
        Line("subject", certificate.X509.Subject);
        Line("serial", certificate.X509.SerialNumber);
        Line("key ID", certificate.SubjectKeyIdentifier);
        Line("SHA-256", certificate.X509.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256));
        Line(Both("有効期間", "valid"), $"{JapanTime.Format(certificate.NotBefore)} - {JapanTime.Format(certificate.NotAfter)} (JST)");
        if (crl is not null)
        {
            Line("CRL", Both(
                $"番号 {crl.List.Number}、{crl.List.Entries.Count} 件、"
                    + $"発行 {JapanTime.Format(crl.List.ThisUpdate)}、次回 {JapanTime.Format(crl.List.NextUpdate)}",
                $"number {crl.List.Number}, {crl.List.Entries.Count} entries"));
        }

        void Line(string name, string value) => text.Append("  ").Append(name).Append(": ").Append(value).Append('\n');
    }

    private static string Bad(HistoryVerification found, string japanese, string english) =>
        Both($"通し番号 {found.FirstBadSequence} の記録：{japanese}。", $"Record {found.FirstBadSequence} {english}.");

    private static string Japanese(PasswordPath path) => path switch
    {
        PasswordPath.Open => "証明書なしのログインパスワード",
        PasswordPath.Certificate => "ログインパスワード",
        PasswordPath.Confirmation => "確認用パスワード",
        PasswordPath.Operator => "行員の端末",
    };

    // What follows an equals sign may be a password.
    private static string Shown(string word)
    {
        var name = word.StartsWith('-') ? word.Split('=')[0] : word;
        var shown = new string([.. name.Take(MaxShown).Select(letter => char.IsControl(letter) ? '?' : letter)]);
        return shown.Length < name.Length ? shown + "…" : shown;
    }
}
