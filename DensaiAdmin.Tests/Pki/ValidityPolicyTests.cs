using System.Globalization;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Tests.Support;
using FsCheck.Xunit;

namespace DensaiAdmin.Tests.Pki;

public sealed class ValidityPolicyTests
{
    [Theory]
    [InlineData("2022-08-31T10:00:00+09:00", "2023-08-31T23:59:59Z", "2023年09月01日 08時59分59秒")]
    [InlineData("2022-08-31T00:00:00+09:00", "2023-08-31T23:59:59Z", "2023年09月01日 08時59分59秒")]
    [InlineData("2022-08-31T23:59:59+09:00", "2023-08-31T23:59:59Z", "2023年09月01日 08時59分59秒")]
    [InlineData("2022-08-31T15:00:00Z", "2023-09-01T23:59:59Z", "2023年09月02日 08時59分59秒")]
    [InlineData("2024-02-29T12:00:00+09:00", "2025-02-28T23:59:59Z", "2025年03月01日 08時59分59秒")]
    [InlineData("2023-02-28T12:00:00+09:00", "2024-02-28T23:59:59Z", "2024年02月29日 08時59分59秒")]
    [InlineData("2026-12-31T23:30:00+09:00", "2027-12-31T23:59:59Z", "2028年01月01日 08時59分59秒")]
    public void NotAfter_IssuedOnAJapaneseDate_EndsAYearLaterAtNineInTheMorningAfter(string issuedAt, string notAfter, string shown)
    {
        var end = ValidityPolicy.NotAfter(Parse(issuedAt), 1);

        Assert.Equal(Parse(notAfter), end);
        Assert.Equal(shown, JapanTime.Format(end));
    }

    [Property(Arbitrary = [typeof(ThisCentury)])]
    public bool NotAfter_AnyIssue_IsLastSecondInUtcOfTheAnniversary(DateTimeOffset issuedAt)
    {
        var issue = issuedAt.UtcDateTime.AddHours(9).Date;
        var anniversary = issue is { Month: 2, Day: 29 }
            ? new DateTime(issue.Year + 1, 2, 28)
            : new DateTime(issue.Year + 1, issue.Month, issue.Day);
        var end = ValidityPolicy.NotAfter(issuedAt, 1);
        return end.Offset == TimeSpan.Zero && end.UtcDateTime == anniversary.AddDays(1).AddSeconds(-1);
    }

    [Property(Arbitrary = [typeof(ThisCentury)])]
    public bool NotAfter_TheWholeJapaneseDay_IsTheSame(DateTimeOffset issuedAt)
    {
        var midnight = JapanTime.At(JapanTime.JstDate(issuedAt), TimeOnly.MinValue);
        return ValidityPolicy.NotAfter(midnight, 1) == ValidityPolicy.NotAfter(issuedAt, 1)
            && ValidityPolicy.NotAfter(midnight.AddDays(1).AddTicks(-1), 1) == ValidityPolicy.NotAfter(issuedAt, 1);
    }

    [Property(Arbitrary = [typeof(ThisCentury)])]
    public bool NotAfter_SeveralYears_EndsWhereTheCalendarDoes(DateTimeOffset issuedAt) =>
        Enumerable.Range(1, 5).All(years => ValidityPolicy.NotAfter(issuedAt, years) - issuedAt is var span
            && span > TimeSpan.FromDays((365 * years) - 1)
            && span < TimeSpan.FromDays((366 * years) + 2));

    [Property(Arbitrary = [typeof(ThisCentury)])]
    public bool NotBefore_AnyIssue_IsAWholeSecondJustBefore(DateTimeOffset issuedAt)
    {
        var start = ValidityPolicy.NotBefore(issuedAt);
        return start.Ticks % TimeSpan.TicksPerSecond == 0
            && issuedAt - start >= ValidityPolicy.ClockAllowance
            && issuedAt - start < ValidityPolicy.ClockAllowance + TimeSpan.FromSeconds(1);
    }

    static DateTimeOffset Parse(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
