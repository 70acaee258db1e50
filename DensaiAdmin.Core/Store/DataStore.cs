using System.Data.Common;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Registry;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace DensaiAdmin.Core.Store;

/// <summary>Why a data directory was not opened. Nothing was recorded in it; at most its schema was brought up to date.</summary>
public enum StoreRefusal
{
    /// <summary>Another process works on it.</summary>
    InUse,

    /// <summary>It was written by a newer version.</summary>
    NewerSchema,

    /// <summary>It is older than its anchor: a backup was put back. <c>reconcile</c> is needed.</summary>
    OlderThanAnchor,

    /// <summary>It has a history, but the anchor file has no line of it.</summary>
    AnchorMissing,

    /// <summary>The application clock stands before the latest recorded instant.</summary>
    ClockBeforeHistory,

    /// <summary>The passphrase does not open its keys.</summary>
    WrongPassphrase,

    /// <summary>It ever held the demo bank or ran on a shifted clock; Production does not run on it.</summary>
    NotForProduction,

    /// <summary>Another program, which is none of ours, keeps the database to itself.</summary>
    Locked,

    /// <summary>The database is damaged, or none at all.</summary>
    Damaged,

    /// <summary>The disk or the permissions let nobody read and write the database.</summary>
    NotWritable,
}

/// <summary>How a data directory is to be opened.</summary>
/// <param name="Store">Where it is.</param>
/// <param name="AnchorFile">Setting <c>History:AnchorFile</c>.</param>
/// <param name="Passphrase">Setting <c>Authority:KeyPassphrase</c>; seals the anchor's key as well.</param>
/// <param name="Now">The application clock at start, UTC.</param>
/// <param name="IsProduction">Whether demo data is refused.</param>
/// <param name="ClockIsShifted">Whether <c>Clock:StartAt</c> is set.</param>
public sealed record StoreOpening(
    StoreOptions Store, string AnchorFile, string Passphrase, DateTimeOffset Now, bool IsProduction, bool ClockIsShifted)
{
    /// <summary>Whether it is opened to be reconciled: then it is not held against its anchor, and nothing is appended to that.</summary>
    public bool IsReconciling { get; init; }

    /// <summary>PBKDF2 rounds that seal the anchor's key, where it is made now.</summary>
    internal int SealingRounds { get; init; } = AnchorKey.Rounds;

    /// <summary>Names the setting without its value.</summary>
    public override string ToString() => $"StoreOpening {Store.DataDirectory}";
}

/// <summary>
/// The open data directory: locked against a second process, schema up to date, anchor held against the history.
/// </summary>
public sealed class DataStore : IDisposable
{
    private const string LockFile = "in-use.lock";

    private readonly FileStream _lock;

    private DataStore(
        StoreOptions options, string installation, HistoryAnchor anchor, FileStream hold, bool isNew, DateTimeOffset? latestInstant)
    {
        Options = options;
        Installation = installation;
        Anchor = anchor;
        _lock = hold;
        IsNew = isNew;
        LatestInstant = latestInstant;
    }

    public StoreOptions Options { get; }

    /// <summary>Installation ID.</summary>
    public string Installation { get; }

    public HistoryAnchor Anchor { get; }

    /// <summary>Whether this start made the directory.</summary>
    public bool IsNew { get; }

    /// <summary>
    /// The latest date in history and anchor when the directory was opened, UTC; null without one. What the clock is held against (R26): a
    /// list that was published has a line in the anchor and no record.
    /// </summary>
    public DateTimeOffset? LatestInstant { get; }

    /// <summary>
    /// Options of a context that only reads: writes go through the <see cref="StoreWriter"/>, and the database itself holds us to it.
    /// </summary>
    /// <param name="builder">Of the context.</param>
    /// <param name="store">Where it reads.</param>
    /// <param name="writer">The writer beside it: while that does not know its store again, nobody reads it either.</param>
    public static void ConfigureReading(DbContextOptionsBuilder builder, StoreOptions store, StoreWriter? writer = null) =>
        StoreEngine.Of(store).ConfigureReading(builder, writer is null ? () => null : () => writer.Replacement);

    /// <summary>Opens or makes a data directory.</summary>
    /// <returns>The store, or why not, with a value for the sentence (an instant, a version).</returns>
    public static (DataStore? Store, StoreRefusal? Refusal, string? Value) Open(StoreOpening opening)
    {
        try
        {
            return OpenOrThrow(opening);
        }
        catch (Exception fault) when (RefusalOf(fault) is { } refusal)
        {
            return (null, refusal, null);
        }
    }

    /// <summary>What a fault says of the database, however deep it is wrapped; null where it is another's.</summary>
    internal static StoreRefusal? RefusalOf(Exception? fault) => StoreEngine.FaultOf(fault) is not { } found ? null : found switch
    {
        StoreFault.Locked => StoreRefusal.Locked,
        StoreFault.Damaged => StoreRefusal.Damaged,
        StoreFault.NotWritable => StoreRefusal.NotWritable,
    };

    private static (DataStore? Store, StoreRefusal? Refusal, string? Value) OpenOrThrow(StoreOpening opening)
    {
        var options = opening.Store;
        DurableFile.CreateDirectory(options.DataDirectory);
        if (TakeLock(options.DataDirectory) is not { } hold)
        {
            return (null, StoreRefusal.InUse, null);
        }

        DataStore? store = null;
        try
        {
            var engine = StoreEngine.Of(options);
            using var db = engine.OpenForUpkeep();
            if (Migrate(engine, db) is { } newer)
            {
                return (null, StoreRefusal.NewerSchema, newer);
            }

            var installation = db.Installations.SingleOrDefault();
            var isNew = installation is null;
            if (installation is null)
            {
                installation = new Installation(Convert.ToHexString(RandomNumberGenerator.GetBytes(16)), opening.Now.ToWholeMilliseconds());
                db.Installations.Add(installation);
            }

            if (opening.IsProduction && (installation.EverHeldDemoBank || installation.EverRanOnShiftedClock))
            {
                return (null, StoreRefusal.NotForProduction, null);
            }

            var latestInstant = LatestInstantOf(db);
            if (IsBefore(latestInstant, opening, installation))
            {
                return (null, StoreRefusal.ClockBeforeHistory, JapanTime.Format(latestInstant!.Value));
            }

            if (AnchorKey.Open(options.DataDirectory, opening.Passphrase, opening.SealingRounds) is not { } key)
            {
                return (null, StoreRefusal.WrongPassphrase, null);
            }

            var anchor = new HistoryAnchor(opening.AnchorFile, installation.Key, key);
            try
            {
                if (!opening.IsReconciling
                    && HoldAgainst(anchor, db, HistoryChain.ReadHead(db.Database.GetDbConnection(), null), opening) is { } refusal)
                {
                    return (null, refusal, null);
                }

                latestInstant = Later(latestInstant, anchor.Last());
                if (IsBefore(latestInstant, opening, installation))
                {
                    return (null, StoreRefusal.ClockBeforeHistory, JapanTime.Format(latestInstant!.Value));
                }

                if (opening.ClockIsShifted)
                {
                    installation.NoteShiftedClock();
                }

                db.SaveChanges();
                store = new DataStore(options, installation.Key, anchor, hold, isNew, latestInstant);
                return (store, null, null);
            }
            finally
            {
                if (store is null)
                {
                    anchor.Dispose();
                }
            }
        }
        finally
        {
            if (store is null)
            {
                hold.Dispose();
            }
        }
    }

    /// <summary>
    /// Opens only what an audit and other verbs that look read. Nothing is migrated, written or held against the anchor: a directory that
    /// is no longer what it was is opened all the same, because saying where it differs is what the audit is for.
    /// </summary>
    /// <returns>The store, or why not; neither when there is no history.</returns>
    public static (ReadOnlyStore? Store, StoreRefusal? Refusal) OpenForReading(StoreOptions options, string anchorFile, string passphrase)
    {
        try
        {
            return OpenForReadingOrThrow(options, anchorFile, passphrase);
        }
        catch (Exception fault) when (RefusalOf(fault) is { } refusal)
        {
            return (null, refusal);
        }
    }

    private static (ReadOnlyStore? Store, StoreRefusal? Refusal) OpenForReadingOrThrow(
        StoreOptions options, string anchorFile, string passphrase)
    {
        var engine = StoreEngine.Of(options);
        if (!engine.Exists)
        {
            return (null, null);
        }

        if (TakeLock(options.DataDirectory) is not { } hold)
        {
            return (null, StoreRefusal.InUse);
        }

        ReadOnlyStore? store = null;
        try
        {
            var contexts = new DbContextOptionsBuilder<DensaiDbContext>();
            ConfigureReading(contexts, options);
            using var db = new DensaiDbContext(contexts.Options);
            if (FloorOf(db) is { AllowsReading: false })
            {
                return (null, StoreRefusal.NewerSchema);
            }

            if (db.Installations.AsNoTracking().SingleOrDefault() is not { } installation)
            {
                return (null, null);
            }

            if (!File.Exists(AnchorKey.FileIn(options.DataDirectory)) || AnchorKey.Open(options.DataDirectory, passphrase) is not { } key)
            {
                return (null, StoreRefusal.WrongPassphrase);
            }

            store = new ReadOnlyStore(contexts.Options, new HistoryAnchor(anchorFile, installation.Key, key), hold);
            return (store, null);
        }
        finally
        {
            if (store is null)
            {
                hold.Dispose();
            }
        }
    }

    /// <summary>
    /// Whether the directory ever held the demo bank or ran on a shifted clock. Only looks, also while a process works on it; what is
    /// no database of ours says no here and is refused when it is opened.
    /// </summary>
    public static bool IsUnfitForProduction(StoreOptions options)
    {
        if (!StoreEngine.Of(options).Exists)
        {
            return false;
        }

        var contexts = new DbContextOptionsBuilder<DensaiDbContext>();
        ConfigureReading(contexts, options);
        using var db = new DensaiDbContext(contexts.Options);
        try
        {
            return db.Installations.AsNoTracking().Any(i => i.EverHeldDemoBank || i.EverRanOnShiftedClock);
        }
        catch (DbException)
        {
            return false;
        }
    }

    /// <summary>Whether a process works on the directory now.</summary>
    public static bool IsInUse(string dataDirectory)
    {
        // Whoever works on a directory made the lock first; looking makes none.
        if (!File.Exists(Path.Combine(dataDirectory, LockFile)))
        {
            return false;
        }

        using var hold = TakeLock(dataDirectory);
        return hold is null;
    }

    public void Dispose()
    {
        Anchor.Dispose();
        _lock.Dispose();
    }

    /// <summary>Keeps every other process out for as long as it is held; null when one is in.</summary>
    internal static FileStream? TakeLock(string dataDirectory)
    {
        try
        {
            // The lock goes with the process, however it ends: nothing stays behind after kill -9.
            return new FileStream(Path.Combine(dataDirectory, LockFile), DurableFile.Private(FileMode.OpenOrCreate, FileShare.None));
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Brings the schema up to date, unless a newer version of the program made it and this one may not write to it.</summary>
    /// <returns>The newer migration; null when the store may be worked on.</returns>
    private static string? Migrate(StoreEngine engine, DensaiDbContext db)
    {
        var known = db.Database.GetMigrations().ToHashSet(StringComparer.Ordinal);
        var applied = db.Database.GetAppliedMigrations().ToList();
        if (applied.Find(m => !known.Contains(m)) is { } newer)
        {
            return FloorOf(db) is { AllowsWriting: true } ? null : newer;
        }

        if (applied.Count < known.Count)
        {
            engine.Migrate(db);
        }
        else
        {
            engine.EnsureTriggers(db);
        }

        return null;
    }

    // None where the database was made before there was any.
    private static SchemaFloor? FloorOf(DensaiDbContext db)
    {
        try
        {
            return db.SchemaFloors.AsNoTracking().SingleOrDefault();
        }
        catch (DbException fault) when (StoreEngine.FaultOf(fault) is null)
        {
            return null;
        }
    }

    private static DateTimeOffset? LatestInstantOf(DensaiDbContext db) =>
        db.HistoryRecords.OrderByDescending(r => r.Sequence).Select(r => (DateTimeOffset?)r.At).FirstOrDefault();

    private static DateTimeOffset? Later(DateTimeOffset? recorded, AnchorLine? anchored) =>
        anchored is not null && DateTimeOffset.FromUnixTimeMilliseconds(anchored.At) is var at && (recorded is null || at > recorded)
            ? at
            : recorded;

    private static bool IsBefore(DateTimeOffset? latest, StoreOpening opening, Installation installation) =>
        opening.Now < latest && (opening.ClockIsShifted || installation.EverRanOnShiftedClock);

    private static StoreRefusal? HoldAgainst(HistoryAnchor anchor, DensaiDbContext db, HistoryChain chain, StoreOpening opening)
    {
        var last = anchor.Last();
        if (WhatParts(last, db, chain.Sequence, opening.IsProduction) is { } refusal)
        {
            return refusal;
        }

        // A publication makes no record: its number alone tells that its line is missing.
        var lists = ListsAbove(anchor, db);
        if (chain.Sequence > (last?.Sequence ?? 0) || lists.Count > 0)
        {
            // The process died between commit and anchor; nobody was told, but the head is true, and so are the serials.
            anchor.Append(
                chain.Sequence, chain.Hash, NotesSince(db, last).Where(note => note is not AnchorNote.Crl).Concat(lists), opening.Now);
        }

        return null;
    }

    /// <summary>Why a history and the last line of its anchor do not agree; null where they do.</summary>
    internal static StoreRefusal? WhatParts(AnchorLine? last, DensaiDbContext db, long sequence, bool isProduction)
    {
        if (last is null)
        {
            return sequence > 0 && isProduction ? StoreRefusal.AnchorMissing : null;
        }

        // The very record that was anchored must be there: a shorter history lacks it, one that grew out of an older copy has another.
        return string.Equals(last.Head, HeadAt(db, last.Sequence), StringComparison.Ordinal) ? null : StoreRefusal.OlderThanAnchor;
    }

    private static string? HeadAt(DensaiDbContext db, long sequence) =>
        sequence == 0 ? Convert.ToHexString(new byte[32])
        : db.HistoryRecords.Where(r => r.Sequence == sequence).Select(r => r.Hash).SingleOrDefault() is { } hash ? Convert.ToHexString(hash)
        : null;

    /// <summary>Stored lists with a higher number than the anchor has of their CA.</summary>
    private static List<AnchorNote> ListsAbove(HistoryAnchor anchor, DensaiDbContext db)
    {
        var anchored = db.PublishedCrls.Select(c => c.IssuerKeyIdentifier).Distinct()
            .ToDictionary(issuer => issuer, _ => 0L, StringComparer.OrdinalIgnoreCase);
        var open = anchored.Keys.ToHashSet(StringComparer.OrdinalIgnoreCase);
        // Each CA publishes daily: its newest line is never far from the end.
        foreach (var line in open.Count == 0 ? [] : anchor.RevocationsFromEnd())
        {
            var lists = line.Notes.Select(AnchorNote.Parse).OfType<AnchorNote.Crl>().Where(list => open.Contains(list.Issuer)).ToList();
            foreach (var list in lists)
            {
                anchored[list.Issuer] = Math.Max(anchored[list.Issuer], list.Number);
            }

            open.ExceptWith(lists.Select(list => list.Issuer));
            if (open.Count == 0)
            {
                break;
            }
        }

        return
        [
            .. anchored.SelectMany(known => db.PublishedCrls.Where(c => c.IssuerKeyIdentifier == known.Key && c.Number > known.Value)
                .OrderBy(c => c.Number).Select(c => new AnchorNote.Crl(c.IssuerKeyIdentifier, c.Number)).ToList()),
        ];
    }

    internal static List<AnchorNote> NotesSince(DensaiDbContext db, AnchorLine? last)
    {
        // A serial noted twice does no harm, one missed does: an act without a record has the next one's sequence.
        var since = last?.Sequence ?? -1;
        // The keys grow with time: nothing is read beyond the newest.
        var issued = db.Certificates.OrderByDescending(c => c.Id)
            .Select(c => new
            {
                c.IssuedSequence,
                Note = new AnchorNote.Issued(
                    c.SerialNumber, c.IssuerKeyIdentifier, c.NotAfter, c.PublicKeySha256, db.Users.Where(u => u.Id == c.UserId)
                        .OrderBy(u => u.Id).Select(u => u.LoginId).FirstOrDefault()),
            })
            .AsEnumerable().TakeWhile(c => c.IssuedSequence > since).Select(c => c.Note).ToList();
        var revoked = db.Certificates.Where(c => c.RevokedSequence > since)
            .Select(c => new AnchorNote.Revoked(
                c.SerialNumber, c.IssuerKeyIdentifier, c.RevokedAt, c.Reason ?? X509RevocationReason.Unspecified)).ToList();
        var promised = db.IssueIntents.Where(i => i.AbandonedSequence > since)
            .Select(i => new AnchorNote.Issued(
                i.SerialNumber, i.IssuerKeyIdentifier, i.NotAfter, i.PublicKeySha256, db.Users.Where(u => u.Id == i.UserId)
                    .OrderBy(u => u.Id).Select(u => u.LoginId).FirstOrDefault())).ToList();
        var abandoned = db.IssueIntents.Where(i => i.AbandonedSequence > since)
            .Select(i => new AnchorNote.Revoked(
                i.SerialNumber, i.IssuerKeyIdentifier, i.AbandonedAt, i.Reason ?? X509RevocationReason.Unspecified)).ToList();
        var lists = db.PublishedCrls.Where(c => c.UpTo >= since).Select(c => new AnchorNote.Crl(c.IssuerKeyIdentifier, c.Number)).ToList();
        return [.. issued.Concat<AnchorNote>(revoked).Concat(promised).Concat(abandoned).Concat(lists)];
    }
}

/// <summary>A data directory opened to be looked at, and no other process in it.</summary>
public sealed class ReadOnlyStore : IDisposable
{
    private readonly HistoryAnchor _anchor;
    private readonly FileStream _lock;

    internal ReadOnlyStore(DbContextOptions<DensaiDbContext> options, HistoryAnchor anchor, FileStream hold)
    {
        _anchor = anchor;
        _lock = hold;
        Contexts = new PooledDbContextFactory<DensaiDbContext>(options);
    }

    /// <summary>Reads the database.</summary>
    public IDbContextFactory<DensaiDbContext> Contexts { get; }

    /// <summary>The anchor that its history is held against.</summary>
    public HistoryAnchor Anchor => _anchor;

    /// <summary>Why a start in Production would refuse this history beside this anchor; null where it would not. Appends nothing.</summary>
    public StoreRefusal? HoldAgainstAnchor()
    {
        using var db = Contexts.CreateDbContext();
        return DataStore.WhatParts(_anchor.Last(), db, db.HistoryRecords.Max(r => (long?)r.Sequence) ?? 0, isProduction: true);
    }

    public void Dispose()
    {
        _anchor.Dispose();
        _lock.Dispose();
    }
}
