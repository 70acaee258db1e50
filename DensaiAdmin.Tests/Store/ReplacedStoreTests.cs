using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Tests.Store;

/// <summary>A database that is changed behind a running program's back: nothing is written above a head that was not anchored.</summary>
public sealed class ReplacedStoreTests : IDisposable
{
    private readonly TestBank _bank = TestBank.Open();
    private readonly TemporaryDirectory _directory = new();

    public static TheoryData<string> Harms =>
    [
        "renamed over", "written over", "written over and its log deleted", "the same while nobody reads", "moved away", "emptied",
        "newest record deleted", "newest record edited", "newest record renumbered", "record added",
    ];

    [Theory]
    [MemberData(nameof(Harms))]
    public async Task Act_OnAStoreThatIsNotTheOneWrittenLast_IsRefused_UntilThatIsBack(string harm)
    {
        var older = await KeepAsync("first");
        var right = await KeepAsync("second");
        Harm(harm, older);

        var refused = await Assert.ThrowsAsync<StoreReplacedException>(() => RecordAsync("on another head"));
        Assert.False(refused.IsUncertain);
        await Assert.ThrowsAsync<StoreReplacedException>(() => _bank.Writer.ProbeAsync(TestContext.Current.CancellationToken));
        Assert.NotNull(_bank.Writer.Replacement);
        Assert.Equal(2, refused.Replacement.Expected);
        Assert.Equal(2, _bank.Anchor.Last()!.Sequence);
        Assert.Throws<StoreReplacedException>(() => ReadAsTheServerDoes());

        PutInPlace(right);
        await RecordAsync("third");
        Assert.Null(_bank.Writer.Replacement);
        Assert.Equal(["first", "second", "third"], _bank.History().Select(r => r.Detail));
        Assert.Equal((3, Convert.ToHexString(_bank.History()[^1].Hash)), (_bank.Anchor.Last()!.Sequence, _bank.Anchor.Last()!.Head));
        Assert.Equal(3, ReadAsTheServerDoes());
        Assert.Equal(refused.Replacement.FoundAt, _bank.Writer.TakeMended()?.FoundAt);
        Assert.Null(_bank.Writer.TakeMended());
    }

    [Fact]
    public async Task CopyOfTheSameState_IsTakenUp_AndWhatWasKnownOfTheFileIsForgotten()
    {
        var same = await KeepAsync("first");
        var told = 0;
        _bank.Writer.FilesChanged += () => told++;
        var version = _bank.Version.Read();
        _bank.Writer.FilesChanged += _bank.Version.OpenAnew;
        PutInPlace(same);

        await RecordAsync("second");

        Assert.Equal(1, told);
        Assert.Null(_bank.Writer.TakeMended());
        Assert.NotEqual(version.Connection, _bank.Version.Read().Connection);
        SqliteConnection.ClearAllPools();
        Assert.Equal(["first", "second"], _bank.History().Select(r => r.Detail));
    }

    [Fact]
    public async Task Files_ThatOnlyTheWriterWrites_AreNeverTakenForChanged()
    {
        var told = 0;
        _bank.Writer.FilesChanged += () => told++;
        // Well beyond what SQLite keeps in the log before it writes the database itself.
        for (var i = 0; i < 30; i++)
        {
            await _bank.Act(work =>
            {
                for (var n = 0; n < 100; n++)
                {
                    work.Record(StoreWriterTests.Entry(new string('x', 60)));
                }
            });
        }

        Assert.Equal(0, told);
    }

    public void Dispose()
    {
        _bank.Dispose();
        _directory.Dispose();
    }

    private Task RecordAsync(string detail) => _bank.Act(work => work.Record(StoreWriterTests.Entry(detail)));

    /// <summary>Records something, and keeps a copy of the database as it is then.</summary>
    private async Task<string> KeepAsync(string detail)
    {
        await RecordAsync(detail);
        var copy = _directory.At(detail + ".db");
        using var from = new SqliteConnection($"Data Source={_bank.Store.DatabaseFile};Mode=ReadOnly;Pooling=False");
        using var to = new SqliteConnection($"Data Source={copy};Pooling=False");
        from.Open();
        to.Open();
        from.BackupDatabase(to);
        using var one = to.CreateCommand();
        one.CommandText = "PRAGMA journal_mode=DELETE";
        one.ExecuteScalar();
        return copy;
    }

    private void Harm(string harm, string older)
    {
        switch (harm)
        {
            case "renamed over":
                PutInPlace(older);
                break;
            case "written over":
                // All of it is in the database itself: nothing in the log covers what is written over it.
                _bank.Sql($"PRAGMA wal_checkpoint(TRUNCATE)");
                WriteOver(older);
                break;
            case "written over and its log deleted":
                WriteOver(older);
                DeleteLog();
                break;
            case "the same while nobody reads":
                WriteOver(older);
                DeleteLog();
                // Whoever closes last writes the log into the database, into whatever stands there by then.
                _bank.Version.Dispose();
                SqliteConnection.ClearAllPools();
                break;
            case "moved away":
                File.Move(_bank.Store.DatabaseFile, _directory.At("away.db"));
                DeleteLog();
                break;
            case "emptied":
                _bank.Sql($"PRAGMA wal_checkpoint(TRUNCATE)");
                File.WriteAllBytes(_bank.Store.DatabaseFile, []);
                DeleteLog();
                break;
            case "newest record deleted":
                _bank.Sql($"DELETE FROM HistoryRecords WHERE Sequence = 2");
                break;
            case "newest record edited":
                _bank.Sql($"UPDATE HistoryRecords SET Hash = zeroblob(32) WHERE Sequence = 2");
                break;
            case "newest record renumbered":
                _bank.Sql($"UPDATE HistoryRecords SET Sequence = 7 WHERE Sequence = 2");
                break;
            case "record added":
                _bank.Sql($"UPDATE HistoryRecords SET Sequence = 3, RecordNumber = 3 WHERE Sequence = 2");
                _bank.Sql($"UPDATE HistoryRecords SET Sequence = 2, RecordNumber = 2 WHERE Sequence = 1");
                break;
            default:
                throw new ArgumentException(harm, nameof(harm));
        }
    }

    private void WriteOver(string copy)
    {
        using var from = File.OpenRead(copy);
        using var to = new FileStream(_bank.Store.DatabaseFile, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        to.SetLength(0);
        from.CopyTo(to);
    }

    private void PutInPlace(string copy)
    {
        DeleteLog();
        File.Copy(copy, copy + ".copy");
        File.Move(copy + ".copy", _bank.Store.DatabaseFile, overwrite: true);
    }

    private void DeleteLog()
    {
        File.Delete(_bank.Store.DatabaseFile + "-wal");
        File.Delete(_bank.Store.DatabaseFile + "-shm");
    }

    private int ReadAsTheServerDoes()
    {
        var builder = new DbContextOptionsBuilder<DensaiDbContext>();
        DataStore.ConfigureReading(builder, _bank.Store, _bank.Writer);
        using var db = new DensaiDbContext(builder.Options);
        return db.HistoryRecords.Count();
    }
}
