using DensaiAdmin.Core.Registry;

namespace DensaiAdmin.Core.DemoBank;

/// <param name="Number">契約番号.</param>
/// <param name="Name">企業名.</param>
/// <param name="Method">認証方式.</param>
internal sealed record DemoCompany(string Number, string Name, AuthenticationMethod Method = AuthenticationMethod.Certificate);

/// <param name="Company">契約番号; null for staff of the bank.</param>
/// <param name="LoginId">ログインID.</param>
/// <param name="Name">利用者名.</param>
/// <param name="Role">利用者区分.</param>
/// <param name="DaysLeft">JST days until the certificate's expiry date (R5), negative when past; null: 未発行.</param>
/// <param name="IsRevoked">失効済み.</param>
internal sealed record DemoUser(string? Company, string LoginId, string Name, UserRole Role, int? DaysLeft, bool IsRevoked = false)
{
    public string MailAddress => $"{LoginId.ToLowerInvariant()}@example.jp";
}

/// <summary>Who is in the demo bank, and in which state at first start.</summary>
internal static class DemoUsers
{
    public const string LoginPassword = "Densai-Demo-2026";
    public const string ConfirmationPassword = "Kakunin-Demo-2026";

    /// <summary>Opens every PKCS#12 file.</summary>
    public const string FilePassword = "demo";

    /// <summary>Who revoked the one certificate that is revoked.</summary>
    public const string Revoker = "0501D00601M";

    /// <summary>How many JST days before first start that was.</summary>
    public const int RevokedDaysAgo = 15;

    public static readonly IReadOnlyList<DemoCompany> Companies =
    [
        new("0501D00601", "でんさい00601株式会社"),
        new("0501D47701", "でんさい47701株式会社"),
        new("0501D00900", "でんさい00900株式会社", AuthenticationMethod.IdAndPassword),
        new("0501D60001", "でんさい60001株式会社"),
        new("0501D70001", "でんさい70001株式会社"),
    ];

    public static readonly IReadOnlyList<DemoUser> All =
    [
        new("0501D00601", "0501D00601M", "でんさい00601マスタ", UserRole.Master, 300),
        new("0501D00601", "0501D00601S", "でんさい00601承認者", UserRole.General, 150, IsRevoked: true),
        new("0501D00601", "0501D00601T", "でんさい00601担当者", UserRole.General, -30),
        new("0501D00601", "0501D00601U", "でんさい00601一般", UserRole.General, 200),
        new("0501D00601", "0501D00601R", "でんさい00601更新", UserRole.General, 20),
        new("0501D00601", "0501D00601N", "でんさい00601新規", UserRole.General, null),
        new("0501D47701", "0501D47701M", "でんさい47701マスタ", UserRole.Master, 8),
        new("0501D47701", "0501D47701T", "でんさい47701担当者", UserRole.General, 100),
        new("0501D00900", "0501D00900M", "でんさい00900マスタ", UserRole.Master, null),
        new("0501D60001", "0501D60001M", "でんさい60001マスタ", UserRole.Master, 200),
        new("0501D60001", "0501D60001K", "でんさい60001副マスタ", UserRole.Master, 200),
        new("0501D60001", "0501D60001T", "でんさい60001担当者", UserRole.General, 39),
        new(null, "counter1", "窓口担当一", UserRole.CounterClerk, 300),
        new(null, "counter2", "窓口承認者二", UserRole.CounterApprover, 300),
    ];
}

/// <summary>When a certificate must have been issued to have so many days left now.</summary>
internal static class BackDating
{
    static readonly TimeOnly OfficeHour = new(10, 0);

    /// <summary>
    /// The instant of issue, UTC: the JST day from which R3 leads to the wanted expiry date, at ten in the morning. No year of R3
    /// ends on 29 February; wanted there, the certificate ends on the 28th, a day early.
    /// </summary>
    /// <param name="now">The application clock, UTC.</param>
    /// <param name="daysLeft">JST days until the expiry date (R5), negative when past.</param>
    /// <param name="validityYears">Years of R3.</param>
    public static DateTimeOffset IssuedAt(DateTimeOffset now, int daysLeft, int validityYears)
    {
        // notAfter is 23:59:59 UTC, in Japan the morning of the day after: the expiry date is one later than the date in notAfter.
        var expiry = JapanTime.JstDate(now).AddDays(daysLeft);
        return JapanTime.At(expiry.AddDays(-1).AddYears(-validityYears), OfficeHour);
    }
}
