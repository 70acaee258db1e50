using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Recovery;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Store;
using DensaiAdmin.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace DensaiAdmin.Tests.Recovery;

/// <summary>
/// R26: a clock that was ahead, put right, and reconciled by people: time goes on, no entry is lost, the audit accepts that step alone.
/// </summary>
public class ReconcileClockTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(20)]
    [InlineData(330)]
    public async Task ClockThatWasAhead_IsReconciled_AndTheNextListIsDatedNowAndWhole(int days)
    {
        using var bank = await IssuingBank.OpenAsync();
        var issued = await bank.Issue();
        var before = bank.Bank.Now;
        bank.Bank.Clock.AdjustTime(before.AddDays(days));
        await bank.Revoke(bank.User);
        await bank.Bank.Act(work => work.Record(StoreWriterTests.Entry("ahead")));
        await bank.Publisher.PublishAsync(always: false, Cancellation);
        var ahead = bank.Publisher.Current!.List;
        bank.Bank.Clock.AdjustTime(before.AddMinutes(5));
        await bank.RestartAsync();
        await Assert.ThrowsAsync<ClockNotTrustedException>(() => bank.Bank.Act(work => work.Record(StoreWriterTests.Entry("never"))));

        var outcome = await Reconcile(bank);
        await bank.RestartAsync();
        await bank.Publisher.PublishAsync(always: false, Cancellation);

        var done = Assert.IsType<ReconcileClockOutcome.Done>(outcome);
        Assert.Equal((before.AddDays(days), before.AddMinutes(5)), (done.Latest, done.Now));
        var list = bank.Publisher.Current!.List;
        Assert.Equal((ahead.Number + 1, before.AddMinutes(5)), (list.Number, list.ThisUpdate));
        Assert.Equal([issued.SerialNumber], bank.Listed());
        await bank.Bank.Act(work => work.Record(StoreWriterTests.Entry("goes on")));
        Assert.True((await new VerifyHistory(bank.Bank.Contexts, bank.Bank.Anchor).RunAsync(Cancellation)).IsIntact);
        Assert.IsType<ReconcileClockOutcome.NotNeeded>(await Reconcile(bank));
    }

    [Fact]
    public async Task StepBackInTime_WithoutTheRecord_IsFoundByTheAudit()
    {
        using var bank = TestBank.Open();
        await bank.Act(work => work.Record(StoreWriterTests.Entry("first")));
        bank.Clock.AdjustTime(bank.Now.AddDays(-1));
        bank.Writer.Clock.Accept();

        await bank.Act(work => work.Record(StoreWriterTests.Entry("dated back")));

        var found = await new VerifyHistory(bank.Contexts, bank.Anchor).RunAsync(Cancellation);
        Assert.Equal((2L, HistoryVerification.DatedBack), (found.FirstBadSequence, found.Finding));
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, true)]
    [InlineData(7, true)]
    public async Task StepBackInTime_IsAcceptedFromTheLastRecordOrALaterListAlone(int secondsAfterTheRecord, bool isIntact)
    {
        using var bank = TestBank.Open();
        await bank.Act(work => work.Record(StoreWriterTests.Entry("first")));
        var latest = bank.Now.AddSeconds(secondsAfterTheRecord);
        bank.Clock.AdjustTime(bank.Now.AddDays(-1));
        bank.Writer.Clock.Accept();

        await bank.Act(work => work.Record(ClockStep.Entry(latest, work.Now, "terminal")));

        Assert.Equal(isIntact, (await new VerifyHistory(bank.Contexts, bank.Anchor).RunAsync(Cancellation)).IsIntact);
    }

    private static Task<ReconcileClockOutcome> Reconcile(IssuingBank bank) =>
        new ReconcileClock(bank.Bank.Writer, new Alarms(
            bank.Bank.Writer, NullLogger<Alarms>.Instance))
            .RunAsync(OperatorApproval.OfNobody, isByRootKey: false, "terminal", Cancellation);
}
