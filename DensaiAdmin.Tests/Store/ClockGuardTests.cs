using DensaiAdmin.Core;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace DensaiAdmin.Tests.Store;

/// <summary>R26: when the clock is to be trusted, and what the time is when it is not.</summary>
public class ClockGuardTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 27, 3, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, ClockStanding.Trusted)]
    [InlineData(120, ClockStanding.Trusted)]
    [InlineData(121, ClockStanding.Behind)]
    [InlineData(7200, ClockStanding.Behind)]
    [InlineData(86400 * 330, ClockStanding.Behind)]
    public void Standing_BehindTheLatestRecord_IsTrustedForTwoMinutes(int seconds, ClockStanding expected)
    {
        var guard = new ClockGuard(new FakeTimeProvider(Noon.AddSeconds(-seconds)), Noon);

        var reading = guard.Read();

        Assert.Equal(expected, reading.Standing);
        Assert.Equal(Noon.AddSeconds(-seconds), reading.Wall);
        if (expected == ClockStanding.Behind)
        {
            Assert.Equal((Noon, Noon), (reading.Expected, reading.Now));
            Assert.Equal(reading, Assert.Throws<ClockNotTrustedException>(() => guard.Require()).Reading);
        }
        else
        {
            guard.Require();
        }
    }

    [Fact]
    public void Standing_In1970_IsBehindAndStillDatesActs()
    {
        var guard = new ClockGuard(new FakeTimeProvider(DateTimeOffset.UnixEpoch), Noon);

        Assert.Equal(ClockStanding.Behind, guard.Read().Standing);
        Assert.Equal(Noon, guard.DateWork().At);
    }

    [Fact]
    public void Behind_ActsAreDatedAsTheLatestAndTimeGoesOnForWhatIsEvaluated()
    {
        var clock = new FakeTimeProvider(Noon.AddHours(-2));
        var guard = new ClockGuard(clock, Noon);
        Assert.Equal(Noon, guard.GetUtcNow());

        clock.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal(Noon, guard.DateWork().At);
        Assert.Equal(Noon.AddMinutes(10), guard.GetUtcNow());
    }

    [Fact]
    public void Behind_IsOverOnceTheClockIsRight()
    {
        var clock = new FakeTimeProvider(Noon.AddHours(-2));
        var guard = new ClockGuard(clock, Noon);
        Assert.False(guard.Read().IsTrusted);

        clock.Advance(TimeSpan.FromHours(3));

        Assert.True(guard.Read().IsTrusted);
        Assert.Equal(Noon.AddHours(1), guard.GetUtcNow());
        Assert.Equal(Noon.AddHours(1), guard.DateWork().At);
    }

    [Fact]
    public void Behind_AtMostTwoMinutes_ActsFollowTheLatestOne()
    {
        var guard = new ClockGuard(new FakeTimeProvider(Noon.AddSeconds(-90)), Noon);

        Assert.Equal(Noon, guard.DateWork().At);
    }

    [Fact]
    public void FakeClock_ThatLeapsAhead_TripsNothing()
    {
        var clock = new FakeTimeProvider(Noon);
        var guard = new ClockGuard(clock, Noon);

        clock.AdjustTime(Noon.AddDays(400));

        Assert.True(guard.Read().IsTrusted);
    }

    [Fact]
    public void ShiftedClock_TripsNothing()
    {
        var guard = new ClockGuard(new ShiftedTimeProvider(TimeProvider.System, Noon.AddDays(-900)), null);

        Assert.True(guard.Read().IsTrusted);
        Assert.Null(BootClock.Of(new ShiftedTimeProvider(TimeProvider.System, Noon)));
    }

    [Fact]
    public void MachinesOwnClock_OnLinux_IsHeldAgainstTheTimeSinceBoot()
    {
        var sinceBoot = BootClock.Of(TimeProvider.System);
        if (!OperatingSystem.IsLinux())
        {
            Assert.Null(sinceBoot);
            return;
        }

        // /proc/uptime is CLOCK_BOOTTIME, told by another way.
        var uptime = double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(sinceBoot!().TotalSeconds, uptime - 1, uptime + 60);
        Assert.True(new ClockGuard(TimeProvider.System).Read().IsTrusted);
    }

    [Theory]
    [InlineData(23.9, ClockStanding.Trusted)]
    [InlineData(24.1, ClockStanding.Ahead)]
    [InlineData(24 * 330, ClockStanding.Ahead)]
    public void Jump_WhileRunning_IsFollowedForADay(double hours, ClockStanding expected)
    {
        var machine = new Machine(Noon);
        var guard = new ClockGuard(machine, Noon);
        machine.Pass(TimeSpan.FromMinutes(5));

        machine.Set(machine.Now.AddHours(hours));

        Assert.Equal(expected, guard.Read().Standing);
    }

    [Fact]
    public void Ahead_TimeGoesOnFromTheLastTrustedInstant()
    {
        var machine = new Machine(Noon);
        var guard = new ClockGuard(machine, Noon);
        machine.Pass(TimeSpan.FromMinutes(5));
        guard.Read();
        machine.Set(Noon.AddDays(330));
        machine.Pass(TimeSpan.FromHours(30));

        var reading = guard.Read();

        Assert.Equal(ClockStanding.Ahead, reading.Standing);
        Assert.Equal((Noon.AddDays(330).AddHours(30), Noon.AddMinutes(5).AddHours(30)), (reading.Wall, reading.Expected));
        Assert.Equal(Noon.AddMinutes(5).AddHours(30), guard.GetUtcNow());
        Assert.Equal(Noon.AddMinutes(5).AddHours(30), guard.DateWork().At);
    }

    [Fact]
    public void Ahead_IsOverOnceTheClockIsSetBack()
    {
        var machine = new Machine(Noon);
        var guard = new ClockGuard(machine, Noon);
        machine.Set(Noon.AddDays(20));
        guard.NoteRecorded(guard.DateWork().At);
        Assert.False(guard.Read().IsTrusted);

        machine.Pass(TimeSpan.FromHours(1));
        machine.Set(Noon.AddHours(1));

        Assert.True(guard.Read().IsTrusted);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Behind_In1970_IsOverOnceTheClockIsRight_HoweverFarItLeaps(bool atAStart)
    {
        var machine = new Machine(atAStart ? DateTimeOffset.UnixEpoch : Noon);
        var guard = new ClockGuard(machine, Noon);
        machine.Set(DateTimeOffset.UnixEpoch);
        Assert.Equal(ClockStanding.Behind, guard.Read().Standing);
        machine.Pass(TimeSpan.FromHours(1));
        Assert.Equal(ClockStanding.Behind, guard.Read().Standing);

        machine.Set(Noon.AddHours(1));
        Assert.Equal(ClockStanding.Trusted, guard.Read().Standing);

        machine.Set(Noon.AddDays(20));
        Assert.Equal(ClockStanding.Ahead, guard.Read().Standing);
    }

    [Fact]
    public void Behind_SetWhileRunning_IsNotOverByALeapThatPassesTheRightTime()
    {
        var machine = new Machine(Noon);
        var guard = new ClockGuard(machine, Noon);
        machine.Set(DateTimeOffset.UnixEpoch);
        Assert.Equal(ClockStanding.Behind, guard.Read().Standing);

        machine.Set(Noon.AddDays(330));

        Assert.Equal(ClockStanding.Ahead, guard.Read().Standing);
        Assert.Equal(Noon, guard.GetUtcNow());
    }

    [Fact]
    public void Sleep_OfTheMachine_IsNoJump()
    {
        var machine = new Machine(Noon);
        var guard = new ClockGuard(machine, Noon);

        machine.Pass(TimeSpan.FromDays(60));

        Assert.True(guard.Read().IsTrusted);
    }

    [Fact]
    public void FoundAhead_AtAStart_IsAccepted()
    {
        var machine = new Machine(Noon.AddDays(330));

        Assert.True(new ClockGuard(machine, Noon).Read().IsTrusted);
    }

    [Fact]
    public void Accept_MakesTimeGoOnFromNow()
    {
        var clock = new FakeTimeProvider(Noon.AddDays(-20));
        var guard = new ClockGuard(clock, Noon);
        Assert.False(guard.Read().IsTrusted);

        Assert.Equal(Noon.AddDays(-20), guard.Accept());

        Assert.True(guard.Read().IsTrusted);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Noon.AddDays(-20).AddSeconds(1), guard.DateWork().At);
    }
}
