using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Core.Store.Sqlite;
using DensaiAdmin.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace DensaiAdmin.Tests.Store;

public sealed class DataStoreTests : IDisposable
{
    private const string MigrationFromTheFuture = "INSERT INTO __EFMigrationsHistory VALUES ('99990101000000_FromTheFuture', '99.0.0')";

    private const string Passphrase = "a passphrase for tests only";

    private static readonly DateTimeOffset Start = new(2026, 8, 31, 15, 30, 0, TimeSpan.Zero);

    private readonly TemporaryDirectory _directory = new();
    private readonly StoreOptions _options;

    public DataStoreTests() => _options = new StoreOptions(_directory.At("data"));

    private string AnchorFile => _directory.At("data.anchor");

    [Fact]
    public void Directory_ThatIsNotThere_IsMadeReadyForActs()
    {
        using var store = Open();

        Assert.True(store.IsNew);
        Assert.Equal(0, Read(db => db.Users.Count()));
        Assert.Equal(store.Installation, Read(db => db.Installations.Single()).Key);
    }

    [Fact]
    public void Triggers_TakenAwayByHand_AreBackAfterTheNextStart()
    {
        Open().Dispose();
        Sql("DROP TRIGGER TR_HistoryRecords_Update");
        Open().Dispose();

        Assert.Equal(3, Read(db => db.Database.SqlQuery<string>(
            $"SELECT name AS Value FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'HistoryRecords'").Count()));
    }

    [Fact]
    public void Directory_OpenedAgain_IsTheSameInstallation()
    {
        string installation;
        using (var first = Open())
        {
            installation = first.Installation;
        }

        using var second = Open();

        Assert.False(second.IsNew);
        Assert.Equal(installation, second.Installation);
    }

    [Fact]
    public void Files_InTheDirectory_AreForTheirOwnerOnly()
    {
        // A directory that was there before, open to all, as an operator may have made it.
        Directory.CreateDirectory(_options.DataDirectory);
        using var store = Open();
        using var reader = new SqliteConnection(SqliteEngine.HowToOpen(_options).ToString());
        reader.Open();
        // The -wal file is there while somebody has read; another class may have closed every pooled connection meanwhile.
        using var read = reader.CreateCommand();
        read.CommandText = "SELECT COUNT(*) FROM sqlite_master";
        read.ExecuteScalar();

        var files = Directory.GetFiles(_options.DataDirectory, "*", SearchOption.AllDirectories).Append(AnchorFile).Where(File.Exists)
            .ToList();
        Assert.Contains(_options.DatabaseFile + "-wal", files);
        Assert.All(files, file => Assert.Equal((file, UnixFileMode.UserRead | UnixFileMode.UserWrite), (file, ModeOf(file))));
    }

    [Fact]
    public void Directory_Made_IsForItsOwnerOnly()
    {
        using var store = Open();

        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            ModeOf(_options.DataDirectory) | UnixFileMode.UserExecute);
    }

    [Fact]
    public void Passphrase_StandsInNoFileAndNoText()
    {
        var opening = Opening();
        Open(opening).Dispose();

        Assert.DoesNotContain(Passphrase, opening.ToString(), StringComparison.Ordinal);
        Assert.All(
            Directory.GetFiles(_options.DataDirectory), file => Assert.DoesNotContain(Passphrase, Text(file), StringComparison.Ordinal));
    }

    [Fact]
    public void Directory_ThatIsOpen_IsRefusedToTheSecond()
    {
        using var first = Open();

        Assert.Equal((StoreRefusal.InUse, null), Refused());
        Assert.True(DataStore.IsInUse(_options.DataDirectory));
    }

    [Fact]
    public void Directory_ThatWasClosed_IsNotInUse()
    {
        Open().Dispose();

        Assert.False(DataStore.IsInUse(_options.DataDirectory));
        Open().Dispose();
    }

    [Fact]
    public void Directory_ThatWasRefused_IsNotHeld()
    {
        Open().Dispose();
        Assert.Equal((StoreRefusal.WrongPassphrase, null), Refused(Opening() with { Passphrase = "another" }));

        Open().Dispose();
    }

    [Fact]
    public void Directory_ThatIsNotThere_IsNotInUse() =>
        Assert.False(DataStore.IsInUse(_directory.At("nowhere")));

    [Fact]
    public async Task Migration_KilledBefore_IsTakenUpAtTheNextStart()
    {
        Directory.CreateDirectory(_options.DataDirectory);
        Sql("CREATE TABLE __EFMigrationsLock (Id INTEGER NOT NULL CONSTRAINT PK___EFMigrationsLock PRIMARY KEY, Timestamp TEXT NOT NULL)");
        Sql("INSERT INTO __EFMigrationsLock VALUES (1, '2026-08-31 15:30:00+00:00')");

        // Left alone, the lock of the killed process holds every later start for ever.
        var opened = Task.Run(() => Open());
        using var store = await opened.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

        Assert.Equal(0, Read(db => db.Users.Count()));
    }

    [Fact]
    public void Schema_OfANewerVersion_ThatThisOneMayNotWriteTo_IsRefusedByName()
    {
        Open().Dispose();
        Sql($"{MigrationFromTheFuture}; UPDATE SchemaFloors SET Version = 9, OldestWriter = {SchemaFloor.Current + 1}");

        Assert.Equal((StoreRefusal.NewerSchema, "99990101000000_FromTheFuture"), Refused());
    }

    [Fact]
    public void Schema_WithoutAFloor_AndMigrationsThatNobodyKnows_IsRefusedByName()
    {
        Open().Dispose();
        Sql($"{MigrationFromTheFuture}; DROP TABLE SchemaFloors");

        Assert.Equal((StoreRefusal.NewerSchema, "99990101000000_FromTheFuture"), Refused());
    }

    [Fact]
    public async Task Schema_OfANewerVersion_ThatThisOneMayWriteTo_IsWorkedOnAndLeftAsItIs()
    {
        Open().Dispose();
        Sql($"{MigrationFromTheFuture}; UPDATE SchemaFloors SET Version = 9, OldestWriter = {SchemaFloor.Current}");
        Sql("DROP TRIGGER TR_Users_Delete_CompanySizes");

        await RecordAsync("beside a newer one");

        using var reader = new SqliteConnection(SqliteEngine.HowToOpen(_options).ToString());
        reader.Open();
        using var command = reader.CreateCommand();
        command.CommandText =
            """
            SELECT (SELECT Version FROM SchemaFloors) || ' '
                || (SELECT COUNT(*) FROM sqlite_master WHERE name = 'TR_Users_Delete_CompanySizes')
            """;
        Assert.Equal("9 0", command.ExecuteScalar());
    }

    [Fact]
    public void Schema_OfANewerVersion_ThatThisOneReadsWrongly_IsNotLookedAt()
    {
        Open().Dispose();
        Sql($"UPDATE SchemaFloors SET OldestReader = {SchemaFloor.Current + 1}");

        var (store, refusal) = DataStore.OpenForReading(_options, Opening().AnchorFile, Opening().Passphrase);

        Assert.Equal((null, StoreRefusal.NewerSchema), (store, refusal));
    }

    [Fact]
    public async Task Backup_PutBack_IsRefused()
    {
        await RecordAsync("before");
        var backup = Backup();
        await RecordAsync("after");
        PutBack(backup);

        Assert.Equal((StoreRefusal.OlderThanAnchor, null), Refused());
    }

    [Fact]
    public async Task Backup_PutBackThatGrewElsewhere_IsRefused()
    {
        await RecordAsync("before");
        var backup = Backup();
        await RecordAsync("after");
        PutBack(backup);
        var elsewhere = Opening() with { AnchorFile = _directory.At("elsewhere.anchor") };
        await RecordAsync("other", elsewhere);
        await RecordAsync("and more", elsewhere);

        Assert.Equal((StoreRefusal.OlderThanAnchor, null), Refused());
    }

    [Fact]
    public async Task Refusal_ForABackup_ChangesNothing()
    {
        await RecordAsync("before");
        var backup = Backup();
        await RecordAsync("after");
        PutBack(backup);
        var anchor = Text(AnchorFile);

        Refused(Opening() with { ClockIsShifted = true, Now = Start.AddDays(1) });

        Assert.False(Read(db => db.Installations.Single()).EverRanOnShiftedClock);
        Assert.Equal(anchor, Text(AnchorFile));
    }

    [Fact]
    public async Task AnchorFile_Lost_IsRefusedInProduction()
    {
        await RecordAsync("before");
        File.Delete(AnchorFile);

        Assert.Equal((StoreRefusal.AnchorMissing, null), Refused(Opening() with { IsProduction = true }));
    }

    [Fact]
    public async Task AnchorKey_LostWithItsLines_IsRefusedInProduction()
    {
        await RecordAsync("before");
        File.Delete(Path.Combine(_options.DataDirectory, "anchor.key"));

        Assert.Equal((StoreRefusal.AnchorMissing, null), Refused(Opening() with { IsProduction = true }));
    }

    [Fact]
    public async Task AnchorFile_LostInDevelopment_IsBegunAnewAtTheHead()
    {
        await RecordAsync("before");
        File.Delete(AnchorFile);

        using var store = Open();

        Assert.Equal(1, store.Anchor.Last()?.Sequence);
    }

    [Fact]
    public async Task EmptyDirectory_BesideAnOldAnchor_StartsAnew()
    {
        await RecordAsync("of another life");
        SqliteConnection.ClearAllPools();
        Directory.Delete(_options.DataDirectory, recursive: true);

        using var store = Open();

        Assert.True(store.IsNew);
        Assert.Null(store.Anchor.Last());
    }

    [Fact]
    public async Task Process_KilledBetweenCommitAndAnchor_AnchorsTheHeadAndItsSerialsAtTheNextStart()
    {
        await RecordAsync("anchored");
        var anchored = Text(AnchorFile);
        var issued = SerialNumber.New();
        var revoked = SerialNumber.New();
        using (var store = Open())
        using (var writer = Writer(store))
        {
            await writer.PerformAsync(
                work =>
                {
                    work.Record(StoreWriterTests.Entry("lost line"));
                    work.Db.Database.ExecuteSql($"PRAGMA defer_foreign_keys = ON");
                    return true;
                },
                TestContext.Current.CancellationToken);
        }

        Sql($"PRAGMA foreign_keys = OFF; {Certificate(issued, null)}; {Certificate(revoked, Start)}");
        await File.WriteAllTextAsync(AnchorFile, anchored, TestContext.Current.CancellationToken);

        using var restarted = Open();

        var last = restarted.Anchor.Last()!;
        Assert.Equal(2, last.Sequence);
        Assert.Equal(new[] { issued, revoked }.Order(), last.Issued().Order());
        Assert.Equal([revoked], last.Revoked());
    }

    [Fact]
    public async Task Process_KilledBetweenTheStoringOfAListAndItsLine_AnchorsItsNumberAtTheNextStart()
    {
        await RecordAsync("before");
        foreach (var number in (long[])[1, 2])
        {
            await ActAsync(work => Publish(work, "AA", number));
        }

        await ActAsync(work => Publish(work, "BB", 7));
        await RecordAsync("after");
        var anchored = Text(AnchorFile);
        // Each built before the last record; the second list of one CA, the first of another.
        await ActAsync(work => Publish(work, "AA", 3));
        await ActAsync(work => Publish(work, "CC", 1));
        await File.WriteAllTextAsync(AnchorFile, anchored, TestContext.Current.CancellationToken);

        using (var restarted = Open())
        {
            Assert.Equal(["#AA:3", "#CC:1"], restarted.Anchor.Last()!.Notes);
        }

        anchored = Text(AnchorFile);
        Open().Dispose();
        Assert.Equal(anchored, Text(AnchorFile));
    }

    [Fact]
    public async Task Log_ThatWentWithWhoeverClosedLastBeforeTheWriterCameIn_IsNoReplacement()
    {
        await RecordAsync("before");
        using var store = Open();
        using var writer = new StoreWriter(
            store.Options, store.Anchor, new ClockGuard(new FakeTimeProvider(Start)), NullLogger<StoreWriter>.Instance);
        using var other = new SqliteConnection(SqliteEngine.HowToOpen(_options).ToString() + ";Pooling=False");
        SqliteConnection.ClearPool(new SqliteConnection(SqliteEngine.HowToOpen(_options).ToString()));
        other.Open();
        Run(other, "PRAGMA locking_mode=EXCLUSIVE");
        Run(other, "BEGIN IMMEDIATE");
        Run(other, "COMMIT");
        // Under a second name its number is not given to the next file.
        Assert.Equal(0, (await Tool.Run("ln", [_options.DatabaseFile + "-wal", _directory.At("log")])).ExitCode);
        var held = Handles();

        // It has looked at the files and waits for the database.
        var acting = writer.PerformAsync(
            work =>
            {
                work.Record(StoreWriterTests.Entry("after"));
                return true;
            },
            TestContext.Current.CancellationToken);
        while (Handles() <= held)
        {
            Assert.False(acting.IsCompleted);
            await Task.Yield();
        }

        other.Close();
        Assert.False(File.Exists(_options.DatabaseFile + "-wal"));

        await acting;
    }

    [Fact]
    public async Task Start_WithNothingNew_AddsNoAnchorLine()
    {
        await RecordAsync("before");
        var anchor = Text(AnchorFile);

        Open().Dispose();

        Assert.Equal(anchor, Text(AnchorFile));
    }

    [Fact]
    public async Task Passphrase_ThatIsWrong_IsRefusedAndChangesNothing()
    {
        await RecordAsync("before");

        Assert.Equal(
            (StoreRefusal.WrongPassphrase, null),
            Refused(Opening() with { Passphrase = "another", ClockIsShifted = true, Now = Start.AddDays(1) }));

        Assert.False(Read(db => db.Installations.Single()).EverRanOnShiftedClock);
        Open().Dispose();
    }

    [Fact]
    public async Task Clock_ShiftedBeforeTheLatestRecord_IsRefusedWithItsInstant()
    {
        await RecordAsync("at the start");

        Assert.Equal(
            (StoreRefusal.ClockBeforeHistory, "2026年09月01日 00時30分00秒"),
            Refused(Opening() with { Now = Start.AddSeconds(-1), ClockIsShifted = true }));
    }

    [Fact]
    public async Task Clock_ShiftedToTheLatestRecord_Starts()
    {
        await RecordAsync("at the start");

        Open(Opening() with { ClockIsShifted = true }).Dispose();
    }

    [Fact]
    public async Task Clock_RealAfterAShiftedOne_IsRefusedUntilItHasCaughtUp()
    {
        var shifted = Opening() with { Now = Start.AddYears(1), ClockIsShifted = true };
        await RecordAsync("a year ahead", shifted);

        Assert.Equal(StoreRefusal.ClockBeforeHistory, Refused().Refusal);
    }

    [Fact]
    public async Task Clock_SteppedBackByItsTimeServer_Starts()
    {
        await RecordAsync("at the start");

        Open(Opening() with { Now = Start.AddSeconds(-1) }).Dispose();
    }

    [Fact]
    public void Directory_OfTheDemoBank_IsRefusedInProduction()
    {
        Open().Dispose();
        Sql("UPDATE Installations SET EverHeldDemoBank = 1");

        Assert.Equal((StoreRefusal.NotForProduction, null), Refused(Opening() with { IsProduction = true }));
    }

    [Fact]
    public void Directory_OfAShiftedClock_IsRefusedInProduction()
    {
        Open(Opening() with { ClockIsShifted = true }).Dispose();

        Assert.Equal((StoreRefusal.NotForProduction, null), Refused(Opening() with { IsProduction = true }));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Database_ThatAnotherProgramKeepsToItself_IsRefusedInOneWord(bool toRead)
    {
        await RecordAsync("before");
        SqliteConnection.ClearAllPools();
        using (var other = new SqliteConnection($"Data Source={_options.DatabaseFile};Pooling=False"))
        {
            other.Open();
            using var hold = other.CreateCommand();
            hold.CommandText = "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE;";
            hold.ExecuteNonQuery();

            Assert.Equal(
                StoreRefusal.Locked, toRead ? DataStore.OpenForReading(_options, AnchorFile, Passphrase).Refusal : Refused().Refusal);
        }

        Open().Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Database_ThatIsNone_IsRefusedInOneWord(bool toRead)
    {
        await RecordAsync("before");
        SqliteConnection.ClearAllPools();
        File.Delete(_options.DatabaseFile + "-wal");
        File.WriteAllText(_options.DatabaseFile, new string('x', 8192));

        Assert.Equal(StoreRefusal.Damaged, toRead ? DataStore.OpenForReading(_options, AnchorFile, Passphrase).Refusal : Refused().Refusal);
    }

    [Fact]
    public void Context_ForReading_CannotWrite()
    {
        using var store = Open();
        var builder = new DbContextOptionsBuilder<DensaiDbContext>();
        DataStore.ConfigureReading(builder, _options);
        using var db = new DensaiDbContext(builder.Options);

        var fault = Assert.Throws<SqliteException>(() => db.Database.ExecuteSqlRaw("DELETE FROM Installations"));
        Assert.Equal(8, fault.SqliteErrorCode);
    }

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        _directory.Dispose();
    }

    private static string Certificate(SerialNumber serial, DateTimeOffset? revokedAt)
    {
        var at = Start.ToUnixTimeMilliseconds();
        var revoked = revokedAt?.ToUnixTimeMilliseconds().ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "NULL";
        return "INSERT INTO Certificates (UserId, IssuerKeyIdentifier, SerialNumber, Sha256Fingerprint, PublicKeySha256, Der, "
            + "NotBefore, NotAfter, IssuedAt, RevokedAt, IssuedSequence, RevokedSequence) "
            + $"VALUES (1, '00', '{serial}', '{serial}', '{serial}', x'', {at}, {at}, {at}, "
            + $"{revoked}, 2, {(revokedAt is null ? "NULL" : "2")})";
    }

    // Windows has no modes; there the directory's own list rules.
    private static UnixFileMode ModeOf(string path) =>
        OperatingSystem.IsWindows() ? UnixFileMode.UserRead | UnixFileMode.UserWrite : File.GetUnixFileMode(path);

    private static string Text(string file)
    {
        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd();
    }

    private static StoreWriter Writer(DataStore store) =>
        new(store.Options, store.Anchor, new ClockGuard(new FakeTimeProvider(Start)), NullLogger<StoreWriter>.Instance);

    private StoreOpening Opening() => new(_options, AnchorFile, Passphrase, Start, IsProduction: false, ClockIsShifted: false);

    private DataStore Open(StoreOpening? opening = null)
    {
        var (store, refusal, _) = DataStore.Open(opening ?? Opening());
        Assert.Null(refusal);
        return store!;
    }

    private (StoreRefusal? Refusal, string? Value) Refused(StoreOpening? opening = null)
    {
        var (store, refusal, value) = DataStore.Open(opening ?? Opening());
        store?.Dispose();
        Assert.Null(store);
        return (refusal, value);
    }

    private Task RecordAsync(string detail, StoreOpening? opening = null) =>
        ActAsync(work => work.Record(StoreWriterTests.Entry(detail)), opening);

    private async Task ActAsync(Action<UnitOfWork> perform, StoreOpening? opening = null)
    {
        var how = opening ?? Opening();
        using var store = Open(how);
        using var writer = new StoreWriter(
            store.Options, store.Anchor, new ClockGuard(new FakeTimeProvider(how.Now)), NullLogger<StoreWriter>.Instance);
        await writer.PerformAsync(
            work =>
            {
                perform(work);
                return true;
            },
            TestContext.Current.CancellationToken);
    }

    private static void Publish(UnitOfWork work, string issuer, long number)
    {
        work.Db.PublishedCrls.Add(new PublishedCrl(issuer, number, 0, work.Now, work.Now, work.Now, 0, []));
        work.Anchor(new AnchorNote.Crl(issuer, number));
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>How often this process has the database open.</summary>
    private int Handles() =>
        Directory.EnumerateFiles("/proc/self/fd").Count(handle => new FileInfo(handle).LinkTarget == _options.DatabaseFile);

    private T Read<T>(Func<DensaiDbContext, T> query)
    {
        using var db = new DensaiDbContext(
            new DbContextOptionsBuilder<DensaiDbContext>().UseSqlite(SqliteEngine.HowToOpen(_options).ToString()).Options);
        return query(db);
    }

    private void Sql(string sql)
    {
        using var connection = new SqliteConnection(SqliteEngine.HowToOpen(_options).ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private string Backup()
    {
        var backup = _directory.At("backup.db");
        Sql($"VACUUM INTO '{backup}'");
        return backup;
    }

    private void PutBack(string backup)
    {
        SqliteConnection.ClearAllPools();
        File.Delete(_options.DatabaseFile + "-wal");
        File.Delete(_options.DatabaseFile + "-shm");
        File.Copy(backup, _options.DatabaseFile, overwrite: true);
    }
}
