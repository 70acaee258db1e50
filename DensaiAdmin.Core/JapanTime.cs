using System.Globalization;

namespace DensaiAdmin.Core;

/// <summary>
/// The one place where a stored UTC instant becomes a Japanese date or wall-clock time (R19), and where days are counted (R5).
/// </summary>
public static class JapanTime
{
    const string ShownDate = "yyyy'年'MM'月'dd'日'";

    const string Shown = "yyyy'年'MM'月'dd'日' HH'時'mm'分'ss'秒'";

    static readonly TimeZoneInfo Tokyo = TimeZoneInfo.FindSystemTimeZoneById("Asia/Tokyo");

    /// <summary>The same instant with the offset of Asia/Tokyo.</summary>
    public static DateTimeOffset ToJst(DateTimeOffset instant) => TimeZoneInfo.ConvertTime(instant, Tokyo);

    /// <summary>The calendar date in Japan at that instant.</summary>
    public static DateOnly JstDate(DateTimeOffset instant) => DateOnly.FromDateTime(ToJst(instant).DateTime);

    /// <summary>The instant at which that wall-clock time is reached in Japan, in UTC.</summary>
    public static DateTimeOffset At(DateOnly date, TimeOnly time)
    {
        var local = date.ToDateTime(time, DateTimeKind.Unspecified);
        return new DateTimeOffset(local, Tokyo.GetUtcOffset(local)).ToUniversalTime();
    }

    /// <summary>R19: <c>2023年09月01日 08時59分59秒</c>, JST; fractions of a second are cut off, never rounded up.</summary>
    public static string Format(DateTimeOffset instant) => ToJst(instant).ToString(Shown, CultureInfo.InvariantCulture);

    /// <summary>The date of R19 alone: <c>2023年09月01日</c>, JST.</summary>
    public static string FormatDate(DateTimeOffset instant) => ToJst(instant).ToString(ShownDate, CultureInfo.InvariantCulture);

    /// <summary>The hour in a sentence: <c>8時59分59秒</c>, JST.</summary>
    public static string FormatHour(DateTimeOffset instant) => ToJst(instant).ToString("H'時'mm'分'ss'秒'", CultureInfo.InvariantCulture);

    /// <summary>
    /// R5: whole days from now to the expiry, counted in JST dates: 0 on the day itself (当日), whatever the hours; negative afterwards.
    /// </summary>
    public static int DaysUntil(DateTimeOffset expiry, DateTimeOffset now) => JstDate(expiry).DayNumber - JstDate(now).DayNumber;
}
