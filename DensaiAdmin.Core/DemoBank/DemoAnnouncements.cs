using DensaiAdmin.Core.Registry;

namespace DensaiAdmin.Core.DemoBank;

/// <param name="Title">件名.</param>
/// <param name="Body">Paragraphs, each on a line of its own.</param>
/// <param name="DaysAgo">Whole days from publication until first start.</param>
/// <param name="Importance">重要度.</param>
/// <param name="DaysShown">Days from first start until it is taken down; null: stays.</param>
internal sealed record DemoAnnouncement(
    string Title, string Body, int DaysAgo, AnnouncementImportance Importance = AnnouncementImportance.Normal, int? DaysShown = null)
{
    /// <summary>The notice, relative to the application clock.</summary>
    public Announcement At(DateTimeOffset now) =>
        new(Title, Body, now.AddDays(-DaysAgo), Importance, DaysShown is { } days ? now.AddDays(days) : null);
}

/// <summary>What the demo bank tells its customers.</summary>
internal static class DemoAnnouncements
{
    /// <summary>Its people have read everything: their home is the manual's, 「未読のお知らせはありません。」. Everybody else's has unread ones.</summary>
    public const string CompanyThatHasRead = "0501D00601";

    public static readonly IReadOnlyList<DemoAnnouncement> All =
    [
        new(
            "システムメンテナンスに伴うサービス休止のお知らせ",
            """
            いつも本サービスをご利用いただき、ありがとうございます。
            システムメンテナンスのため、今月末の日曜日の午前0時から午前6時まで、本サービスを休止いたします。休止中は、ログインおよび電子証明書の発行・更新・失効を行うことができません。
            電子証明書の有効期限が休止時間の前後に到来するお客様は、お早めに更新のお手続きをお願いいたします。
            """,
            DaysAgo: 2, AnnouncementImportance.Important, DaysShown: 45),
        new(
            "パスワードを聞き出そうとする不審な電話・メールにご注意ください",
            """
            当行の職員が、電話やメールでパスワードや確認用パスワードをお聞きすることはありません。
            受け取ったメールが当行からのものかどうかは、メールに記載の通知番号を「お知らせ」画面の一覧と照らし合わせることでご確認いただけます。
            """,
            DaysAgo: 20),
        new(
            "証明書発行アプリケーションの対応環境について",
            """
            証明書発行アプリケーションは、Windows、macOS、Linuxでご利用いただけます。
            電子証明書は、取得したパソコンでのみ使用できます。パソコンを入れ替える場合は、証明書の失効と再取得をお願いいたします。
            """,
            DaysAgo: 60),
    ];
}
