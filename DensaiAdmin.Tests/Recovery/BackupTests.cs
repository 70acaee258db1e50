using System.Formats.Tar;
using System.Text;
using DensaiAdmin.Core.Recovery;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Tests.Verbs;
using Microsoft.Extensions.DependencyInjection;

namespace DensaiAdmin.Tests.Recovery;

/// <summary>The verbs <c>backup</c> and <c>restore</c> over the real program.</summary>
[Web]
public class BackupTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Restore_GivesBackWhatTheBackupHolds(bool served)
    {
        using var house = await VerbHouse.OpenAsync();
        File.WriteAllText(Path.Combine(house.DataDirectory, "mail-of-today.eml"), "a mail");
        await using (served ? await house.StartServerAsync() : null)
        {
            var made = await house.RunAsync("backup", house.At("b.tar"));
            Assert.True(made.ExitCode == 0, made.Error);
        }

        Assert.Contains(house.History(), r => r is { Operation: HistoryOperation.Operation, Detail: "backup-made" }
            && r.Value!.StartsWith("b.tar ", StringComparison.Ordinal));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(house.At("b.tar")));
        }

        var before = Files(house);
        var passphrase = Passphrase(house);
        var head = Head(house.At("b.tar"));
        Forget(house);

        var restored = await house.RunAsync(new ScriptedTerminal(passphrase), "restore", house.At("b.tar"));

        Assert.True(restored.ExitCode == 0, restored.Error);
        Assert.Equal(head, house.History().Max(r => r.Sequence));
        var after = Files(house);
        Assert.Equal(before.Keys.Except(["ca/root.key.pem"], StringComparer.Ordinal), after.Keys);
        Assert.All(after.Where(f => f.Key is not "densai.db"), f => Assert.Equal(before[f.Key], f.Value));
        File.Delete(house.AnchorFile);
        var audit = await house.RunAsync("audit", "verify");
        Assert.True(audit.ExitCode == 0, audit.Error);
        Assert.Equal(0, (await house.RunAsync("crl", "now")).ExitCode);
    }

    [Fact]
    public async Task Backup_OfAsManyFilesAsAYearOfMailMakes_IsRecordedByTheServer()
    {
        using var house = await VerbHouse.OpenAsync();
        var mails = Directory.CreateDirectory(Path.Combine(house.DataDirectory, "mail")).FullName;
        for (var i = 0; i < 8_000; i++)
        {
            File.WriteAllBytes(Path.Combine(mails, $"{i:D16}-of-a-long-name-as-mails-have.eml"), []);
        }

        await using (await house.StartServerAsync())
        {
            var made = await house.RunAsync("backup", house.At("b.tar"));
            Assert.True(made.ExitCode == 0, made.Error);
            // As many as there are, whatever the server was told of them.
            Assert.Matches("8,?0[0-9]{2} files", made.Output);
        }

        Assert.Contains(house.History(), r => r.Detail == "backup-made");
    }

    [Fact]
    public async Task Backup_IsDatedByTheApplicationClock_AndNeverBeforeWhatItHolds()
    {
        using var house = await VerbHouse.OpenAsync();
        var startAt = house.History()[^1].At.AddYears(1);
        var shifted = $"--Clock:StartAt={startAt:yyyy-MM-dd'T'HH:mm:ss'Z'}";
        var made = await house.RunProgramAsync(0, "", "backup", house.At("shifted.tar"), shifted);
        Assert.True(made.ExitCode == 0, made.All);

        using var archive = BackupArchive.Open(house.At("shifted.tar"));
        Assert.InRange(archive!.Manifest.MadeAt, startAt.AddSeconds(-1), startAt.AddHours(1));

        // As beside a server that has run on since it started at an instant of its own: who comes to back it up begins where the server
        // began.
        var newest = house.History()[^1].At;
        var backup = new BackupRequest(
            new StoreOptions(house.DataDirectory), Passphrase(house), house.AnchorFile, house.At("behind.tar"), newest.AddHours(-1));
        var (manifest, _) = await BackUpStore.RunAsync(backup, _ => Task.FromResult(true));
        Assert.Equal(newest, manifest!.MadeAt);
    }

    [Fact]
    public async Task Backup_HoldsNoRootKeyNoPassphraseAndNoAnchor()
    {
        using var house = await VerbHouse.OpenAsync();
        Assert.Equal(0, (await house.RunAsync("backup", house.At("b.tar"))).ExitCode);

        var content = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(house.At("b.tar"), TestContext.Current.CancellationToken));
        var root = (await File.ReadAllLinesAsync(
            Path.Combine(house.DataDirectory, "ca", "root.key.pem"), TestContext.Current.CancellationToken))[1];
        var anchor = (await File.ReadAllLinesAsync(house.AnchorFile, TestContext.Current.CancellationToken))[0];

        Assert.DoesNotContain(Passphrase(house), content, StringComparison.Ordinal);
        Assert.DoesNotContain(root, content, StringComparison.Ordinal);
        Assert.DoesNotContain(anchor, content, StringComparison.Ordinal);
        var names = Entries(house.At("b.tar")).Select(e => e.Name).ToList();
        Assert.Contains("densai.db", names);
        Assert.Contains("anchor.key", names);
        Assert.DoesNotContain(names, n => n.Contains("root.key", StringComparison.Ordinal) || n.Contains(
            "passphrase",
            StringComparison.Ordinal) || n.Contains(".anchor", StringComparison.Ordinal) || n.Contains("lock", StringComparison.Ordinal));
    }

    /// <summary>A sound database on a disk that takes no copy of it is not told to be damaged.</summary>
    [Fact]
    public async Task Copy_ThatCannotBeWritten_IsTheTargetsFault_AndADamagedDatabaseIsItsOwn()
    {
        using var house = await VerbHouse.OpenAsync();

        // The copy's name is as long as a name may be: its journal has no room beside it.
        Assert.Equal(BackupRefusal.TargetNotWritable, await RefusalAsync(new string('b', 202) + ".tar"));
        var database = new StoreOptions(house.DataDirectory).DatabaseFile;
        var content = await File.ReadAllBytesAsync(database, TestContext.Current.CancellationToken);
        Array.Fill(content, (byte)0xA5, content.Length / 2, content.Length / 4);
        await File.WriteAllBytesAsync(database, content, TestContext.Current.CancellationToken);
        File.Delete(database + "-wal");
        Assert.Equal(BackupRefusal.Damaged, await RefusalAsync("b.tar"));
        Assert.Empty(Directory.EnumerateFiles(house.At("."), "*backup-*"));

        async Task<BackupRefusal?> RefusalAsync(string name) => (await BackUpStore.RunAsync(
            new(
                new StoreOptions(house.DataDirectory), Passphrase(house), house.AnchorFile, house.At(name),
                DateTimeOffset.UnixEpoch), _ => Task.FromResult(true))).Refusal;
    }

    [Fact]
    public async Task Backup_OfADirectoryWithTheAnchorInIt_LeavesOutTheAnchorAlone()
    {
        using var house = await VerbHouse.OpenAsync();
        string[] ofTheAnchor = ["anchor", "anchor.000001", "anchor.1000000", "anchor.reserve"];
        string[] others = ["anchor.key", "anchor-of-old", "anchor.txt"];
        foreach (var name in ofTheAnchor.Concat(others.Skip(1)))
        {
            await File.WriteAllTextAsync(Path.Combine(house.DataDirectory, name), name, TestContext.Current.CancellationToken);
        }

        var backup = new BackupRequest(
            new StoreOptions(house.DataDirectory), Passphrase(house), Path.Combine(house.DataDirectory, "anchor"), house.At("b.tar"),
            DateTimeOffset.UnixEpoch);
        var (manifest, refusal) = await BackUpStore.RunAsync(backup, _ => Task.FromResult(true));

        Assert.Null(refusal);
        Assert.Equal(others.Order(StringComparer.Ordinal), manifest!.Files.Select(f => f.Path).Where(
            path => path.StartsWith("anchor", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Backup_WhereItMustNotBe_IsRefused_AndLeavesNothing()
    {
        using var house = await VerbHouse.OpenAsync();
        File.WriteAllText(house.At("there.tar"), "somebody's");
        var before = Directory.EnumerateFileSystemEntries(house.At("."), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .ToList();

        VerbTests.CheckRefused(await house.RunAsync("backup", house.At("there.tar")));
        VerbTests.CheckRefused(await house.RunAsync("backup", Path.Combine(house.DataDirectory, "inside.tar")));
        VerbTests.CheckRefused(await house.RunAsync("backup", house.At("no/such/folder/b.tar")));
        VerbTests.CheckRefused(await house.RunAsync("backup", house.At("data")));

        Assert.Equal("somebody's", File.ReadAllText(house.At("there.tar")));
        Assert.Equal(
            before, Directory.EnumerateFileSystemEntries(house.At("."), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(house.History(), r => r.Detail == "backup-made");
    }

    [Fact]
    public async Task Backup_WhileEightWrite_IsTheStateOfOneInstant()
    {
        using var house = await VerbHouse.OpenAsync();
        string[] backups;
        await using (var server = await house.StartServerAsync())
        {
            var writer = server.Services.GetRequiredService<StoreWriter>();
            using var stop = new CancellationTokenSource();
            var writers = Enumerable.Range(0, 8).Select(number => Task.Run(
                async () =>
                {
                    while (!stop.IsCancellationRequested)
                    {
                        await writer.PerformAsync(work =>
                        {
                            work.Record(new HistoryEntry
                            {
                                Operation = HistoryOperation.Operation,
                                Result = HistoryResult.Done,
                                Source = $"writer {number}",
                                Detail = "local",
                            });
                            return true;
                        });
                    }
                },
                TestContext.Current.CancellationToken)).ToList();
            backups = [house.At("b1.tar"), house.At("b2.tar"), house.At("b3.tar")];
            foreach (var backup in backups)
            {
                var made = await house.RunAsync("backup", backup);
                Assert.True(made.ExitCode == 0, made.Error);
            }

            await stop.CancelAsync();
            await Task.WhenAll(writers);
        }

        var heads = backups.Select(Head).ToList();
        Assert.True(heads[0] < heads[1] && heads[1] < heads[2]);
        var passphrase = Passphrase(house);
        File.Move(house.AnchorFile, house.At("kept.anchor"));
        foreach (var (backup, head) in backups.Zip(heads))
        {
            Forget(house);
            var restored = await house.RunAsync(new ScriptedTerminal(passphrase), "restore", backup);
            Assert.True(restored.ExitCode == 0, restored.Error);
            Assert.Equal(head, house.History().Count);
            var audit = await house.RunAsync("audit", "verify");
            Assert.True(audit.ExitCode == 0, audit.Error);
        }
    }

    [Theory]
    [InlineData("database")]
    [InlineData("key file")]
    [InlineData("manifest")]
    [InlineData("signature")]
    [InlineData("anchor key")]
    [InlineData("missing")]
    [InlineData("added")]
    [InlineData("twice")]
    [InlineData("outside")]
    [InlineData("link")]
    [InlineData("cut")]
    [InlineData("no manifest")]
    [InlineData("no tar")]
    public async Task Restore_OfWhatIsNotWhatWasWritten_WritesNothing(string what)
    {
        using var house = await VerbHouse.OpenAsync();
        Assert.Equal(0, (await house.RunAsync("backup", house.At("b.tar"))).ExitCode);
        var passphrase = Passphrase(house);
        Forget(house);
        var entries = Entries(house.At("b.tar"));
        int At(string name) => entries.FindIndex(e => e.Name == name);
        switch (what)
        {
            case "database":
                entries[At("densai.db")].Content[5000] ^= 1;
                break;
            case "key file":
                var key = entries.FindIndex(e => e.Name.StartsWith("ca/issuing-", StringComparison.Ordinal));
                entries[key].Content[^30] ^= 1;
                break;
            case "manifest":
                var manifest = entries[At("manifest.json")].Content;
                manifest[manifest.AsSpan().IndexOf("HeadSequence\":"u8) + 14] = (byte)'9';
                break;
            case "signature":
                entries[At("manifest.json.sig")].Content[10] ^= 1;
                break;
            case "anchor key":
                using (var other = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256))
                {
                    var pbe = new System.Security.Cryptography.PbeParameters(
                        System.Security.Cryptography.PbeEncryptionAlgorithm.Aes256Cbc,
                        System.Security.Cryptography.HashAlgorithmName.SHA256, 1);
                    entries[At("anchor.key")] = new(
                        "anchor.key", TarEntryType.RegularFile,
                        Encoding.ASCII.GetBytes(other.ExportEncryptedPkcs8PrivateKeyPem("another's", pbe)));
                }

                break;
            case "missing":
                entries.RemoveAt(At("anchor.key") + 1);
                break;
            case "added":
                entries.Insert(0, new("ca/extra.cer", TarEntryType.RegularFile, [1]));
                break;
            case "twice":
                entries.Insert(0, entries[At("densai.db")]);
                break;
            case "outside":
                entries.Insert(0, new("../outside", TarEntryType.RegularFile, [1]));
                break;
            case "link":
                entries.Insert(0, new("link", TarEntryType.SymbolicLink, []));
                break;
            case "no manifest":
                entries.RemoveAt(At("manifest.json"));
                break;
            default:
                break;
        }

        Write(house.At("b.tar"), entries);
        var octets = await File.ReadAllBytesAsync(house.At("b.tar"), TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(
            house.At("b.tar"), what == "cut" ? octets[..(octets.Length / 2)] : what == "no tar" ? [1, 2, 3] : octets,
            TestContext.Current.CancellationToken);

        var said = await house.RunAsync(new ScriptedTerminal(passphrase), "restore", house.At("b.tar"));

        Assert.Equal(1, said.ExitCode);
        Assert.Single(said.Error.TrimEnd('\n').Split('\n'));
        Assert.False(Directory.Exists(house.DataDirectory));
        Assert.False(File.Exists(house.At("outside")));
    }

    [Fact]
    public async Task Restore_NeedsThePassphraseOfThatDay_AndSaysSoFirst()
    {
        using var house = await VerbHouse.OpenAsync();
        Assert.Equal(0, (await house.RunAsync("backup", house.At("b.tar"))).ExitCode);
        Forget(house);

        var said = await house.RunAsync(new ScriptedTerminal("another passphrase of 20"), "restore", house.At("b.tar"));

        Assert.Equal(1, said.ExitCode);
        Assert.Contains("Authority:KeyPassphrase", said.Output, StringComparison.Ordinal);
        Assert.Contains("Nothing was written", said.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(house.DataDirectory));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Restore_OntoSomethingOrUnderAServer_IsRefused(bool served)
    {
        using var house = await VerbHouse.OpenAsync();
        Assert.Equal(0, (await house.RunAsync("backup", house.At("b.tar"))).ExitCode);
        await using var server = served ? await house.StartServerAsync() : null;
        var before = Files(house).Keys.ToList();

        VerbTests.CheckRefused(await house.RunAsync(new ScriptedTerminal(Passphrase(house)), "restore", house.At("b.tar")));

        Assert.Equal(before, Files(house).Keys);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(30)]
    public async Task Restore_KilledOnItsWay_LeavesNoHalfStore_AndIsRunAgain(int flush)
    {
        using var house = await VerbHouse.OpenAsync();
        Assert.Equal(0, (await house.RunAsync("backup", house.At("b.tar"))).ExitCode);
        var passphrase = Passphrase(house);
        Forget(house);

        var killed = await house.RunProgramAsync(flush, passphrase + "\n", "restore", house.At("b.tar"));

        Assert.NotEqual(0, killed.ExitCode);
        Assert.False(Directory.Exists(house.DataDirectory), killed.All);
        var restored = await house.RunProgramAsync(0, passphrase + "\n", "restore", house.At("b.tar"));
        Assert.True(restored.ExitCode == 0, restored.All);
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(house.At(".")), e => e.Contains("unfinished", StringComparison.Ordinal));
        Assert.NotEmpty(house.History());
    }

    internal static string Passphrase(VerbHouse house) => File.ReadAllText(Path.Combine(house.DataDirectory, "dev-passphrase"));

    /// <summary>The disk died.</summary>
    internal static void Forget(VerbHouse house)
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(house.DataDirectory, recursive: true);
    }

    private static long Head(string backup)
    {
        using var archive = BackupArchive.Open(backup);
        return archive!.Manifest.HeadSequence;
    }

    private static SortedDictionary<string, string> Files(VerbHouse house) => new(
        Directory.EnumerateFiles(house.DataDirectory, "*", SearchOption.AllDirectories)
            // Mails go out meanwhile.
            .Where(file => !file.Contains("/mail/", StringComparison.Ordinal))
            .Where(file => !file.EndsWith("-shm", StringComparison.Ordinal)
                && !file.EndsWith("-wal", StringComparison.Ordinal)
                && !file.EndsWith("in-use.lock", StringComparison.Ordinal)
                && !file.EndsWith(".sock", StringComparison.Ordinal))
            .ToDictionary(file => Path.GetRelativePath(house.DataDirectory, file), file =>
            {
                using var content = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                return Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(content));
            }),
        StringComparer.Ordinal);

    private static List<Entry> Entries(string backup)
    {
        var entries = new List<Entry>();
        using var stream = File.OpenRead(backup);
        using var tar = new TarReader(stream);
        while (tar.GetNextEntry() is { } entry)
        {
            using var content = new MemoryStream();
            entry.DataStream?.CopyTo(content);
            entries.Add(new(entry.Name, entry.EntryType, content.ToArray()));
        }

        return entries;
    }

    private static void Write(string backup, List<Entry> entries)
    {
        using var stream = File.Create(backup);
        using var tar = new TarWriter(stream, TarEntryFormat.Pax);
        foreach (var (name, type, content) in entries)
        {
            tar.WriteEntry(type == TarEntryType.SymbolicLink
                ? new PaxTarEntry(type, name) { LinkName = "/etc/passwd" }
                : new PaxTarEntry(type, name) { DataStream = new MemoryStream(content) });
        }
    }

    private sealed record Entry(string Name, TarEntryType Type, byte[] Content);
}
