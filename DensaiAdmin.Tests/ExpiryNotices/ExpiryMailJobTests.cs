using DensaiAdmin.Core;
using DensaiAdmin.Core.ExpiryNotices;
using DensaiAdmin.Tests.Mail;
using DensaiAdmin.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace DensaiAdmin.Tests.ExpiryNotices;

public class ExpiryMailJobTests
{
    [Fact]
    public async Task Rounds_QueueAtStart_AndAtMidnightOfTheLastDay()
    {
        var notAfter = new DateTimeOffset(2027, 3, 14, 23, 59, 59, TimeSpan.Zero);
        await using var office = await PostOffice.Open(
            masters: false, startAt: JapanTime.At(new DateOnly(2027, 3, 14), new TimeOnly(23, 58)));
        await office.Bank.GiveCertificate(office.Owner, notAfter);
        using var rounds = new ExpiryMailJob(office.Notices, office.Bank.Clock, NullLogger<ExpiryMailJob>.Instance);

        await rounds.StartAsync(TestContext.Current.CancellationToken);
        await Waiting.UntilAsync(() => office.Rows.Count == 1);
        // The minute may pass before the rounds have begun to wait for it; then the next one wakes them.
        await Waiting.UntilAsync(() =>
        {
            office.Bank.Clock.Advance(TimeSpan.FromMinutes(1));
            return office.Rows.Count == 2;
        });
        await rounds.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal([10, 0], office.Rows.Select(m => m.Stage!.Value));
        Assert.True(office.Rows[1].CreatedAt >= JapanTime.At(new DateOnly(2027, 3, 15), TimeOnly.MinValue));
    }

    [Theory]
    [InlineData("2027-03-14T23:58:00+09:00", "00:02:00")]
    [InlineData("2027-03-14T08:59:59+09:00", "00:00:01")]
    [InlineData("2027-03-14T12:00:00+09:00", "00:05:00")]
    public void Wait_EndsAtTheHour_AndNeverLaterThanAClockMayBeSetForward(string now, string wait) =>
        Assert.Equal(
            TimeSpan.Parse(wait, System.Globalization.CultureInfo.InvariantCulture),
            ExpiryMailJob.WaitAfter(DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture)));
}
