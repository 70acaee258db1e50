using System.Data.Common;
using System.Formats.Tar;
using System.Security.Cryptography;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Core.Store.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.Recovery;

/// <summary>Why no backup was made. There is no file under its name.</summary>
public enum BackupRefusal
{
    /// <summary>A file of that name is there; backups are never overwritten.</summary>
    TargetExists,

    /// <summary>It would lie in the data directory, and each backup in the next.</summary>
    TargetInsideDirectory,

    /// <summary>It cannot be written there, or not read back as it was written.</summary>
    TargetNotWritable,

    /// <summary>The passphrase does not open the key that signs it.</summary>
    WrongPassphrase,

    /// <summary>The database is damaged: a copy of it would be worth nothing.</summary>
    Damaged,

    /// <summary>Another program keeps the database to itself.</summary>
    Locked,

    /// <summary>It could not be recorded; the caller knows why.</summary>
    NotRecorded,
}

/// <summary>What is to be backed up.</summary>
/// <param name="Store">The data directory; a server may be working on it.</param>
/// <param name="Passphrase">Setting <c>Authority:KeyPassphrase</c>.</param>
/// <param name="AnchorFile">Setting <c>History:AnchorFile</c>: never in a backup, wherever it lies.</param>
/// <param name="Target">The file to be written.</param>
/// <param name="Now">UTC.</param>
public sealed record BackupRequest(StoreOptions Store, string Passphrase, string AnchorFile, string Target, DateTimeOffset Now)
{
    /// <summary>Names the target without the passphrase.</summary>
    public override string ToString() => $"{nameof(BackupRequest)} {Target}";
}

/// <summary>
/// A backup of the data directory, beside a running server or without one: one tar file with everything that a restore needs, its
/// manifest and the anchor key's signature. Never in it: the root's key, a passphrase, the anchor. Keys are in it as they lie there,
/// sealed.
/// </summary>
public static class BackUpStore
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // What belongs to the process that runs, what is copied in another way, and what a backup must never hold.
    private static readonly string[] LeftOut =
    [
        "in-use.lock", "control.sock",
        "densai.db", "densai.db-wal", "densai.db-shm", "densai.db-journal",
        "dev-passphrase", "ca/root.key.pem",
    ];

    /// <summary>Makes the backup.</summary>
    /// <param name="request">What and where to.</param>
    /// <param name="record">
    /// Records it, before it appears under its name: killed in between, the history has one record too many, never one too few.
    /// </param>
    /// <returns>The manifest, or why not.</returns>
    public static async Task<(BackupManifest? Manifest, BackupRefusal? Refusal)> RunAsync(
        BackupRequest request, Func<BackupManifest, Task<bool>> record)
    {
        var target = Path.GetFullPath(request.Target);
        var data = Path.TrimEndingDirectorySeparator(Path.GetFullPath(request.Store.DataDirectory));
        if (target.StartsWith(data + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            return (null, BackupRefusal.TargetInsideDirectory);
        }

        if (File.Exists(target) || Directory.Exists(target))
        {
            return (null, BackupRefusal.TargetExists);
        }

        using var key = File.Exists(AnchorKey.FileIn(data))
            ? AnchorKey.Read(await File.ReadAllTextAsync(AnchorKey.FileIn(data)), request.Passphrase)
            : null;
        if (key is null)
        {
            return (null, BackupRefusal.WrongPassphrase);
        }

        var folder = Path.GetDirectoryName(target)!;
        var unfinished = $".{Path.GetFileName(target)}.backup-";
        var archive = Path.Combine(folder, $"{unfinished}{Guid.NewGuid():N}.tar");
        var snapshot = Path.Combine(folder, $"{unfinished}{Guid.NewGuid():N}.db");
        try
        {
            // What a killed one left behind.
            Delete(Directory.EnumerateFiles(folder, unfinished + "*"));
            NewPrivateFile(snapshot).Dispose();
            var (state, unreadable) = TakeSnapshot(request.Store, snapshot, request.Now);
            if (state is null)
            {
                return (null, unreadable);
            }

            var manifest = await WriteAsync(request with { Store = new(data) }, state, snapshot, archive, key);
            if (!ReadsBack(archive, request.Passphrase, manifest))
            {
                return (null, BackupRefusal.TargetNotWritable);
            }

            if (!await record(manifest))
            {
                return (null, BackupRefusal.NotRecorded);
            }

            File.Move(archive, target, overwrite: false);
            DurableFile.FlushDirectory(folder);
            return (manifest, null);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return (null, File.Exists(target) ? BackupRefusal.TargetExists : BackupRefusal.TargetNotWritable);
        }
        finally
        {
            Delete([archive, snapshot, snapshot + "-wal", snapshot + "-shm", snapshot + "-journal"]);
        }
    }

    private static (BackupManifest? State, BackupRefusal? Refusal) TakeSnapshot(StoreOptions store, string snapshot, DateTimeOffset now)
    {
        if (SqliteSnapshot.Take(store, snapshot) is { } fault)
        {
            return (null, fault is StoreFault.Locked ? BackupRefusal.Locked : BackupRefusal.Damaged);
        }

        try
        {
            using var db = SqliteSnapshot.Open(snapshot);
            var installation = db.Installations.AsNoTracking().SingleOrDefault();
            var head = db.HistoryRecords.AsNoTracking().OrderByDescending(r => r.Sequence).Select(r => new { r.Sequence, r.Hash, r.At })
                .FirstOrDefault();
            var lists = db.PublishedCrls.GroupBy(c => c.IssuerKeyIdentifier)
                .Select(g => new { Issuer = g.Key, Number = g.Max(c => c.Number) }).ToList();
            return installation is null ? (null, BackupRefusal.Damaged) : (new BackupManifest(
                BackupManifest.CurrentFormat,
                installation.Key,
                // No backup is older than what it holds: a server that runs on a shifted clock is ahead of who has just come to back it up.
                head?.At > now ? head.At : now.ToWholeMilliseconds(),
                BackupManifest.ThisProgram,
                head?.Sequence ?? 0,
                Convert.ToHexString(head?.Hash ?? new byte[32]),
                [.. lists.Select(l => new BackupCrl(l.Issuer, l.Number))],
                []), null);
        }
        catch (DbException)
        {
            // A database, and none of ours.
            return (null, BackupRefusal.Damaged);
        }
    }

    private static async Task<BackupManifest> WriteAsync(
        BackupRequest request, BackupManifest state, string snapshot, string archive, ECDsa key)
    {
        var files = new List<BackupFile>();
        await using var stream = NewPrivateFile(archive);
        await using (var tar = new TarWriter(stream, TarEntryFormat.Pax, leaveOpen: true))
        {
            // First: what the other files hold is never older than what the database says of them.
            await using (var database = File.OpenRead(snapshot))
            {
                var hash = await SHA256.HashDataAsync(database);
                database.Position = 0;
                files.Add(new BackupFile("densai.db", database.Length, Convert.ToHexString(hash)));
                await AddAsync(tar, "densai.db", database, request.Now);
            }

            foreach (var (path, content) in OtherFiles(request))
            {
                files.Add(new BackupFile(path, content.Length, Convert.ToHexString(SHA256.HashData(content))));
                await AddAsync(tar, path, new MemoryStream(content), request.Now);
            }

            state = state with { Files = files };
            var json = state.ToJson();
            await AddAsync(tar, BackupManifest.EntryName, new MemoryStream(json), request.Now);
            await AddAsync(tar, BackupManifest.SignatureName, new MemoryStream(BackupManifest.Sign(json, key)), request.Now);
        }

        DurableFile.FlushToDisk(stream);
        return state;
    }

    private static IEnumerable<(string Path, byte[] Content)> OtherFiles(BackupRequest request)
    {
        var data = request.Store.DataDirectory;
        var anchor = Path.GetFullPath(request.AnchorFile);
        foreach (var file in Directory.EnumerateFiles(data, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var path = Path.GetRelativePath(data, file).Replace(Path.DirectorySeparatorChar, '/');
            // Half-written files of others begin with a dot and end so; they are renamed once they are whole.
            var isUnfinished = path.EndsWith(".tmp", StringComparison.Ordinal) || path.Contains("-unfinished-", StringComparison.Ordinal);
            if (isUnfinished || LeftOut.Contains(path, StringComparer.Ordinal) || IsAnchor(file, anchor))
            {
                continue;
            }

            byte[] content;
            try
            {
                content = File.ReadAllBytes(file);
            }
            catch (FileNotFoundException)
            {
                // A mail that was just sent.
                continue;
            }

            yield return (path, content);
        }
    }

    // The anchor and what lies beside it under its name: the closed files and the reserve. Not whatever else begins like it, as its key
    // may.
    private static bool IsAnchor(string file, string anchor) =>
        file.StartsWith(anchor, StringComparison.Ordinal)
        && (file.Length == anchor.Length || (file[anchor.Length] == '.' && (file.EndsWith(
            ".reserve", StringComparison.Ordinal) || file[(anchor.Length + 1)..].All(char.IsAsciiDigit))));

    private static Task AddAsync(TarWriter tar, string name, Stream content, DateTimeOffset at) =>
        tar.WriteEntryAsync(
            new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = content, Mode = OwnerOnly, ModificationTime = at });

    // A backup that cannot be read is none, and nobody would know before it is needed.
    private static bool ReadsBack(string archive, string passphrase, BackupManifest manifest)
    {
        using var backup = BackupArchive.Open(archive);
        return backup is not null
            && backup.Verify(passphrase) is null
            && backup.Manifest.ToJson().AsSpan().SequenceEqual(manifest.ToJson());
    }

    private static FileStream NewPrivateFile(string file) => new(file, DurableFile.Private(FileMode.CreateNew, FileShare.Read));

    private static void Delete(IEnumerable<string> files)
    {
        foreach (var file in files.Where(File.Exists))
        {
            File.Delete(file);
        }
    }
}
