using System.Globalization;

namespace DensaiAdmin.EnrollmentApp.Shared;

/// <summary>
/// Japan's time, in which times are shown and days are counted whatever zone this PC is set to (R5, R19). It has no summer time.
/// </summary>
internal static class JapanTime
{
    private static readonly TimeSpan Offset = TimeSpan.FromHours(9);

    public static DateTimeOffset Of(DateTimeOffset instant) => instant.ToOffset(Offset);

    /// <summary><c>2023年09月01日 08時59分59秒</c>, or <c>1 September 2023, 08:59:59</c>.</summary>
    public static string Exact(DateTimeOffset instant) =>
        Of(instant).ToString(
            Words.IsEnglish ? "d MMMM yyyy', 'HH':'mm':'ss" : "yyyy'年'MM'月'dd'日' HH'時'mm'分'ss'秒'", CultureInfo.InvariantCulture);

    /// <summary><c>2023年09月01日</c>, or <c>1 September 2023</c>.</summary>
    public static string Day(DateTimeOffset instant) =>
        Of(instant).ToString(Words.IsEnglish ? "d MMMM yyyy" : "yyyy'年'MM'月'dd'日'", CultureInfo.InvariantCulture);

    /// <summary>For the attribute of <c>&lt;time datetime&gt;</c>.</summary>
    public static string Machine(DateTimeOffset instant) => Of(instant).ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);

    /// <summary>Midnight in Japan, so many days after the day of <paramref name="instant"/>.</summary>
    public static DateTimeOffset StartOfDay(DateTimeOffset instant, int days) => new(Of(instant).Date.AddDays(days), Offset);

    /// <summary>Days from today's date to that of <paramref name="until"/>; 0 on the last day.</summary>
    public static int DaysLeft(DateTimeOffset now, DateTimeOffset until) => (Of(until).Date - Of(now).Date).Days;
}
