using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Users;

namespace DensaiAdmin.Core.Mail;

/// <summary>Subject and body of a mail, Japanese plain text.</summary>
internal sealed record MailText(string Subject, string Body);

/// <summary>How a user stands after a master's act.</summary>
/// <param name="Person">Who the user is to those who help.</param>
/// <param name="NeedsCertificate">Whether the company is under 電子証明書方式.</param>
/// <param name="Cause">What still keeps the user from logging in; null for nothing.</param>
internal sealed record OwnerStanding(PersonKind Person, bool NeedsCertificate, AccessCause? Cause);

/// <summary>
/// The words of every mail. No link and no secret ever stands in one (R24); what a person chose (a name) is one line of plain text.
/// </summary>
internal sealed class MailTexts(InstitutionOptions institution)
{
    private const string Rule = MailHtml.Rule;
    private const string Operators = "当行の運用担当者";

    /// <summary>証明書発行のお知らせ.</summary>
    public MailText CertificateIssued(Correspondent recipient, Correspondent owner, Certificate certificate, string mailNumber) => Compose(
        recipient,
        "電子証明書の発行が完了しました",
        recipient.Id == owner.Id
            ? $"{institution.ServiceName}でご利用いただくお客様の電子証明書を発行しましたので、お知らせいたします。"
            : $"貴社のご利用者に{institution.ServiceName}の電子証明書を発行しましたので、マスターユーザのお客様にお知らせいたします。",
        [
            ("ログインID", owner.LoginId),
            ("利用者名", owner.Name),
            ("発行日時", JapanTime.Format(certificate.IssuedAt)),
            ("証明書有効期限", JapanTime.Format(certificate.NotAfter)),
            ("証明書シリアル番号", certificate.SerialNumber.ToString()),
        ],
        [
            "電子証明書を有効にするには、開いているすべてのブラウザを一度閉じてください。",
            recipient.Id == owner.Id
                ? $"このお手続きにお心当たりがない場合は、第三者が不正に取得したおそれがあります。至急、{Bank(owner)}までご連絡ください。"
                : $"このお手続きにお心当たりがない場合は、ご本人にご確認のうえ、管理メニューの証明書失効で失効していただくか、至急、{Bank(owner)}までご連絡ください。",
        ],
        mailNumber);

    /// <summary>証明書更新のお知らせ.</summary>
    public MailText CertificateRenewed(Correspondent recipient, Correspondent owner, Certificate certificate, string mailNumber) => Compose(
        recipient,
        "電子証明書の更新が完了しました",
        recipient.Id == owner.Id
            ? $"{institution.ServiceName}でご利用いただくお客様の電子証明書を更新しましたので、お知らせいたします。"
            : $"貴社のご利用者の{institution.ServiceName}の電子証明書を更新しましたので、マスターユーザのお客様にお知らせいたします。",
        [
            ("ログインID", owner.LoginId),
            ("利用者名", owner.Name),
            ("更新日時", JapanTime.Format(certificate.IssuedAt)),
            ("新しい証明書の有効期限", JapanTime.Format(certificate.NotAfter)),
            ("新しい証明書のシリアル番号", certificate.SerialNumber.ToString()),
        ],
        [
            "新しい電子証明書を有効にするには、開いているすべてのブラウザを一度閉じてください。",
            "これまでの電子証明書は、新しい電子証明書で初めてログインするまで、有効期限内であれば引き続きご利用いただけます。",
            recipient.Id == owner.Id
                ? $"このお手続きにお心当たりがない場合は、第三者が不正に更新したおそれがあります。至急、{Bank(owner)}までご連絡ください。"
                : $"このお手続きにお心当たりがない場合は、ご本人にご確認のうえ、管理メニューの証明書失効で失効していただくか、至急、{Bank(owner)}までご連絡ください。",
        ],
        mailNumber);

    /// <summary>証明書失効のお知らせ.</summary>
    public MailText CertificateRevoked(
        Correspondent recipient, Correspondent owner, PersonKind person, DateTimeOffset revokedAt, X509RevocationReason reason,
        string mailNumber) => Compose(
        recipient,
        "電子証明書を失効しました",
        recipient.Id == owner.Id
            ? $"{institution.ServiceName}でご利用の電子証明書を失効しましたので、お知らせいたします。失効した電子証明書ではログインできません。"
            : $"貴社のご利用者の{institution.ServiceName}の電子証明書を失効しましたので、マスターユーザのお客様にお知らせいたします。",
        [
            ("ログインID", owner.LoginId),
            ("利用者名", owner.Name),
            ("失効日時", JapanTime.Format(revokedAt)),
            ("失効理由", ReasonShown(reason)),
        ],
        [
            !owner.IsSuspended
                ? "引き続きご利用いただくには、これまでのログインIDとログインパスワードで、電子証明書を新たに取得してください。"
                : "あわせて利用停止の登録をしています。利用停止の解除後に、電子証明書を新たに取得することができます。"
                    + $"解除については、{Asked(AccessCause.UserSuspended, person)}にご確認ください。",
            $"このお手続きにお心当たりがない場合は、至急、{Bank(owner)}までご連絡ください。",
        ],
        mailNumber);

    /// <summary>確認用パスワードのロックのお知らせ (R14).</summary>
    public MailText ConfirmationLocked(
        Correspondent recipient, Correspondent owner, PersonKind person, DateTimeOffset lockedAt, string mailNumber) => Compose(
        recipient,
        "確認用パスワードをロックしました",
        recipient.Id == owner.Id
            ? "確認用パスワードの入力誤りが続いたため、安全のため、お客様の確認用パスワードをロックしましたので、お知らせいたします。"
            : "貴社のご利用者の確認用パスワードを、入力誤りが続いたためロックしましたので、マスターユーザのお客様にお知らせいたします。",
        [
            ("ログインID", owner.LoginId),
            ("利用者名", owner.Name),
            ("ロック日時", JapanTime.Format(lockedAt)),
        ],
        [
            NextSteps.For(AccessCause.PasswordLocked, person).Helper is Helper.Counter or Helper.Operators
                ? $"ロックの解除は、{Asked(AccessCause.PasswordLocked, person)}で承ります。"
                : $"ロックの解除は、{Asked(AccessCause.PasswordLocked, person)}のお客様、または{institution.ContactName}の窓口で承ります。",
            $"入力にお心当たりがない場合は、第三者がパソコンを操作したおそれがあります。至急、{Bank(owner)}までご連絡ください。",
        ],
        mailNumber);

    /// <summary>
    /// 証明書有効期限のお知らせ (R5). The words follow the days that are left when it is queued, not the stage: one that comes late says
    /// how late it is. The day of counting is said, for a mail may have to wait for its relay.
    /// </summary>
    public MailText CertificateExpires(
        Correspondent recipient, Correspondent owner, PersonKind person, ExpiringCertificate certificate, DateTimeOffset now,
        string mailNumber)
    {
        var isOwner = recipient.Id == owner.Id;
        var whose = isOwner ? "" : "ご利用者の";
        var days = JapanTime.DaysUntil(certificate.NotAfter, now);
        var hour = JapanTime.FormatHour(certificate.NotAfter);
        var certificateShown = isOwner ? $"{institution.ServiceName}でご利用の電子証明書" : $"貴社のご利用者の{institution.ServiceName}の電子証明書";
        var told = isOwner ? "お知らせいたします。" : "マスターユーザのお客様にお知らせいたします。";
        var (subject, lead) = days switch
        {
            <= 0 => (
                $"{whose}電子証明書の有効期限は本日{hour}です",
                $"{certificateShown}は、本日{hour}に有効期限を迎えますので、{told}\nこの時刻を過ぎると、この電子証明書ではログインできなくなります。"),
            <= ExpiryNearness.UrgentDays => (
                $"{whose}電子証明書の有効期限まであと{Number(days)}日です",
                $"{certificateShown}の有効期限まで、あと{Number(days)}日となりましたので、{told}"),
            _ => (
                $"{whose}電子証明書の有効期限が近づいています（あと{Number(days)}日）",
                $"{certificateShown}の有効期限が近づいてまいりましたので、{told}"),
        };
        return Compose(
            recipient,
            subject,
            lead,
            [
                ("ログインID", owner.LoginId),
                ("利用者名", owner.Name),
                ("証明書有効期限", JapanTime.Format(certificate.NotAfter)),
                ("残りの日数", days <= 0 ? $"本日まで（{JapanTime.FormatDate(now)}現在）" : $"あと{Number(days)}日（{JapanTime.FormatDate(now)}現在）"),
                ("証明書シリアル番号", certificate.SerialNumber.ToString()),
            ],
            [
                isOwner
                    ? "更新は、いまお使いのパソコンで行います。電子証明書でログインし、証明書更新選択画面で「更新する」を選択のうえ、「実行」ボタンを押してください。"
                    : "ご本人にも同じお知らせをお送りしております。更新のお手続きがお済みかどうか、ご本人にご確認ください。",
                isOwner
                    ? $"有効期限を過ぎた場合は、{Asked(AccessCause.CertificateExpired, person)}に失効を依頼したうえで、新たに取得していただく必要があります。"
                    : "有効期限を過ぎた場合は、この電子証明書を失効したうえで、新たに取得していただく必要があります。",
                "行き違いで更新がお済みの場合は、何とぞご容赦ください。",
            ],
            mailNumber);
    }

    private static string Number(int days) => days.ToString(CultureInfo.InvariantCulture);

    /// <summary>ログインID取得のお知らせ.</summary>
    public MailText LoginIdAcquired(
        Correspondent recipient, Correspondent owner, DateTimeOffset acquiredAt, AuthenticationMethod? method,
        string mailNumber) => Compose(
        recipient,
        "ログインIDを登録しました",
        recipient.Id == owner.Id
            ? $"{institution.ServiceName}をご利用いただくマスターユーザのログインIDを登録しましたので、お知らせいたします。"
            : $"貴社の{institution.ServiceName}に新しいマスターユーザのログインIDを登録しましたので、マスターユーザのお客様にお知らせいたします。",
        [
            ("ログインID", owner.LoginId),
            ("利用者名", owner.Name),
            ("利用者区分", "マスターユーザ"),
            ("登録日時", JapanTime.Format(acquiredAt)),
        ],
        [
            method == AuthenticationMethod.Certificate
                ? "続いて、ログイン画面の「電子証明書発行」から電子証明書を取得してください。ログインには電子証明書が必要です。"
                : "ログイン画面で、登録されたログインIDとログインパスワードを入力してログインしてください。",
            $"このお手続きにお心当たりがない場合は、第三者が書面を使用したおそれがあります。至急、{Bank(owner)}までご連絡ください。",
        ],
        mailNumber);

    /// <summary>What a master did about a user. Passwords are never in it; the masters hand a new one on themselves (R24).</summary>
    /// <param name="kind">Which act.</param>
    /// <param name="recipient">Who reads.</param>
    /// <param name="owner">Of whom it tells.</param>
    /// <param name="standing">How the owner stands after the act.</param>
    /// <param name="by">Name of the acting master.</param>
    /// <param name="at">UTC.</param>
    /// <param name="mailNumber">通知番号.</param>
    public MailText UserManaged(
        MailKind kind, Correspondent recipient, Correspondent owner, OwnerStanding standing, string by, DateTimeOffset at,
        string mailNumber)
    {
        var needsCertificate = standing.NeedsCertificate;
        var isOwner = recipient.Id == owner.Id;
        var (subject, done, when, next) = kind switch
        {
            MailKind.UserRegistered => (
                "利用者の登録が完了しました", "利用者登録を", "登録日時",
                isOwner && needsCertificate ? "初期パスワードは、貴社のマスターユーザからお受け取りください。受け取った初期パスワードで電子証明書を取得し、最初のログインで新しいパスワードを登録してください。"
                    : isOwner ? "初期パスワードは、貴社のマスターユーザからお受け取りください。受け取った初期パスワードでログインし、新しいパスワードを登録してください。"
                    : "初期パスワードは登録の完了画面に一度だけ表示されます。ご本人に直接お渡しください。"),
            MailKind.UserChanged => ("利用者情報を変更しました", "利用者情報を変更", "変更日時", "変更の内容は、マスターユーザの方が「利用者情報の管理」でご確認いただけます。"),
            MailKind.UserDeleted => (
                "利用者の登録を削除しました", "利用者登録を削除", "削除日時",
                isOwner ? "ログインはできなくなりました。お手元に電子証明書がある場合、その電子証明書は失効しています。" : "電子証明書をお持ちだった場合、その電子証明書は失効しています。"),
            MailKind.UserSuspended => (
                "利用を停止しました", "利用を停止", "停止日時",
                isOwner
                    ? $"停止中は、ログインも電子証明書の取得もできません。解除については、{Asked(AccessCause.UserSuspended, standing.Person)}にご確認ください。"
                    : "停止中は、ログインも電子証明書の取得もできません。「利用者停止・解除」でいつでも解除できます。"),
            MailKind.UserReleased => ("利用停止を解除しました", "利用停止を解除", "解除日時", AfterRelease(standing)),
            MailKind.PasswordUnlocked => ("パスワードのロックを解除しました", "パスワードのロックを解除", "解除日時", "これまでのパスワードをお使いいただけます。パスワードをお忘れの場合は、"
                    + $"{Asked(AccessCause.InitialPasswordExpired, standing.Person)}による初期パスワードの再発行が必要です。"),
            MailKind.PasswordReset => (
                "初期パスワードを再発行しました", "初期パスワードを再発行", "再発行日時",
                isOwner
                    ? "これまでのパスワードは使えなくなりました。新しい初期パスワードを貴社のマスターユーザから受け取り、次のログインで新しいパスワードを登録してください。"
                    : "新しい初期パスワードは再発行の完了画面に一度だけ表示されます。ご本人に直接お渡しください。"),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not an act of a master on a user."),
        };
        return Compose(
            recipient,
            subject,
            isOwner
                ? $"{institution.ServiceName}で、お客様の{done}しましたので、お知らせいたします。"
                : $"{institution.ServiceName}で、貴社のご利用者の{done}しましたので、マスターユーザのお客様にお知らせいたします。",
            [
                ("ログインID", owner.LoginId),
                ("利用者名", owner.Name),
                (when, JapanTime.Format(at)),
                ("実行者", by),
            ],
            [next, $"このお手続きにお心当たりがない場合は、至急、{Bank(owner)}までご連絡ください。"],
            mailNumber);
    }

    /// <summary>パスワード変更のお知らせ.</summary>
    public MailText PasswordChanged(Correspondent owner, PersonKind person, string which, DateTimeOffset at, string mailNumber) => Compose(
        owner,
        "パスワードを変更しました",
        $"{institution.ServiceName}で、お客様の{which}を変更しましたので、お知らせいたします。",
        [
            ("ログインID", owner.LoginId),
            ("変更したパスワード", which),
            ("変更日時", JapanTime.Format(at)),
        ],
        [$"この変更にお心当たりがない場合は、第三者がパソコンを操作したおそれがあります。"
            + $"至急、{(person == PersonKind.GeneralUser ? "貴社のマスターユーザまたは" : "")}{Bank(owner)}までご連絡ください。"],
        mailNumber);

    /// <summary>身に覚えのないログインの申告のお知らせ.</summary>
    public MailText LoginReported(
        Correspondent recipient, Correspondent owner, PersonKind person, HistoryRecord login, bool hasCertificate,
        DateTimeOffset reportedAt, string receiptNumber, string mailNumber)
    {
        var isOwner = recipient.Id == owner.Id;
        return Compose(
            recipient,
            "身に覚えのないログインの申告を受け付けました",
            isOwner
                ? $"{institution.ServiceName}で、お客様のログインIDによるログインについて、身に覚えがないとの申告を受け付けましたので、お知らせいたします。"
                : $"{institution.ServiceName}で、貴社のご利用者から、身に覚えのないログインの申告を受け付けましたので、マスターユーザのお客様にお知らせいたします。",
            [
                ("ログインID", owner.LoginId),
                ("利用者名", owner.Name),
                (login.Result == HistoryResult.Done ? "対象のログイン" : "対象のログイン（失敗）", JapanTime.Format(login.At)),
                ("申告日時", JapanTime.Format(reportedAt)),
                ("受付番号", receiptNumber),
            ],
            [
                "申告した画面のほかに、このログインIDでログイン中だった画面は終了しました。",
                isOwner
                    ? "ログインパスワードと確認用パスワードを変更してください。"
                    : "くわしい内容は、管理メニューの操作履歴照会でご確認いただけます。パスワードを変更したかどうか、ご本人にご確認ください。",
                (isOwner, hasCertificate) switch
                {
                    (true, true) => $"電子証明書の入ったパソコンが他の人に使われたおそれがある場合は、{Asked(AccessCause.CertificateActive, person)}に、"
                        + "電子証明書の失効を依頼してください。",
                    (true, false) => $"パスワードを他の人に知られたおそれがある場合は、{Asked(AccessCause.UserSuspended, person)}に、利用停止を依頼してください。",
                    (false, true) => "他の人に使われたおそれがある場合は、管理メニューの証明書失効または利用者停止・解除をご利用ください。",
                    (false, false) => "他の人に使われたおそれがある場合は、管理メニューの利用者停止・解除をご利用ください。",
                },
                isOwner
                    ? $"この申告にお心当たりがない場合は、第三者がログインしているおそれがあります。至急、{Bank(owner)}までご連絡ください。"
                    : $"ご不明な点は、受付番号をお伝えのうえ、{Bank(owner)}までご連絡ください。",
            ],
            mailNumber);
    }

    /// <summary>警報, to staff of the bank.</summary>
    public MailText Alarm(Correspondent recipient, AlarmKind kind, AlarmFacts facts, DateTimeOffset raisedAt, string mailNumber)
    {
        var (subject, lead, next) = kind switch
        {
            AlarmKind.KeyCompromise => (
                "発行の記録がない電子証明書が使われました",
                "認証局が署名した電子証明書のうち、発行の記録がないものが使われました。認証局の鍵が第三者に渡っているおそれがあります。",
                "至急、認証局の鍵の管理者に連絡し、鍵の使用状況を確認してください。"),
            AlarmKind.ForeignCircuit => (
                "他のセッションの画面への接続が試みられました",
                "ログイン中の画面に、別のセッションから接続が試みられました。接続は拒否しています。",
                "接続元を確認してください。"),
            AlarmKind.Clock => (
                "サーバの時計の異常を検知しました",
                "サーバの時計が信頼できないため、電子証明書の発行などを見合わせている場合があります。",
                "サーバの時刻同期（NTP）を確認してください。"),
            AlarmKind.StoreDisagreement => (
                "データベースの記録の食違いを検知しました",
                "データベースと、公開した CRL またはアンカーファイルの記録が食い違っています。データベースが製品の外で変更されたおそれがあります。",
                "失効の記録は、CRL とアンカーファイルに従って扱っています。データベースを変更した者を確認し、監査（audit verify）を実行してください。"),
            AlarmKind.BreakGlass => (
                "行員1名による緊急の操作がありました",
                "2名の行員で行う操作が、緊急のため1名で行われました。",
                "操作履歴で内容を確認してください。"),
        };
        (string, string)[] all =
        [
            ("発生日時", JapanTime.Format(raisedAt)),
            ("内容", facts.Value ?? ""),
            ("証明書シリアル番号", facts.SerialNumber ?? ""),
            ("ログインID", facts.LoginId ?? ""),
            ("接続元", facts.Source is "server" or "*" ? "" : facts.Source),
        ];
        return Compose(
            recipient, "警報：" + subject, lead, [.. all.Where(fact => fact.Item2.Length > 0)],
            [next, "サーバのログでは、ALARM で始まる行に同じ内容が記録されています。"], mailNumber, isForStaff: true);
    }

    // A release is no promise: what else is in the way stays there.
    private string AfterRelease(OwnerStanding standing) => standing.Cause is { } cause ? AfterRelease(cause, standing.Person)
        : standing.NeedsCertificate ? "これまでのログインIDと電子証明書で、引き続きご利用いただけます。"
        : "これまでのログインIDとパスワードで、引き続きご利用いただけます。";

    private string AfterRelease(AccessCause cause, PersonKind person) => cause switch
    {
        AccessCause.PasswordLocked => $"ログインパスワードはロックされています。しばらくお待ちいただくか、{Asked(AccessCause.PasswordLocked, person)}に"
            + "ロックの解除をご依頼ください。",
        AccessCause.InitialPasswordExpired => $"初期パスワードの有効期限が切れています。{Asked(AccessCause.InitialPasswordExpired, person)}に再発行をご依頼ください。",
        AccessCause.CertificateExpired => $"電子証明書は有効期限が切れています。{Asked(AccessCause.CertificateExpired, person)}に失効を依頼したうえで、"
            + "ログイン画面の「電子証明書発行」から新たに取得してください。",
        AccessCause.CertificateRevoked or AccessCause.CertificateSuperseded =>
            "電子証明書は失効しています。ログインするには、ログイン画面の「電子証明書発行」から新たに取得してください。",
        AccessCause.CertificateNotIssued => "電子証明書は未発行です。ログインするには、ログイン画面の「電子証明書発行」から取得してください。",
        AccessCause.UserDeleted or AccessCause.UserSuspended or AccessCause.PasswordMethod or AccessCause.CertificateActive =>
            throw new ArgumentOutOfRangeException(nameof(cause), cause, "No state of a released user."),
    };

    private string Asked(AccessCause cause, PersonKind person) => NextSteps.For(cause, person).Helper switch
    {
        Helper.Master => "貴社のマスターユーザ",
        Helper.OtherMaster => "貴社の他のマスターユーザ",
        Helper.Counter => institution.ContactName + "の窓口",
        Helper.Operators => Operators,
        Helper.Nobody => throw new ArgumentOutOfRangeException(nameof(cause), cause, "Nobody is asked about it."),
    };

    // Staff of the bank are no customers of a branch.
    private string Bank(Correspondent owner) => owner.CompanyId is null ? Operators : institution.ContactName;

    private static string ReasonShown(X509RevocationReason reason) => reason switch
    {
        X509RevocationReason.CessationOfOperation => "有効期限切れ",
        X509RevocationReason.Superseded => "パソコンの入替え",
        X509RevocationReason.KeyCompromise => "パソコンの紛失・盗難",
        X509RevocationReason.AffiliationChanged => "退職・異動",
        _ => "証明書が利用できなくなった",
    };

    private MailText Compose(
        Correspondent recipient, string subject, string lead, (string Name, string Value)[] facts, string[] next, string mailNumber,
        bool isForStaff = false)
    {
        var body = new StringBuilder();
        body.Append(Plain(recipient.Name)).Append(" 様\n\n");
        if (!isForStaff)
        {
            body.Append("平素より").Append(institution.BankName).Append("をご利用いただき、誠にありがとうございます。\n");
        }

        body.Append(lead).Append("\n\n").Append(Rule).Append('\n');
        foreach (var (name, value) in facts)
        {
            body.Append(name).Append("：").Append(Plain(value)).Append('\n');
        }

        body.Append(Rule).Append("\n\n");
        foreach (var sentence in next)
        {
            body.Append(sentence).Append('\n');
        }

        body.Append("\n通知番号：").Append(mailNumber).Append('\n');
        body.Append(isForStaff ? "\n" : "ログイン後、ホーム画面の「すべてのお知らせを表示」に同じ通知番号が表示されることで、当行からのお知らせであることをご確認いただけます。\n\n");
        body.Append("当行の電子メールには、ログイン画面などのリンクを記載しておりません。\n");
        body.Append("また、電子メールや電話でパスワードをおたずねすることはありません。\n");
        body.Append("このメールアドレスは送信専用です。ご返信いただいてもお答えできません。\n\n").Append(Rule).Append('\n');
        body.Append(institution.BankName).Append("（金融機関コード：").Append(institution.BankCode).Append("）\n");
        body.Append(institution.ServiceName).Append('\n');
        if (!isForStaff && recipient.CompanyId is not null)
        {
            body.Append(institution.ContactText).Append('\n');
            foreach (var (name, value) in institution.Contact.Given())
            {
                body.Append(LabelOf(name)).Append('：').Append(Plain(value)).Append('\n');
            }
        }

        return new(DeadLinks.Of($"【{institution.BankName}】{subject}"), DeadLinks.Of(body.ToString()));
    }

    private static string LabelOf(string contact) => contact switch
    {
        nameof(ContactOptions.Telephone) => "電話",
        nameof(ContactOptions.Hours) => "受付時間",
        nameof(ContactOptions.Address) => "所在地",
        _ => throw new ArgumentOutOfRangeException(nameof(contact), contact, "No contact of the bank."),
    };

    // A name may hold anything: it must not begin a line of its own, turn the text around or look like an address to click.
    private static string Plain(string value)
    {
        var line = new StringBuilder(value.Length);
        foreach (var rune in value.EnumerateRunes())
        {
            var hidden = Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;
            line.Append(hidden ? "□" : rune.ToString());
        }

        return DeadLinks.OfValue(line.ToString());
    }
}
