using System.Diagnostics;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Store;
using DensaiAdmin.EnrollmentApp.CertificateStores;
using DensaiAdmin.Tests.Support;
using Microsoft.Data.Sqlite;

namespace DensaiAdmin.Tests.Store;

/// <summary>
/// Faults of the disk and of who else holds the file: what is told of an act is what became of it, whatever happens next.
/// </summary>
public class DiskFaultTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Flush_ThatFailsOnce_NothingStandsNorWillAfterACrash()
    {
        using var bank = TestBank.Open();
        await bank.Act(work => work.Record(StoreWriterTests.Entry("before")));
        StoreUnavailableException refused;
        using (await FailingDisk.AttachAsync(bank.Writer, "1"))
        {
            refused = await Assert.ThrowsAsync<StoreUnavailableException>(
                () => bank.Act(work => work.Record(StoreWriterTests.Entry("never"))));
        }

        Assert.False(refused.IsUncertain);
        Assert.Equal(["before"], bank.History().Select(r => r.Detail));
        Assert.Equal(["before"], AfterACrash(bank));
        await bank.Act(work => work.Record(StoreWriterTests.Entry("next")));
        Assert.Equal(["before", "next"], AfterACrash(bank));
    }

    [Fact]
    public async Task Flush_ThatFailsOnce_OfAnActWithoutARecord_IsToldRightToo()
    {
        using var bank = TestBank.Open();
        var user = await bank.AddUser("COUNTED", null);
        StoreUnavailableException refused;
        using (await FailingDisk.AttachAsync(bank.Writer, "1"))
        {
            refused = await Assert.ThrowsAsync<StoreUnavailableException>(
                () => bank.Act(work => work.Db.Users.Single(u => u.Id == user.Id).Suspend(work.Now)));
        }

        Assert.False(refused.IsUncertain);
        Assert.Null(bank.Read(db => db.Users.Single(u => u.Id == user.Id).SuspendedAt));
    }

    [Fact]
    public async Task Flush_ThatFailsForGood_IsUncertainAtFirstAndRefusesEveryActAfterIt()
    {
        using var bank = TestBank.Open();
        await bank.Act(work => work.Record(StoreWriterTests.Entry("before")));
        using (await FailingDisk.AttachAsync(bank.Writer, "1+"))
        {
            var first = await Assert.ThrowsAsync<StoreUnavailableException>(
                () => bank.Act(work => work.Record(StoreWriterTests.Entry("uncertain"))));
            var second = await Assert.ThrowsAsync<StoreUnavailableException>(
                () => bank.Act(work => work.Record(StoreWriterTests.Entry("never begun"))));
            await Assert.ThrowsAsync<StoreUnavailableException>(() => bank.Writer.ProbeAsync(Cancellation));

            // What was told to be undone must be undone, even if the machine goes down now; of the first nobody said so.
            Assert.Equal((true, false), (first.IsUncertain, second.IsUncertain));
            Assert.DoesNotContain("never begun", AfterACrash(bank));
        }

        await bank.Writer.ProbeAsync(Cancellation);
        await bank.Act(work => work.Record(StoreWriterTests.Entry("next")));
        Assert.Equal(bank.History().Select(r => r.Detail), AfterACrash(bank));
        Assert.Equal("next", bank.History()[^1].Detail);
        Assert.Equal(bank.History().Count, bank.Anchor.Last()!.Sequence);
    }

    [Fact]
    public async Task Flush_ThatFailsForTheAnchorOnly_IsUncertainAndTheLineIsOwed()
    {
        using var bank = TestBank.Open();
        await bank.Act(work => work.Record(StoreWriterTests.Entry("before")));
        using (await FailingDisk.AttachAsync(bank.Writer, "1+", bank.AnchorFile))
        {
            var refused = await Assert.ThrowsAsync<StoreUnavailableException>(
                () => bank.Act(work => work.Record(StoreWriterTests.Entry("stands"))));
            await Assert.ThrowsAsync<StoreUnavailableException>(() => bank.Writer.ProbeAsync(Cancellation));

            Assert.True(refused.IsUncertain);
            Assert.Equal(["before", "stands"], bank.History().Select(r => r.Detail));
        }

        await bank.Writer.ProbeAsync(Cancellation);
        Assert.Equal(2, bank.Anchor.Last()!.Sequence);
    }

    [Fact]
    public async Task Probe_WhereOnlyTheAnchorCannotBeFlushed_FailsBeforeAnyActDoes()
    {
        using var bank = TestBank.Open();
        await bank.Act(work => work.Record(StoreWriterTests.Entry("before")));
        using (await FailingDisk.AttachAsync(bank.Writer, "1+", bank.AnchorFile))
        {
            await Assert.ThrowsAsync<StoreUnavailableException>(() => bank.Writer.ProbeAsync(Cancellation));
        }

        await bank.Writer.ProbeAsync(Cancellation);
        Assert.Equal(["before"], bank.History().Select(r => r.Detail));
        Assert.Single(bank.Anchor.Read());
    }

    [Fact]
    public async Task CommitThatFailedAndIsTakenUpByTheNextOpening_IsToldToBeDone()
    {
        using var bank = TestBank.Open();
        await bank.Act(work => work.Record(StoreWriterTests.Entry("before")));
        var pushed = 0;
        // Nobody else has the file open, and it cannot be tidied up when it is closed: whoever opens it next takes up what the failed
        // commit left in the log.
        bank.Version.Dispose();
        SqliteConnection.ClearAllPools();
        using (await FailingDisk.AttachAsync(bank.Writer, "1..2"))
        {
            await bank.Act(work =>
            {
                work.Record(StoreWriterTests.Entry("stands"));
                work.AfterCommit(() => pushed++);
            });
        }

        Assert.Equal(1, pushed);
        Assert.Equal(["before", "stands"], AfterACrash(bank));
        Assert.Equal(2, bank.Anchor.Last()!.Sequence);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CommitInDoubt_OverSeveralBatches_IsConcludedWhenItIsFoundToStand(bool isRecorded)
    {
        using var bank = TestBank.Open();
        var doubted = await DoubtedAsync(bank, isRecorded, andAfterIt: async () =>
        {
            var second = await Assert.ThrowsAsync<StoreUnavailableException>(
                () => bank.Act(work => work.Record(StoreWriterTests.Entry("never begun"))));
            Assert.False(second.IsUncertain);
        });

        await bank.Act(work => work.Record(StoreWriterTests.Entry("next")));

        Assert.Equal(1, doubted.Pushed());
        Assert.Contains("-" + doubted.Noted, bank.Anchor.Read().SelectMany(l => l.Line.Notes));
        Assert.DoesNotContain("never begun", AfterACrash(bank));
        Assert.Equal(bank.History().Count, bank.Anchor.Last()!.Sequence);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CommitInDoubt_WhileAReaderKeepsTheLog_StaysInDoubtUntilItIsWrittenAgain(bool isRecorded)
    {
        using var bank = TestBank.Open();
        var doubted = await DoubtedAsync(bank, isRecorded);
        using (var reader = new SqliteConnection($"Data Source={bank.Store.DatabaseFile};Pooling=False"))
        {
            await reader.OpenAsync(Cancellation);
            Execute(reader, "BEGIN");
            Execute(reader, "SELECT COUNT(*) FROM HistoryRecords");

            await Assert.ThrowsAsync<StoreUnavailableException>(() => bank.Act(work => work.Record(StoreWriterTests.Entry("never begun"))));
            Assert.Equal(0, doubted.Pushed());
        }

        await bank.Act(work => work.Record(StoreWriterTests.Entry("next")));

        Assert.Equal(1, doubted.Pushed());
        Assert.Contains("-" + doubted.Noted, bank.Anchor.Read().SelectMany(l => l.Line.Notes));
        Assert.Equal(bank.History().Select(r => r.Detail), AfterACrash(bank));
        Assert.DoesNotContain("never begun", AfterACrash(bank));
    }

    /// <summary>
    /// A commit of which the writer cannot say yet that it stands: each flush fails from it on, and nobody else has the file open.
    /// </summary>
    private static async Task<(SerialNumber Noted, Func<int> Pushed)> DoubtedAsync(
        TestBank bank, bool isRecorded, Func<Task>? andAfterIt = null)
    {
        await bank.Act(work => work.Record(StoreWriterTests.Entry("before")));
        var user = await bank.AddUser("DOUBTED", null);
        var pushed = 0;
        var serial = SerialNumber.New();
        bank.Version.Dispose();
        SqliteConnection.ClearAllPools();
        using (await FailingDisk.AttachAsync(bank.Writer, "1+"))
        {
            var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => bank.Act(work =>
            {
                work.Db.Users.Single(u => u.Id == user.Id).Suspend(work.Now);
                work.Anchor(new AnchorNote.Revoked(serial, null, null, null));
                work.AfterCommit(() => pushed++);
                if (isRecorded)
                {
                    work.Record(StoreWriterTests.Entry("stands"));
                }
            }));
            Assert.True(refused.IsUncertain);
            await (andAfterIt?.Invoke() ?? Task.CompletedTask);
        }

        return (serial, () => pushed);
    }

    [Theory]
    [InlineData("IMMEDIATE")]
    [InlineData("EXCLUSIVE")]
    public async Task WriteLock_OfAnotherProcess_IsAnsweredWithinFiveSecondsAndWorksAgainAfterIt(string kind)
    {
        using var bank = TestBank.Open();
        await bank.Act(work => work.Record(StoreWriterTests.Entry("before")));
        using (var other = new SqliteConnection($"Data Source={bank.Store.DatabaseFile};Pooling=False"))
        {
            await other.OpenAsync(Cancellation);
            Execute(other, $"BEGIN {kind}");
            var longest = TimeSpan.Zero;
            // Some come when others wait already: nobody waits for their time on top of the own.
            var inParallel = new ParallelOptions { MaxDegreeOfParallelism = 20, CancellationToken = Cancellation };
            await Parallel.ForEachAsync(Enumerable.Range(0, 200), inParallel, async (i, _) =>
            {
                if (i % 20 != 0 && i > 40)
                {
                    return;
                }

                var since = Stopwatch.GetTimestamp();
                var refused = await Assert.ThrowsAsync<StoreUnavailableException>(
                    () => bank.Act(work => work.Record(StoreWriterTests.Entry("never"))));
                Assert.False(refused.IsUncertain);
                lock (bank)
                {
                    longest = Stopwatch.GetElapsedTime(since) is var took && took > longest ? took : longest;
                }
            });
            Assert.InRange(longest, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));
            Execute(other, "ROLLBACK");
        }

        await bank.Act(work => work.Record(StoreWriterTests.Entry("next")));
        Assert.Equal(["before", "next"], bank.History().Select(r => r.Detail));
    }

    [Fact]
    public async Task WriteLock_ThatIsGivenBackInTime_CostsNobodyAnAct()
    {
        using var bank = TestBank.Open();
        using var other = new SqliteConnection($"Data Source={bank.Store.DatabaseFile};Pooling=False");
        await other.OpenAsync(Cancellation);
        Execute(other, "BEGIN IMMEDIATE");
        var waiting = bank.Act(work => work.Record(StoreWriterTests.Entry("waited")));
        Execute(other, "ROLLBACK");

        await waiting;

        Assert.Equal("waited", Assert.Single(bank.History()).Detail);
    }

    [Fact]
    public async Task Readers_OfAFileThatAnotherProcessKeepsToItself_AreRefusedWithinFiveSeconds()
    {
        using var bank = TestBank.Open();
        await bank.Act(work => work.Record(StoreWriterTests.Entry("before")));
        bank.Writer.Dispose();
        bank.Version.Dispose();
        SqliteConnection.ClearAllPools();
        using var other = new SqliteConnection($"Data Source={bank.Store.DatabaseFile};Pooling=False");
        await other.OpenAsync(Cancellation);
        Execute(other, "PRAGMA locking_mode=EXCLUSIVE");
        Execute(other, "BEGIN EXCLUSIVE");
        var since = Stopwatch.GetTimestamp();

        var fault = Record.Exception(() => bank.Read(db => db.HistoryRecords.Count()));

        Assert.True(StoreUnavailableException.IsOfTheStore(fault), $"{fault}");
        Assert.True(Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void Flushes_AllGoWhereTheirFailureIsTold()
    {
        // The framework's own tells nobody.
        string[] silent = ["flushToDisk:", "Flush(true)", "RandomAccess.FlushToDisk", "FileOptions.WriteThrough"];
        var found = new[] { "DensaiAdmin.Core", "DensaiAdmin.Web", "DensaiAdmin.EnrollmentApp" }
            .SelectMany(project => Repository.Files(project, ".cs"))
            .Where(file => File.ReadAllText(file) is var text && silent.Any(call => text.Contains(call, StringComparison.Ordinal)))
            .Select(file => Path.GetRelativePath(Repository.Root, file));

        Assert.Equal(
            ["DensaiAdmin.Core/Store/DurableFile.cs", "DensaiAdmin.EnrollmentApp/CertificateStores/DiskFlush.cs"],
            found.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Request_OfTheIssuingApp_ThatTheDiskDoesNotTake_IsNotKept()
    {
        using var directory = new TemporaryDirectory();
        var requests = new OpenRequests(directory.At("requests"));
        var request = new OpenRequest(DensaiAdmin.EnrollmentApp.Shared.PrivateFiles.NewName(), "login", [1, 2, 3], "a store");
        using var failing = new SemaphoreSlim(0);
        var number = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var keeping = Task.Factory.StartNew(
            () =>
            {
                number.SetResult(FailingDisk.GetThreadId());
                failing.Wait(Cancellation);
                requests.Keep(request);
            },
            Cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        using (await FailingDisk.AttachAsync(await number.Task, "1"))
        {
            failing.Release();
            const int eio = 5;
            Assert.Equal(eio, (await Assert.ThrowsAsync<IOException>(() => keeping)).HResult);
        }

        Assert.Empty(requests.List());
        requests.Keep(request);
        Assert.Equal(request.Id, Assert.Single(requests.List()).Id);
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>
    /// What the history says if the machine goes down now: another opens what lies on the disk, without what was in memory.
    /// </summary>
    private static List<string> AfterACrash(TestBank bank)
    {
        using var copy = new TemporaryDirectory();
        foreach (var file in new[] { bank.Store.DatabaseFile, bank.Store.DatabaseFile + "-wal" }.Where(File.Exists))
        {
            using var from = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var to = File.Create(copy.At(Path.GetFileName(file)));
            from.CopyTo(to);
        }

        using var connection = new SqliteConnection($"Data Source={copy.At("densai.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT Detail FROM HistoryRecords ORDER BY Sequence";
        using var reader = command.ExecuteReader();
        var details = new List<string>();
        while (reader.Read())
        {
            details.Add(reader.GetString(0));
        }

        return details;
    }
}
