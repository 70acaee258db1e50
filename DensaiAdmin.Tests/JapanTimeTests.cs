using DensaiAdmin.Core;
using DensaiAdmin.Tests.Support;
using FsCheck.Xunit;

namespace DensaiAdmin.Tests;

public sealed class JapanTimeTests
{
    [Theory]
    [InlineData("2023-08-31T23:59:59Z", "2023年09月01日 08時59分59秒")]
    [InlineData("2026-12-31T15:00:00Z", "2027年01月01日 00時00分00秒")]
    [InlineData("2026-12-31T14:59:59.999Z", "2026年12月31日 23時59分59秒")]
    [InlineData("2026-07-01T12:00:00-07:00", "2026年07月02日 04時00分00秒")]
    public void Format_AnyInstant_IsJapaneseWallClock(string instant, string shown) =>
        Assert.Equal(shown, JapanTime.Format(Parse(instant)));

    [Theory]
    [InlineData("2026-11-22T14:59:59Z", "2026-11-22T23:59:59Z", 1)]
    [InlineData("2026-11-22T15:00:00Z", "2026-11-22T23:59:59Z", 0)]
    [InlineData("2026-11-22T23:59:59Z", "2026-11-22T23:59:59Z", 0)]
    [InlineData("2026-11-23T15:00:00Z", "2026-11-22T23:59:59Z", -1)]
    [InlineData("2026-10-13T15:00:00Z", "2026-11-22T23:59:59Z", 40)]
    public void DaysUntil_AroundMidnight_CountsJapaneseDates(string now, string expiry, int days) =>
        Assert.Equal(days, JapanTime.DaysUntil(Parse(expiry), Parse(now)));

    [Property(Arbitrary = [typeof(ThisCentury)])]
    public bool JstDate_AnyInstant_IsTheDateNineHoursOn(DateTimeOffset instant) =>
        JapanTime.JstDate(instant) == DateOnly.FromDateTime(instant.UtcDateTime.AddHours(9));

    [Property(Arbitrary = [typeof(ThisCentury)])]
    public bool DaysUntil_ADayLater_IsOneLess(DateTimeOffset expiry, DateTimeOffset now) =>
        JapanTime.DaysUntil(expiry, now.AddDays(1)) == JapanTime.DaysUntil(expiry, now) - 1;

    [Property(Arbitrary = [typeof(ThisCentury)])]
    public bool DaysUntil_Zero_ExactlyFromMidnightToMidnight(DateTimeOffset expiry)
    {
        var midnight = JapanTime.At(JapanTime.JstDate(expiry), TimeOnly.MinValue);
        return JapanTime.DaysUntil(expiry, midnight) == 0
            && JapanTime.DaysUntil(expiry, midnight.AddDays(1).AddTicks(-1)) == 0
            && JapanTime.DaysUntil(expiry, midnight.AddTicks(-1)) == 1
            && JapanTime.DaysUntil(expiry, midnight.AddDays(1)) == -1;
    }

    [Property(Arbitrary = [typeof(ThisCentury)])]
    public bool At_DateAndTimeOfAnInstant_IsThatInstant(DateTimeOffset instant)
    {
        var jst = JapanTime.ToJst(instant);
        return JapanTime.At(DateOnly.FromDateTime(jst.DateTime), TimeOnly.FromDateTime(jst.DateTime)) == instant;
    }

    static DateTimeOffset Parse(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
