using DensaiAdmin.Core;
using DensaiAdmin.Core.ExpiryNotices;
using DensaiAdmin.Core.Pki;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Microsoft.Extensions.Configuration;

namespace DensaiAdmin.Tests.ExpiryNotices;

public class ExpiryMailPolicyTests
{
    private static readonly ExpiryMailPolicy Usual = new([]);

    // Issued 2022-08-31 JST: the manual's own example.
    private static readonly DateTimeOffset NotAfter = ValidityPolicy.NotAfter(Jst("2022-08-31T10:00:00"), 1);

    [Theory]
    [InlineData("2023-07-23T08:59:59", null)]
    [InlineData("2023-07-23T09:00:00", 40)]
    [InlineData("2023-08-22T08:59:59", 40)]
    [InlineData("2023-08-22T09:00:00", 10)]
    [InlineData("2023-08-31T23:59:59", 10)]
    [InlineData("2023-09-01T00:00:00", 0)]
    [InlineData("2023-09-01T08:59:59.999", 0)]
    [InlineData("2023-09-01T09:00:00", null)]
    public void Stage_ChangesAtNineInTheMorning_AndAtMidnightOfTheDayItself(string now, int? stage) =>
        Assert.Equal(stage, Usual.CurrentAt(NotAfter, Jst(now)));

    [Theory]
    // A year that ends on the leap day itself; one of 29 February, which ends on 1 March in Japan; one whose last days hold the leap day.
    [InlineData("2027-02-28T12:00:00", 10, "2028-02-19T09:00:00")]
    [InlineData("2028-02-29T12:00:00", 10, "2029-02-19T09:00:00")]
    [InlineData("2027-03-01T12:00:00", 10, "2028-02-21T09:00:00")]
    [InlineData("2027-03-01T12:00:00", 40, "2028-01-22T09:00:00")]
    // Over the end of a year, and on New Year's Day itself.
    [InlineData("2026-12-31T12:00:00", 0, "2028-01-01T00:00:00")]
    [InlineData("2026-12-31T12:00:00", 10, "2027-12-22T09:00:00")]
    [InlineData("2026-01-05T12:00:00", 10, "2026-12-27T09:00:00")]
    [InlineData("2026-01-05T12:00:00", 40, "2026-11-27T09:00:00")]
    // Issued at 23:59 and at 00:00 in Japan, while the UTC date is the same.
    [InlineData("2026-04-30T23:59:59", 0, "2027-05-01T00:00:00")]
    [InlineData("2026-05-01T00:00:00", 0, "2027-05-02T00:00:00")]
    public void DueAt_CountsJstDates(string issued, int stage, string due) =>
        Assert.Equal(Jst(due), ExpiryMailPolicy.DueAt(ValidityPolicy.NotAfter(Jst(issued), 1), stage));

    [Theory]
    [InlineData("2026-11-25T08:59:59", "2026-11-25T09:00:00")]
    [InlineData("2026-11-25T09:00:00", "2026-11-26T00:00:00")]
    [InlineData("2026-12-31T23:59:59", "2027-01-01T00:00:00")]
    [InlineData("2028-02-28T10:00:00", "2028-02-29T00:00:00")]
    public void NextAfter_IsTheNextMorningOrMidnight(string now, string next) =>
        Assert.Equal(Jst(next), ExpiryMailPolicy.NextAfter(Jst(now)));

    [Fact]
    public void Settings_ReplaceTheDays_AndDoNotAddToThem()
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(
                new Dictionary<string,
                string?>(StringComparer.Ordinal)
                { ["NoticeDays:0"] = "7", ["NoticeDays:1"] = "30", ["NoticeDays:2"] = "7" })
            .Build();

        Assert.Equal([30, 7], ExpiryMailPolicy.Of(configuration.Get<CertificatePolicyOptions>()!).Stages);
        Assert.Equal([40, 10, 0], ExpiryMailPolicy.Of(new CertificatePolicyOptions()).Stages);
    }

    [Property(MaxTest = 2000, Arbitrary = [typeof(Moments)])]
    public void Stage_IsTheLastThatIsDue_AndEndsWithTheCertificate(Moment issued, Moment moment, NonEmptyArray<PositiveInt> days)
    {
        var policy = new ExpiryMailPolicy([.. days.Get.Select(d => d.Get % 120), 0]);
        var (notAfter, now) = (ValidityPolicy.NotAfter(issued.At, 1), moment.At);

        var stage = policy.CurrentAt(notAfter, now);

        var due = policy.Stages.Where(s => ExpiryMailPolicy.DueAt(notAfter, s) <= now).ToList();
        Assert.Equal(CertificateStatuses.HasExpired(notAfter, now) || due.Count == 0 ? null : due.Min(), stage);
        if (stage is { } current)
        {
            // Days never say more than the stage promises, and midnight in Japan is where they change.
            var left = JapanTime.DaysUntil(notAfter, now);
            Assert.InRange(left, 0, current);
            Assert.Equal(left, (JapanTime.At(
                JapanTime.JstDate(notAfter), TimeOnly.MinValue) - JapanTime.At(JapanTime.JstDate(now), TimeOnly.MinValue)).TotalDays);
        }
    }

    [Property(MaxTest = 5000, Arbitrary = [typeof(Moments)])]
    public void Windows_HoldExactlyTheCertificatesOfEachStage(Moment issued, int minutes, bool atAnEdge)
    {
        var notAfter = ValidityPolicy.NotAfter(issued.At, 1);
        // Mostly in the last weeks of it, and often at the very instant at which something becomes due.
        var now = atAnEdge
            ? ExpiryMailPolicy.DueAt(notAfter, ExpiryMailPolicy.Usual[(minutes & int.MaxValue) % 3]).AddMilliseconds(minutes % 3)
            : notAfter.AddMinutes(minutes % (60 * 24 * 50));

        var inWindow = Usual.WindowsAt(now).Where(w => w.From <= notAfter && notAfter < w.Before).Select(w => (int?)w.Stage).ToList();

        Assert.Equal(Usual.CurrentAt(notAfter, now) is { } stage ? [stage] : [], inWindow);
    }

    [Property(MaxTest = 1000, Arbitrary = [typeof(Moments)])]
    public void NothingBecomesDue_BetweenTwoRounds(Moment issued, Moment moment)
    {
        var notAfter = ValidityPolicy.NotAfter(issued.At, 1);
        var (now, next) = (moment.At, ExpiryMailPolicy.NextAfter(moment.At));

        Assert.InRange(next - now, TimeSpan.FromTicks(1), TimeSpan.FromHours(15));
        Assert.All(Usual.Stages, stage => Assert.False(ExpiryMailPolicy.DueAt(notAfter, stage) is var due && due > now && due < next));
    }

    private static DateTimeOffset Jst(string text) =>
        DateTimeOffset.Parse(text + "+09:00", System.Globalization.CultureInfo.InvariantCulture).ToUniversalTime();

    /// <summary>An instant between 2020 and 2040, often beside a midnight in Japan or at the end of a month.</summary>
    public sealed record Moment(DateTimeOffset At);

    public static class Moments
    {
        public static Arbitrary<Moment> Moment() => Arb.From(
            from day in Gen.Choose(0, 7300)
            from second in Gen.Frequency((2, Gen.Choose(0, 86399)), (1, Gen.Elements(0, 1, 86399, (9 * 3600) - 1, 9 * 3600)))
            from toMonthEnd in Gen.Elements(false, false, true)
            let date = DateOnly.FromDayNumber(new DateOnly(2020, 1, 1).DayNumber + day)
            let chosen = toMonthEnd ? new DateOnly(date.Year, date.Month, DateTime.DaysInMonth(date.Year, date.Month)) : date
            select new Moment(JapanTime.At(chosen, TimeOnly.FromTimeSpan(TimeSpan.FromSeconds(second)))));
    }
}
