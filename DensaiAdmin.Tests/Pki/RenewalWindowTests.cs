using DensaiAdmin.Core;
using DensaiAdmin.Core.Pki;
using FsCheck.Xunit;

namespace DensaiAdmin.Tests.Pki;

public class RenewalWindowTests
{
    // Issued on 31 August 2026 JST: ends 2027年09月01日 08時59分59秒.
    private static readonly DateTimeOffset NotAfter = ValidityPolicy.NotAfter(new(2026, 8, 31, 3, 0, 0, TimeSpan.Zero), 1);

    [Theory]
    [InlineData("2027-07-22T23:59:59+09:00", false)]
    [InlineData("2027-07-23T00:00:00+09:00", true)]
    [InlineData("2027-09-01T08:59:59+09:00", true)]
    [InlineData("2027-09-01T08:59:59.999+09:00", true)]
    [InlineData("2027-09-01T09:00:00+09:00", false)]
    public void Window_IsOpen_From40JstDaysBeforeUntilTheLastSecond(string now, bool open)
    {
        var at = DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture);

        Assert.Equal(open, RenewalWindow.IsOpen(NotAfter, at, 40));
    }

    /// <summary>
    /// Whatever the day of issue and the setting: the window is one stretch that begins at 00:00 JST and ends with the certificate.
    /// </summary>
    [Property]
    public void Window_IsOneStretch(ushort dayOfIssue, byte days, uint secondsBefore)
    {
        var issued = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddDays(dayOfIssue % 3000);
        var notAfter = ValidityPolicy.NotAfter(issued, 1);
        var opens = JapanTime.At(JapanTime.JstDate(notAfter).AddDays(-days), TimeOnly.MinValue);
        var now = notAfter.AddSeconds(-(secondsBefore % (400 * 86400)));

        Assert.Equal(now >= opens, RenewalWindow.IsOpen(notAfter, now, days));
        Assert.True(RenewalWindow.IsOpen(notAfter, opens, days));
        Assert.False(RenewalWindow.IsOpen(notAfter, opens.AddMilliseconds(-1), days));
        Assert.False(RenewalWindow.IsOpen(notAfter, notAfter.AddSeconds(1), days));
    }
}
