namespace DensaiAdmin.Core.Pki;

/// <summary>Settings section <c>CertificatePolicy</c>.</summary>
public sealed class CertificatePolicyOptions
{
    public const string Section = "CertificatePolicy";

    /// <summary>How long a certificate is valid, in years from the JST date of issue (R3). Default 1.</summary>
    [SettingNumber(1, 5, "年", "years")]
    public int ValidityYears { get; set; } = 1;

    /// <summary>How many JST days before the expiry date renewal opens (R7). Default 40.</summary>
    [SettingNumber(1, 180, "日", "days")]
    public int RenewalWindowDays { get; set; } = 40;

    /// <summary>JST days before the expiry date on which the owner is told (R5); 0 is the day itself. Empty: 40, 10, 0.</summary>
    // Empty and not the three, because the binder of settings adds to a list that is there already.
    [SettingNumber(0, 180, "日", "days")]
    public IReadOnlyList<int> NoticeDays { get; set; } = [];
}

/// <summary>R5: how near an expiry is, in JST days before its date.</summary>
public static class ExpiryNearness
{
    /// <summary>From so many days on an expiry is urgent, and the masters of the company are told of it too.</summary>
    public const int UrgentDays = 10;
}

/// <summary>R3: from when to when a certificate is valid.</summary>
public static class ValidityPolicy
{
    /// <summary>
    /// How far notBefore lies before the moment of issue: a node or a PC whose clock is a little behind must not find a
    /// certificate "not yet valid" that was handed out seconds ago.
    /// </summary>
    public static readonly TimeSpan ClockAllowance = TimeSpan.FromMinutes(5);

    static readonly TimeOnly LastSecond = new(23, 59, 59);

    /// <summary>
    /// First valid second, UTC: the moment of issue less <see cref="ClockAllowance"/>, cut to whole seconds, as RFC 5280 4.1.2.5 knows no
    /// fractions.
    /// </summary>
    public static DateTimeOffset NotBefore(DateTimeOffset issuedAt)
    {
        var allowed = issuedAt.ToUniversalTime() - ClockAllowance;
        return allowed.AddTicks(-(allowed.Ticks % TimeSpan.TicksPerSecond));
    }

    /// <summary>
    /// Last valid second (inclusive, RFC 5280 4.1.2.5), UTC: 23:59:59 UTC of the JST date of issue + <paramref name="years"/>,
    /// which is 08:59:59 JST the day after. Issued on 29 February, it ends by 28 February where there is no 29th.
    /// </summary>
    public static DateTimeOffset NotAfter(DateTimeOffset issuedAt, int years) =>
        new(JapanTime.JstDate(issuedAt).AddYears(years).ToDateTime(LastSecond), TimeSpan.Zero);
}

/// <summary>R7: when a certificate may be renewed.</summary>
internal static class RenewalWindow
{
    /// <summary>
    /// Whether the window is open at <paramref name="now"/>: from 00:00 JST of the day <paramref name="windowDays"/> days before the
    /// JST expiry date until the last second of <paramref name="notAfter"/>.
    /// </summary>
    public static bool IsOpen(DateTimeOffset notAfter, DateTimeOffset now, int windowDays) =>
        !CertificateStatuses.HasExpired(notAfter, now) && JapanTime.DaysUntil(notAfter, now) <= windowDays;
}
