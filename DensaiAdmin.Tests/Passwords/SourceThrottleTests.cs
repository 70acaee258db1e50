using DensaiAdmin.Core.Passwords;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace DensaiAdmin.Tests.Passwords;

public class SourceThrottleTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly PasswordOptions _options = new() { OpenAttemptsPerSourceAndMinute = 2 };

    [Fact]
    public void Source_BeyondItsAttempts_WaitsForTheRestOfTheMinute()
    {
        var throttle = NewThrottle();
        Assert.Null(throttle.Take("192.0.2.1"));
        _clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Null(throttle.Take("192.0.2.1"));

        Assert.Equal(TimeSpan.FromSeconds(40), throttle.Take("192.0.2.1"));
        Assert.Null(throttle.Take("192.0.2.2"));
        _clock.Advance(TimeSpan.FromSeconds(40));
        Assert.Null(throttle.Take("192.0.2.1"));
    }

    [Fact]
    public void Source_OfOneIpv6Line_CountsAsOne()
    {
        var throttle = NewThrottle();
        Assert.Null(throttle.Take("2001:db8:0:1::1"));
        Assert.Null(throttle.Take("2001:db8:0:1:ffff::2"));

        Assert.NotNull(throttle.Take("2001:db8:0:1:1:2:3:4"));
        Assert.Null(throttle.Take("2001:db8:0:2::1"));
    }

    [Fact]
    public void GiveBack_LetsTheSourceTryOnceMore()
    {
        var throttle = NewThrottle();
        throttle.Take("192.0.2.1");
        throttle.Take("192.0.2.1");
        throttle.GiveBack("192.0.2.1");

        Assert.Null(throttle.Take("192.0.2.1"));
        Assert.NotNull(throttle.Take("192.0.2.1"));
    }

    [Fact]
    public void Sources_WithoutNumber_ShareOneAllowanceAndLeaveTheKnownAlone()
    {
        var throttle = NewThrottle();
        for (var i = 0; i < SourceThrottle.MaxSources; i++)
        {
            Assert.Null(throttle.Take($"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}"));
        }

        Assert.Null(throttle.Take("192.0.2.1"));
        Assert.Null(throttle.Take("192.0.2.2"));
        Assert.NotNull(throttle.Take("192.0.2.3"));
        Assert.Null(throttle.Take("10.0.0.1"));

        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(throttle.Take("192.0.2.3"));
        Assert.Null(throttle.Take("192.0.2.3"));
        Assert.NotNull(throttle.Take("192.0.2.3"));
    }

    [Fact]
    public void Sources_ThatWereTurnedAway_LeaveThePlacesToOthers()
    {
        var throttle = NewThrottle();
        for (var i = 0; i < SourceThrottle.MaxSources; i++)
        {
            var source = $"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}";
            throttle.Take(source);
            throttle.GiveBack(source);
        }

        Assert.Null(throttle.Take("192.0.2.1"));
        Assert.Null(throttle.Take("192.0.2.2"));
        Assert.Null(throttle.Take("192.0.2.3"));
    }

    private SourceThrottle NewThrottle() => new(Options.Create(_options), _clock);
}
