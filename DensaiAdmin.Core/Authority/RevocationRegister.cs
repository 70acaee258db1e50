using System.Runtime.InteropServices;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.Authority;

/// <summary>
/// What one CA's next CRL lists, kept in memory and brought up to date from the store, so that a revocation costs the reading of
/// one row and not of all. Used by one at a time.
/// </summary>
internal sealed class RevocationRegister(ICertificateAuthority authority, RevokedSerials revoked)
{
    private const long Bits = 0xFFFF_FFFF;

    private readonly Dictionary<SerialNumber, Line> _lines = [];

    // Entries of the published list that the next may do without, until that is out.
    private readonly Dictionary<SerialNumber, DateTimeOffset> _dropped = [];
    private DateTimeOffset _earliestNotAfter = DateTimeOffset.MaxValue;
    private long? _readUpTo;
    private long _listedUpTo;
    private bool _isLoaded;
    private (long Count, long Sum) _held;
    private bool _isDoubted;

    public ICertificateAuthority Authority => authority;

    /// <summary>The newest published list.</summary>
    public CertificateRevocationList? Published { get; private set; }

    public DateTimeOffset BuiltAt { get; private set; }

    /// <summary>The published list holds every revocation by acts up to this sequence; -1 without one.</summary>
    public long ListedUpTo => _listedUpTo;

    /// <summary>Highest number ever stored, 0 when none.</summary>
    public long LastNumber { get; private set; }

    /// <summary>Whether a number is stored whose list cannot be read back.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>
    /// Serials whose revocation stands on a list or in the anchor while the store denies it, by a row that says otherwise or by none.
    /// They stay listed whatever the store says.
    /// </summary>
    public IReadOnlySet<SerialNumber> Denied { get; private set; } = new HashSet<SerialNumber>();

    /// <summary>Whether the anchor knows of a list that the store does not have.</summary>
    public bool LacksList { get; internal set; }

    /// <summary>Whether something is to be listed that the published list lacks.</summary>
    public bool HasNews { get; private set; }

    private string Issuer => authority.IssuerCertificate.SubjectKeyIdentifier;

    /// <summary>Takes up the newest stored list.</summary>
    public async Task LoadAsync(DensaiDbContext db, CancellationToken cancellation)
    {
        var newest = await db.PublishedCrls.AsNoTracking().Where(c => c.IssuerKeyIdentifier == Issuer).OrderByDescending(c => c.Number)
            .FirstOrDefaultAsync(cancellation);
        if ((newest?.Number ?? 0) < LastNumber)
        {
            // What was taken up or published before stays so, whatever the store has of it now.
            LacksList = true;
            _readUpTo = null;
            _isLoaded = true;
            return;
        }

        LastNumber = newest?.Number ?? 0;
        BuiltAt = newest?.BuiltAt ?? DateTimeOffset.MinValue;
        _listedUpTo = newest?.UpTo ?? -1;
        Published = newest?.Der is { } der && CertificateRevocationList.Read(der, authority.IssuerCertificate) is { } list
            && list.Number == newest.Number ? list : null;
        IsDamaged = newest is not null && Published is null;
        if (Published is { } published)
        {
            revoked.NoteListed(published.Entries.Select(e => e.Serial));
        }

        _readUpTo = null;
        _isLoaded = true;
    }

    /// <summary>
    /// The anchor knows of this list. One that the store has and that is older is not served again: its entries count, its number is taken.
    /// </summary>
    public void NoteAnchored(long number)
    {
        if (number <= LastNumber)
        {
            return;
        }

        if (Published is { } older)
        {
            foreach (var entry in older.Entries)
            {
                revoked.Note(new AnchorNote.Revoked(entry.Serial, Issuer, entry.RevokedAt, entry.Reason), entry.RevokedAt);
            }
        }

        LastNumber = number;
        Published = null;
        LacksList = true;
    }

    /// <summary>
    /// Counts the rows the next time, and holds the stored lists against the published one: whoever changed them did not pass an act. Not
    /// at each publication, because it looks at every revoked row; what was read once stays listed whatever becomes of its row.
    /// </summary>
    public void Doubt() => _isDoubted = true;

    /// <summary>Reads everything anew the next time.</summary>
    public void ReadWhole() => _readUpTo = null;

    /// <summary>Forgets everything but the published list: after a fault the store alone knows what was written.</summary>
    public void Distrust() => _isLoaded = false;

    /// <summary>Reads what was revoked since the last reading; everything, at first.</summary>
    /// <param name="db">Sees at least every act up to <paramref name="upTo"/>.</param>
    /// <param name="upTo">A head of the history: who reads on after it misses nothing, whatever instants the revocations carry.</param>
    /// <param name="rightNow">
    /// The time now, where the published list was dated by a clock that was ahead: what it took for expired is not.
    /// </param>
    /// <param name="cancellation">Ends the query.</param>
    public async Task ReadAsync(DensaiDbContext db, long upTo, DateTimeOffset? rightNow, CancellationToken cancellation)
    {
        if (!_isLoaded)
        {
            await LoadAsync(db, cancellation);
        }

        if (rightNow is null)
        {
            DropExpired();
        }

        // Before the store is read: it has the acts of all of these.
        var noted = revoked.Unlisted().Where(note => note.Issuer is null || string.Equals(note.Issuer, Issuer, StringComparison.Ordinal))
            .ToList();
        if (_readUpTo is { } since && rightNow is null)
        {
            await ReadSinceAsync(db, since, upTo, cancellation);
        }

        if (_isDoubted)
        {
            LacksList |= (await db.PublishedCrls.Where(c => c.IssuerKeyIdentifier == Issuer).MaxAsync(c => (long?)c.Number, cancellation)
                ?? 0) < LastNumber;
        }

        // Other rows than were read: of those that acts after it revoked, nothing is said yet.
        if (_readUpTo is null || rightNow is not null || Denied.Count > 0
            || (_isDoubted && await CountAsync(db, upTo, cancellation) != _held))
        {
            await ReadAllAsync(db, rightNow, cancellation);
            _held = await CountAsync(db, upTo, cancellation);
        }

        await HoldAgainstAsync(db, noted, cancellation);
        _isDoubted = false;
        _readUpTo = upTo;
    }

    // How many rows the acts up to there revoked and when, by an index that holds both: at 100,000 rows the rows themselves cost twenty
    // times as much, and only those few are read that came after. Of the instants so many bits that no sum overflows.
    private async Task<(long Count, long Sum)> CountAsync(DensaiDbContext db, long upTo, CancellationToken cancellation)
    {
        var held = await db.Database.SqlQuery<Held>(
            $"""
            SELECT "Every"."Count" - "Later"."Count" AS "Count", "Every"."Sum" - "Later"."Sum" AS "Sum" FROM
            (
                SELECT COUNT(*) AS "Count", COALESCE(SUM("RevokedAt" & {Bits}), 0) AS "Sum" FROM "Certificates"
                WHERE "IssuerKeyIdentifier" = {Issuer} AND "RevokedAt" IS NOT NULL
            ) AS "Every",
            (
                SELECT COUNT(*) AS "Count", COALESCE(SUM("RevokedAt" & {Bits}), 0) AS "Sum" FROM "Certificates"
                WHERE "IssuerKeyIdentifier" = {Issuer} AND "RevokedSequence" > {upTo} AND "RevokedAt" IS NOT NULL
            ) AS "Later"
            """).SingleAsync(cancellation);
        return (held.Count, held.Sum);
    }

    /// <summary>What the anchor says is revoked is listed, whatever the store says of it.</summary>
    private async Task HoldAgainstAsync(DensaiDbContext db, List<AnchorNote.Revoked> noted, CancellationToken cancellation)
    {
        var denied = Denied.ToHashSet();
        foreach (var some in noted.Where(
            note => !_lines.ContainsKey(note.SerialNumber) && !_dropped.ContainsKey(note.SerialNumber)).Chunk(500))
        {
            var serials = some.Select(note => note.SerialNumber).ToList();
            var settled = await db.Certificates.Where(
                c => serials.Contains(c.SerialNumber) && c.RevokedAt != null).Select(c => c.SerialNumber)
                .Concat(db.IssueIntents.Where(i => serials.Contains(i.SerialNumber) && i.AbandonedAt != null).Select(i => i.SerialNumber))
                .ToListAsync(cancellation);
            revoked.Settle(settled);
            foreach (var note in some.ExceptBy(settled, note => note.SerialNumber))
            {
                Carry(new RevokedCertificate(note.SerialNumber, note.RevokedAt!.Value, note.Reason ?? X509RevocationReason.Unspecified));
                denied.Add(note.SerialNumber);
                HasNews = true;
            }
        }

        Denied = denied;
    }

    // For ever: nothing that can be trusted tells when it expires, until the store says the same again.
    private void Carry(RevokedCertificate entry) => _lines.TryAdd(entry.Serial, new Line(entry, DateTimeOffset.MaxValue));

    public IReadOnlyCollection<RevokedCertificate> Listed() => [.. _lines.Values.Select(line => line.Entry)];

    public DateTimeOffset? NotAfterOf(SerialNumber serial) => _dropped.TryGetValue(serial, out var notAfter) ? notAfter : null;

    public void NotePublished(CertificateRevocationList list, DateTimeOffset builtAt, long upTo)
    {
        _listedUpTo = upTo;
        Published = list;
        LastNumber = list.Number;
        BuiltAt = builtAt;
        IsDamaged = false;
        HasNews = false;
        revoked.NoteListed(list.Entries.Select(e => e.Serial));
        _dropped.Clear();
    }

    /// <summary>RFC 5280 3.3: an entry leaves once it stood on a list issued after the certificate's notAfter.</summary>
    private void DropExpired()
    {
        if (Published is not { } published || !CrlGuard.MayLeave(_earliestNotAfter, published.ThisUpdate))
        {
            return;
        }

        foreach (var entry in published.Entries)
        {
            if (_lines.TryGetValue(entry.Serial, out var line) && CrlGuard.MayLeave(line.NotAfter, published.ThisUpdate))
            {
                _lines.Remove(entry.Serial);
                _dropped[entry.Serial] = line.NotAfter;
            }
        }

        _earliestNotAfter = _lines.Count == 0 ? DateTimeOffset.MaxValue : _lines.Values.Min(line => line.NotAfter);
    }

    private async Task ReadSinceAsync(DensaiDbContext db, long since, long upTo, CancellationToken cancellation)
    {
        var rows = await Rows(db.Certificates.Where(
            c => c.IssuerKeyIdentifier == Issuer && c.RevokedAt != null && c.RevokedSequence > since)).ToListAsync(cancellation);
        var abandoned = await Rows(
            db.IssueIntents.Where(i => i.IssuerKeyIdentifier == Issuer && i.AbandonedSequence > since)).ToListAsync(cancellation);
        Add(rows);
        Add(abandoned);
        // Those of later acts are read again the next time, and counted then.
        var counted = rows.FindAll(row => row.Sequence <= upTo);
        _held = (_held.Count + counted.Count, _held.Sum + counted.Sum(row => row.At.ToUnixTimeMilliseconds() & Bits));
    }

    private async Task ReadAllAsync(DensaiDbContext db, DateTimeOffset? rightNow, CancellationToken cancellation)
    {
        // What the published list still needs to carry on, and what it may lack, however long ago that expired.
        var carried = rightNow ?? Published?.ThisUpdate ?? DateTimeOffset.MinValue;
        var listedUpTo = _listedUpTo;
        var listed = Published?.Entries.Select(e => e.Serial).ToHashSet() ?? [];
        var rows = await Rows(db.Certificates.Where(c => c.IssuerKeyIdentifier == Issuer
            && c.RevokedAt != null
            && (c.NotAfter >= carried || c.RevokedSequence > listedUpTo))).ToListAsync(cancellation);
        var abandoned = await Rows(db.IssueIntents.Where(i => i.IssuerKeyIdentifier == Issuer
            && i.AbandonedAt != null
            && (i.NotAfter >= carried || i.AbandonedSequence > listedUpTo))).ToListAsync(cancellation);
        _lines.Clear();
        _dropped.Clear();
        _earliestNotAfter = DateTimeOffset.MaxValue;
        Denied = new HashSet<SerialNumber>();
        Add(rows);
        Add(abandoned);
        HasNews = _lines.Keys.Any(serial => !listed.Contains(serial));
        var missing = listed.Where(serial => !_lines.ContainsKey(serial)).ToList();
        if (missing.Count > 0)
        {
            await NoteExpiredAsync(db, missing, carried, cancellation);
            var denied = new HashSet<SerialNumber>();
            foreach (var entry in Published!.Entries.Where(e => !_lines.ContainsKey(e.Serial) && !_dropped.ContainsKey(e.Serial)))
            {
                Carry(entry);
                denied.Add(entry.Serial);
            }

            Denied = denied;
        }
    }

    // Entries of the published list that the query above left out: they may go only if they expired before that list.
    private async Task NoteExpiredAsync(
        DensaiDbContext db, List<SerialNumber> serials, DateTimeOffset publishedAt, CancellationToken cancellation)
    {
        foreach (var some in serials.Chunk(500))
        {
            var known = await db.Certificates.Where(c => some.Contains(c.SerialNumber) && c.RevokedAt != null && c.NotAfter < publishedAt)
                .Select(c => new { c.SerialNumber, c.NotAfter }).ToListAsync(cancellation);
            var promised = await db.IssueIntents.Where(i => some.Contains(i.SerialNumber)
                && i.AbandonedAt != null
                && i.NotAfter < publishedAt).Select(i => new { i.SerialNumber, i.NotAfter }).ToListAsync(cancellation);
            foreach (var row in known.Concat(promised))
            {
                _dropped[row.SerialNumber] = row.NotAfter;
            }
        }
    }

    private void Add(List<Row> rows)
    {
        foreach (var row in rows)
        {
            if (!_dropped.ContainsKey(row.SerialNumber)
                && _lines.TryAdd(row.SerialNumber, new Line(new RevokedCertificate(row.SerialNumber, row.At, row.Reason), row.NotAfter)))
            {
                HasNews = true;
                _earliestNotAfter = row.NotAfter < _earliestNotAfter ? row.NotAfter : _earliestNotAfter;
            }
        }
    }

    private static IQueryable<Row> Rows(IQueryable<Certificate> certificates) =>
        certificates.OrderBy(c => c.RevokedAt).Select(c => new Row(
            c.SerialNumber, c.RevokedAt!.Value, c.Reason ?? X509RevocationReason.Unspecified, c.NotAfter, c.RevokedSequence ?? 0));

    private static IQueryable<Row> Rows(IQueryable<IssueIntent> intents) =>
        intents.OrderBy(i => i.AbandonedAt).Select(i => new Row(
            i.SerialNumber, i.AbandonedAt!.Value, i.Reason ?? X509RevocationReason.Unspecified, i.NotAfter, i.AbandonedSequence ?? 0));

    private sealed record Row(
        SerialNumber SerialNumber, DateTimeOffset At, X509RevocationReason Reason, DateTimeOffset NotAfter, long Sequence);

    private sealed record Held(long Count, long Sum);

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Line(RevokedCertificate Entry, DateTimeOffset NotAfter);
}
