using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Core.Store.Sqlite;
using DensaiAdmin.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Tests.Store;

public class StoreWriterTests
{
    private const string BrokenReference =
        "INSERT INTO Sessions (TokenHash, UserId, CertificateId, CertificateFingerprint, Source, UserAgent, StartedAt, LastActiveAt, "
        + "OwesRenewalAnswer) VALUES ('t', 4711, 1, 'f', 's', 'u', 0, 0, 0)";

    [Fact]
    public async Task Acts_ThatWaitTogether_ShareOneCommit()
    {
        using var bank = TestBank.Open();

        await TogetherAsync(bank, Enumerable.Range(0, 10).Select(i => Recording($"act-{i}")));

        // One anchor line per commit: the act that held the writer, then all that waited behind it.
        Assert.Equal(10, bank.History().Count);
        Assert.Single(bank.Anchor.Read());
    }

    [Fact]
    public async Task Act_ThatFails_RollsBackAlone()
    {
        using var bank = TestBank.Open();

        var outcomes = await TogetherAsync(
            bank,
            [
                Recording("before"),
                work =>
                {
                    work.Db.Announcements.Add(new Announcement("never", "never", work.Now));
                    work.Db.SaveChanges();
                    work.Record(Entry("never"));
                    throw new InvalidOperationException("as this act must");
                },
                Recording("after"),
            ]);

        Assert.Equal([true, false, true], outcomes.Select(o => o.IsCompletedSuccessfully));
        Assert.IsType<InvalidOperationException>(outcomes[1].Exception!.InnerException);
        Assert.Equal(["before", "after"], bank.History().Select(r => r.Detail));
        Assert.Equal(0, bank.Read(db => db.Announcements.Count()));
    }

    [Fact]
    public async Task Act_ThatFailsWhenItsHistoryIsStored_LeavesTheChainIntactForTheNext()
    {
        using var bank = TestBank.Open();
        await bank.AddCompany("same");

        var outcomes = await TogetherAsync(
            bank,
            [
                Recording("before"),
                work =>
                {
                    // Refused by the unique index only at the very end, when the record has its number and hash already.
                    work.Db.Companies.Add(
                        new DensaiAdmin.Core.Registry.Company("same", "twice", DensaiAdmin.Core.Registry.AuthenticationMethod.Certificate));
                    work.Record(Entry("never"));
                    return true;
                },
                Recording("after"),
            ]);

        Assert.IsType<DbUpdateException>(outcomes[1].Exception!.InnerException);
        Assert.Equal([(1L, 1L, "before"), (2L, 2L, "after")], bank.History().Select(r => (r.Sequence, r.RecordNumber, r.Detail)));
        Assert.True((await Verify(bank)).IsIntact);
    }

    [Fact]
    public async Task Commit_ThatFails_RefusesEveryActInItAndShowsNothing()
    {
        using var bank = TestBank.Open();
        var pushed = 0;

        var outcomes = await TogetherAsync(
            bank,
            [
                work =>
                {
                    work.Record(Entry("innocent"));
                    work.Anchor(new AnchorNote.Issued(SerialNumber.New(), null, null, null, null));
                    work.AfterCommit(() => pushed++);
                    return true;
                },
                work =>
                {
                    // A broken reference that SQLite may look at only when it commits.
                    work.Db.Database.ExecuteSqlRaw("PRAGMA defer_foreign_keys = ON");
                    work.Db.Database.ExecuteSqlRaw(BrokenReference);
                    return true;
                },
            ]);

        Assert.All(outcomes, o => Assert.IsType<StoreUnavailableException>(o.Exception!.InnerException));
        Assert.Equal(0, pushed);
        Assert.Empty(bank.History());
        Assert.Empty(bank.Anchor.Read());
    }

    [Fact]
    public async Task Commit_ThatFailed_DoesNotStopTheNextAct()
    {
        using var bank = TestBank.Open();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => bank.Act(work =>
        {
            work.Db.Database.ExecuteSqlRaw("PRAGMA defer_foreign_keys = ON");
            work.Db.Database.ExecuteSqlRaw(BrokenReference);
        }));

        await bank.Act(work => work.Record(Entry("next")));

        Assert.Equal("next", Assert.Single(bank.History()).Detail);
    }

    [Fact]
    public async Task Disk_Full_RefusesInOneWordAndRecoversWithoutARestart()
    {
        using var bank = TestBank.Open();

        await Assert.ThrowsAsync<StoreUnavailableException>(() => bank.Act(work =>
        {
            // This connection may not make the file any larger, as on a full disk.
            work.Db.Database.ExecuteSqlRaw("PRAGMA max_page_count = 1");
            work.Db.Announcements.Add(new Announcement("large", new string('x', 1_000_000), work.Now));
            work.Record(Entry("never"));
        }));
        await bank.Act(work => work.Record(Entry("space again")));

        Assert.Equal("space again", Assert.Single(bank.History()).Detail);
        Assert.Equal(0, bank.Read(db => db.Announcements.Count()));
        Assert.True((await Verify(bank)).IsIntact);
    }

    [Fact]
    public async Task AnchorFile_ThatCannotBeOpened_RefusesBeforeAnythingIsStored()
    {
        using var bank = TestBank.Open();
        Directory.CreateDirectory(bank.AnchorFile);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => bank.Act(work => work.Record(Entry("never"))));

        Assert.Empty(bank.History());
    }

    [Fact]
    public async Task AnchorFile_ThatCanBeOpenedAgain_LetsTheNextActThrough()
    {
        using var bank = TestBank.Open();
        Directory.CreateDirectory(bank.AnchorFile);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => bank.Act(work => work.Record(Entry("never"))));
        Directory.Delete(bank.AnchorFile);

        await bank.Act(work => work.Record(Entry("next")));

        Assert.Equal("next", Assert.Single(bank.History()).Detail);
        Assert.Equal(1, bank.Anchor.Last()?.Sequence);
    }

    [Fact]
    public async Task AnchorFile_ThatHoldsNoLines_BeginsNoAct()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "A file that is always full exists on Linux only.");
        using var bank = TestBank.Open();
        File.CreateSymbolicLink(bank.AnchorFile, "/dev/full");
        var pushed = 0;

        // What stands in the anchor must be known before an act is committed; afterwards it would be too late to refuse it.
        foreach (var detail in new[] { "first", "second" })
        {
            var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => bank.Act(work =>
            {
                work.Record(Entry(detail));
                work.AfterCommit(() => pushed++);
            }));
            Assert.False(refused.IsUncertain);
        }

        File.Delete(bank.AnchorFile);
        await bank.Act(work => work.Record(Entry("next")));

        Assert.Equal(0, pushed);
        Assert.Equal("next", Assert.Single(bank.History()).Detail);
        Assert.Equal([1L], bank.Anchor.Read().Select(l => l.Line.Sequence));
    }

    [Fact]
    public async Task AnchorFile_RemovedOrSetBackWhileRunning_StopsEveryActUntilItIsBack()
    {
        using var bank = TestBank.Open();
        await bank.Act(work => work.Record(Entry("first")));
        var older = await File.ReadAllBytesAsync(bank.AnchorFile, TestContext.Current.CancellationToken);
        await bank.Act(work => work.Record(Entry("second")));
        File.Move(bank.AnchorFile, bank.AnchorFile + "-away");

        foreach (var content in new[] { null, older, [] })
        {
            if (content is not null)
            {
                await File.WriteAllBytesAsync(bank.AnchorFile, content, TestContext.Current.CancellationToken);
            }

            var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => bank.Act(work => work.Record(Entry("never"))));
            Assert.IsType<AnchorLostException>(refused.InnerException);
            Assert.False(refused.IsUncertain);
            await Assert.ThrowsAsync<StoreUnavailableException>(() => bank.Writer.ProbeAsync(TestContext.Current.CancellationToken));
        }

        File.Move(bank.AnchorFile + "-away", bank.AnchorFile, overwrite: true);
        await bank.Act(work => work.Record(Entry("third")));

        Assert.Equal(["first", "second", "third"], bank.History().Select(r => r.Detail));
        Assert.Equal([1L, 2L, 3L], bank.Anchor.Read().Select(l => l.Line.Sequence));
    }

    [Fact]
    public async Task AfterCommit_OfAnAct_RunsBeforeItsCallerIsToldAndAfterItIsStored()
    {
        using var bank = TestBank.Open();
        var told = new TaskCompletionSource();
        var storedWhenPushed = 0;
        var toldWhenPushed = true;

        var call = bank.Act(work =>
        {
            work.Record(Entry("pushed"));
            work.AfterCommit(() =>
            {
                storedWhenPushed = bank.History().Count;
                toldWhenPushed = told.Task.IsCompleted;
            });
        });
        await call.ContinueWith(
            _ => told.SetResult(), TestContext.Current.CancellationToken, TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);

        Assert.Equal(1, storedWhenPushed);
        Assert.False(toldWhenPushed);
    }

    [Fact]
    public async Task AfterCommit_ThatThrows_NeitherFailsTheActNorTheOthers()
    {
        using var bank = TestBank.Open();
        var pushed = 0;

        await bank.Act(work =>
        {
            work.AfterCommit(() => throw new InvalidOperationException("as this push must"));
            work.AfterCommit(() => pushed++);
        });

        Assert.Equal(1, pushed);
    }

    [Fact]
    public async Task AfterCommit_OfAnActThatFailed_NeverRuns()
    {
        using var bank = TestBank.Open();
        var pushed = 0;

        await Assert.ThrowsAsync<InvalidOperationException>(() => bank.Act(work =>
        {
            work.AfterCommit(() => pushed++);
            throw new InvalidOperationException("as this act must");
        }));

        Assert.Equal(0, pushed);
    }

    [Fact]
    public async Task Writers_SixtyFourAtOnce_AllGetThroughIntoOneUnbrokenChain()
    {
        using var bank = TestBank.Open();

        await Task.WhenAll(Enumerable.Range(0, 64).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < 5; i++)
            {
                await bank.Act(work => work.Record(Entry($"{writer}-{i}")));
            }
        })));

        Assert.Equal(320, bank.History().Select(r => r.Detail).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(new HistoryVerification(320, null, null), await Verify(bank));
    }

    [Fact]
    public async Task Reader_InALongTransaction_DoesNotHoldUpWriters()
    {
        using var bank = TestBank.Open();
        await bank.Act(work => work.Record(Entry("seen")));
        using var reader = new SqliteConnection(SqliteEngine.HowToOpen(bank.Store).ToString());
        await reader.OpenAsync(TestContext.Current.CancellationToken);
        using var reading = reader.BeginTransaction(deferred: true);
        using var count = reader.CreateCommand();
        count.CommandText = "SELECT COUNT(*) FROM HistoryRecords";
        count.Transaction = reading;
        Assert.Equal(1L, count.ExecuteScalar());

        await bank.Act(work => work.Record(Entry("written beside the reader")));

        Assert.Equal(1L, count.ExecuteScalar());
        Assert.Equal(2, bank.History().Count);
    }

    [Fact]
    public async Task Dispose_WithActsWaiting_PerformsThemFirst()
    {
        using var bank = TestBank.Open();
        using var gate = new ManualResetEventSlim();
        var held = await HoldAsync(bank, gate);
        var waiting = Enumerable.Range(0, 100).Select(i => bank.Act(work => work.Record(Entry($"{i}")))).ToList();

        gate.Set();
        bank.Writer.Dispose();

        await Task.WhenAll(waiting.Append(held.Act));
        Assert.Equal(100, bank.History().Count);
    }

    [Fact]
    public async Task Act_AfterDispose_IsRefused()
    {
        using var bank = TestBank.Open();
        bank.Writer.Dispose();

        await Assert.ThrowsAnyAsync<Exception>(() => bank.Act(work => work.Record(Entry("never"))));
    }

    [Fact]
    public async Task Act_WhoseCallerNoLongerWaits_IsStillPerformed()
    {
        using var bank = TestBank.Open();
        using var gate = new ManualResetEventSlim();
        using var impatience = new CancellationTokenSource();
        var held = await HoldAsync(bank, gate);
        var abandoned = bank.Writer.PerformAsync(Recording("performed"), impatience.Token);

        await impatience.CancelAsync();
        gate.Set();
        await held.Act;

        Assert.True(await abandoned);
        Assert.Equal("performed", Assert.Single(bank.History()).Detail);
    }

    [Fact]
    public async Task Now_OfAnAct_IsWholeMilliseconds()
    {
        using var bank = TestBank.Open();
        bank.Clock.Advance(TimeSpan.FromTicks(12_345));

        var now = await bank.Act(work => work.Now);

        Assert.Equal(0, now.Ticks % TimeSpan.TicksPerMillisecond);
        Assert.Equal(TimeSpan.Zero, now.Offset);
    }

    [Fact]
    public async Task Now_AfterTheClockWasSetBackALittle_StaysWhereItWas()
    {
        using var bank = TestBank.Open();
        var before = await bank.Act(work => work.Now);
        bank.Clock.AdjustTime(bank.Now.AddSeconds(-59));

        Assert.Equal(before, await bank.Act(work => work.Now));
    }

    [Fact]
    public async Task Now_AfterAWrongClockWasCorrected_FollowsItWhereNothingWasRecorded()
    {
        using var bank = TestBank.Open();
        await bank.Act(work => work.Now);
        bank.Clock.AdjustTime(bank.Now.AddHours(-1));

        Assert.Equal(bank.Now, await bank.Act(work => work.Now));
    }

    [Fact]
    public async Task Clock_FarBehindTheLatestRecord_RefusesWhatNeedsItAndDatesTheRestAsThat()
    {
        using var bank = TestBank.Open();
        var latest = await bank.Act(work =>
        {
            work.Record(Entry("before"));
            return work.Now;
        });
        bank.Clock.AdjustTime(bank.Now.AddHours(-2));

        var refused = await Assert.ThrowsAsync<ClockNotTrustedException>(() => bank.Act(work => work.Record(Entry("never"))));
        var at = await bank.Writer.PerformAnyTimeAsync(
            work =>
            {
                work.Record(Entry("revoked"));
                return work.Now;
            },
            TestContext.Current.CancellationToken);

        Assert.Equal((bank.Now, latest), (refused.Reading.Wall, refused.Reading.Expected));
        Assert.Equal(latest, at);
        Assert.Equal([("before", latest), ("revoked", latest)], bank.History().Select(r => (r.Detail, r.At)));
    }

    [Fact]
    public async Task Clock_FarBehindAtAStart_IsFoundBehindThere()
    {
        using var bank = TestBank.Open();
        await bank.Act(work => work.Record(Entry("before")));
        bank.Clock.AdjustTime(bank.Now.AddDays(-20));

        bank.Restart();

        await Assert.ThrowsAsync<ClockNotTrustedException>(() => bank.Act(work => work.Record(Entry("never"))));
    }

    internal static HistoryEntry Entry(string detail, long? companyId = null) => new()
    {
        Operation = HistoryOperation.Operation,
        Result = HistoryResult.Done,
        CompanyId = companyId,
        Source = "test",
        Detail = detail,
    };

    private static Func<UnitOfWork, bool> Recording(string detail) => work =>
    {
        work.Record(Entry(detail));
        return true;
    };

    private static Task<HistoryVerification> Verify(TestBank bank) =>
        new VerifyHistory(bank.Contexts, bank.Anchor).RunAsync(TestContext.Current.CancellationToken);

    /// <summary>Holds the writer, lets the acts gather behind it, then lets it go; each act's end, good or bad.</summary>
    private static async Task<List<Task<bool>>> TogetherAsync(TestBank bank, IEnumerable<Func<UnitOfWork, bool>> acts)
    {
        using var gate = new ManualResetEventSlim();
        var held = await HoldAsync(bank, gate);
        var waiting = acts.Select(work => bank.Writer.PerformAsync(work)).ToList();
        gate.Set();
        await held.Act;
        await Task.WhenAll(waiting).ContinueWith(
            _ => { }, TestContext.Current.CancellationToken, TaskContinuationOptions.None, TaskScheduler.Default);
        return waiting;
    }

    /// <summary>Completes once an act of its own has the writer and waits at the gate.</summary>
    private static async Task<Held> HoldAsync(TestBank bank, ManualResetEventSlim gate)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var held = bank.Act(_ =>
        {
            begun.SetResult();
            gate.Wait(cancellation);
        });
        await begun.Task;
        return new(held);
    }

    private sealed record Held(Task Act);
}
