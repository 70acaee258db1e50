using DensaiAdmin.Core.ExpiryNotices;
using DensaiAdmin.Core.HistorySearch;
using DensaiAdmin.Core.Revocation;
using DensaiAdmin.Core.SignIn;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Core.UserManagement;
using DensaiAdmin.Tests.Store;

namespace DensaiAdmin.Tests.Isolation;

/// <content>
/// R26, over the same use cases: while the clock is not to be trusted, what protects a customer is done, and everything else is refused
/// with what the clock says and what it is held against.
/// </content>
public sealed partial class ChangedMeanwhileTests
{
    // Revocation, suspension, logout; and the report of a login that was not one's own, which ends sessions.
    private static readonly HashSet<string> DoneWhateverTheClockSays = new(StringComparer.Ordinal)
    {
        Of<RevokeCertificate>("ByMasterAsync"),
        Of<ManageUser>("ByMasterAsync"),
        Of<ReportLogin>("ReportAsync"),
        Of<LogOut>("ByUserAsync"),
        // It stands before everything else, and with it before the page that revokes.
        Of<RenewalQueries>("AnswerAsync"),
        Of<RenewalQueries>("AnswerNothingAskedAsync"),
    };

    public static TheoryData<string, ClockStanding> TriedWithoutAClock
    {
        get
        {
            var tried = new TheoryData<string, ClockStanding>();
            foreach (var (useCase, _) in Trials.Where(trial => !trial.Value.IsLook))
            {
                tried.Add(useCase, ClockStanding.Behind);
                tried.Add(useCase, ClockStanding.Ahead);
            }

            return tried;
        }
    }

    [Theory]
    [MemberData(nameof(TriedWithoutAClock))]
    public async Task UseCase_WithAClockNotToBeTrusted_IsRefusedWithBothInstants_UnlessItProtects(string useCase, ClockStanding standing)
    {
        var trial = Trials[useCase];
        using var world = await trial.Prepare();
        await world.Bank.Act(work => work.Record(StoreWriterTests.Entry("before")));
        var before = world.Bank.Writer.Clock.GetUtcNow();
        var latest = world.Bank.Writer.Clock.Latest;
        world.Bank.Clock.Leap(standing == ClockStanding.Behind ? latest.AddMinutes(-3) - before : TimeSpan.FromDays(20));
        var reading = world.Bank.Writer.Clock.Read();
        Assert.Equal(standing, reading.Standing);
        var recorded = world.Bank.History().Count;

        if (DoneWhateverTheClockSays.Contains(useCase))
        {
            Assert.True(await trial.TryAsync(world), $"{useCase} must work whatever the clock says.");
            Assert.All(world.Bank.History().Skip(recorded), record => Assert.InRange(record.At, latest, before));
            return;
        }

        var refused = await Assert.ThrowsAsync<ClockNotTrustedException>(() => trial.TryAsync(world));
        Assert.Equal(reading, refused.Reading);
        Assert.Equal(world.Bank.Clock.GetUtcNow(), refused.Reading.Wall);
        Assert.Equal(standing == ClockStanding.Behind ? latest : before, refused.Reading.Expected);
    }
}
