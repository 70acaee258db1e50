using System.Globalization;
using DensaiAdmin.EnrollmentApp.Screens;

namespace DensaiAdmin.EnrollmentApp.Enrollment;

/// <summary>Japan's time, the same all year round: shown, and counted in days, whatever zone this PC is set to (R5, R19).</summary>
internal static class JapanTime
{
    private static readonly TimeSpan Offset = TimeSpan.FromHours(9);

    public static DateTimeOffset Of(DateTimeOffset instant) => instant.ToOffset(Offset);

    /// <summary><c>2023年09月01日 08時59分59秒</c>, or <c>1 September 2023, 08:59:59</c>.</summary>
    public static string Exact(DateTimeOffset instant) =>
        Of(instant).ToString(Words.IsEnglish ? "d MMMM yyyy', 'HH':'mm':'ss" : "yyyy'年'MM'月'dd'日' HH'時'mm'分'ss'秒'", CultureInfo.InvariantCulture);

    /// <summary><c>2023年09月01日</c>, or <c>1 September 2023</c>.</summary>
    public static string Day(DateTimeOffset instant) =>
        Of(instant).ToString(Words.IsEnglish ? "d MMMM yyyy" : "yyyy'年'MM'月'dd'日'", CultureInfo.InvariantCulture);

    /// <summary>For <c>&lt;time datetime&gt;</c>.</summary>
    public static string Machine(DateTimeOffset instant) => Of(instant).ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);

    /// <summary>Whole days from today's date to that of <paramref name="until"/>; 0 on the last day.</summary>
    public static int DaysLeft(DateTimeOffset now, DateTimeOffset until) => (Of(until).Date - Of(now).Date).Days;
}
