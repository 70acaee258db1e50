using DensaiAdmin.Core;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Store;
using DensaiAdmin.Tests.Support;
using DensaiAdmin.Web.Health;
using DensaiAdmin.Web.Shared;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace DensaiAdmin.Tests.History;

/// <summary>
/// R26: a clock that is not to be trusted is told to people: an alarm each time it is found so, and red health as long as it is.
/// </summary>
public class ClockJobTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 27, 3, 0, 0, TimeSpan.Zero);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ClockBehind_RaisesOneAlarmWithBothInstants_AndAnotherTheNextTime()
    {
        using var bank = TestBank.Open();
        await bank.Act(work => work.Record(StoreWriterTests.Entry("before")));
        var latest = bank.Now;
        var watch = new ClockJob(bank.Writer.Clock, NewAlarms(bank), NullLogger<ClockJob>.Instance);
        await watch.RunOnceAsync(Cancellation);
        Assert.Empty(Raised(bank));

        bank.Clock.AdjustTime(latest.AddHours(-2));
        await watch.RunOnceAsync(Cancellation);
        await watch.RunOnceAsync(Cancellation);

        var alarm = Assert.Single(Raised(bank));
        Assert.Equal(latest, alarm.At);
        Assert.Equal($"Behind: {latest.AddHours(-2):yyyy-MM-dd'T'HH:mm:ss'Z'} / {latest:yyyy-MM-dd'T'HH:mm:ss'Z'}", alarm.Value);

        bank.Clock.AdjustTime(latest.AddHours(1));
        await watch.RunOnceAsync(Cancellation);
        bank.Clock.AdjustTime(latest.AddHours(-3));
        await watch.RunOnceAsync(Cancellation);
        Assert.Equal(2, Raised(bank).Count);
    }

    [Fact]
    public async Task ClockAhead_RaisesAnAlarmThatIsDatedByTheTrustedTime()
    {
        using var bank = TestBank.Open();
        var machine = new Machine(bank.Now);
        bank.Machine = machine;
        bank.Restart();
        machine.Pass(TimeSpan.FromMinutes(5));
        bank.Writer.Clock.Read();
        machine.Set(bank.Now.AddDays(330));

        await new ClockJob(bank.Writer.Clock, NewAlarms(bank), NullLogger<ClockJob>.Instance).RunOnceAsync(Cancellation);

        var alarm = Assert.Single(Raised(bank));
        Assert.Equal(bank.Now.AddMinutes(5), alarm.At);
        Assert.StartsWith("Ahead: ", alarm.Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_InTheBackground_LooksEveryTenSeconds()
    {
        using var bank = TestBank.Open();
        await bank.Act(work => work.Record(StoreWriterTests.Entry("before")));
        using var watch = new ClockJob(bank.Writer.Clock, NewAlarms(bank), NullLogger<ClockJob>.Instance);
        await watch.StartAsync(Cancellation);

        bank.Clock.AdjustTime(bank.Now.AddHours(-2));
        await Waiting.UntilAsync(() => Raised(bank).Count > 0, () => bank.Clock.Advance(TimeSpan.FromSeconds(1)));

        Assert.Null(watch.Fault);
        await watch.StopAsync(Cancellation);
    }

    [Theory]
    [InlineData(-119, true)]
    [InlineData(-121, false)]
    [InlineData(-20 * 86400, false)]
    public async Task Health_OfAClockBehind_IsRedWithBothInstantsAndTheRemedy(int seconds, bool isHealthy)
    {
        var guard = new ClockGuard(new FakeTimeProvider(Noon.AddSeconds(seconds)), Noon);

        var result = await new ClockCheck(guard).CheckHealthAsync(new HealthCheckContext(), Cancellation);

        Assert.Equal(isHealthy ? HealthStatus.Healthy : HealthStatus.Unhealthy, result.Status);
        if (!isHealthy)
        {
            var fault = ClockCheck.Evaluate(guard.Read())!;
            foreach (var cause in new[] { fault.Cause, fault.EnglishCause })
            {
                Assert.Contains(JapanTime.Format(Noon.AddSeconds(seconds)), cause, StringComparison.Ordinal);
                Assert.Contains(JapanTime.Format(Noon), cause, StringComparison.Ordinal);
            }

            Assert.Contains("reconcile --clock", fault.Remedy, StringComparison.Ordinal);
            Assert.Contains("reconcile --clock", fault.EnglishRemedy, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Health_OfAClockThatLeapt_NamesTheTimeThatShouldBe_AndIsGreenOnceItIsRight()
    {
        var machine = new Machine(Noon);
        var guard = new ClockGuard(machine, Noon);
        Assert.Null(ClockCheck.Evaluate(guard.Read()));
        machine.Set(Noon.AddDays(20));

        var fault = ClockCheck.Evaluate(guard.Read());

        Assert.Equal(HealthWeight.Failing, fault!.Weight);
        Assert.Contains(JapanTime.Format(Noon.AddDays(20)), fault.Cause, StringComparison.Ordinal);
        Assert.Contains(JapanTime.Format(Noon), fault.Cause, StringComparison.Ordinal);
        machine.Set(Noon);
        Assert.Null(ClockCheck.Evaluate(guard.Read()));
    }

    private static Alarms NewAlarms(TestBank bank) =>
        new(bank.Writer, NullLogger<Alarms>.Instance);

    private static List<HistoryRecord> Raised(TestBank bank) => [.. bank.History().Where(r => r.Operation == HistoryOperation.Alarm)];
}
