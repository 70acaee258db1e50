using FsCheck;
using FsCheck.Fluent;

namespace DensaiAdmin.Tests.Support;

/// <summary>Instants of this century, half of them within a minute of a midnight in Japan or in UTC, many on 28 and 29 February.</summary>
public static class ThisCentury
{
    static readonly DateTimeOffset First = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
    const int Days = 99 * 365;

    public static Arbitrary<DateTimeOffset> Any() =>
        Gen.OneOf(Anywhere(), AroundMidnight(), LeapDays()).ToArbitrary();

    static Gen<DateTimeOffset> Anywhere() =>
        from day in Gen.Choose(0, Days)
        from second in Gen.Choose(0, 86_399)
        from tick in Gen.Choose(0, 9_999_999)
        select First.AddDays(day).AddSeconds(second).AddTicks(tick);

    static Gen<DateTimeOffset> AroundMidnight() =>
        from day in Gen.Choose(1, Days)
        from hour in Gen.Elements(0, 15)
        from second in Gen.Choose(-60, 60)
        select First.AddDays(day).AddHours(hour).AddSeconds(second);

    static Gen<DateTimeOffset> LeapDays() =>
        from year in Gen.Choose(0, 24)
        from minute in Gen.Choose(-1_440, 2_880)
        select new DateTimeOffset(2000 + (4 * year), 2, 29, 0, 0, 0, TimeSpan.FromHours(9)).AddMinutes(minute).ToUniversalTime();
}
