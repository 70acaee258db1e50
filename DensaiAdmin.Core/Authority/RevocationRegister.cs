using System.Runtime.InteropServices;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Certificates;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.Authority;

/// <summary>
/// What one CA's next CRL lists, kept in memory and brought up to date from the store, so that a revocation costs the reading of
/// one row and not of all. Used by one at a time.
/// </summary>
internal sealed class RevocationRegister(ICertificateAuthority authority)
{
    private readonly Dictionary<SerialNumber, Line> _lines = [];

    // Entries of the published list that the next may do without, until that is out.
    private readonly Dictionary<SerialNumber, DateTimeOffset> _dropped = [];
    private DateTimeOffset _earliestNotAfter = DateTimeOffset.MaxValue;
    private long? _readUpTo;
    private long _listedUpTo;
    private bool _isLoaded;

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

    /// <summary>Whether something is to be listed that the published list lacks.</summary>
    public bool HasNews { get; private set; }

    private string Issuer => authority.IssuerCertificate.SubjectKeyIdentifier;

    /// <summary>Takes up the newest stored list.</summary>
    public async Task LoadAsync(DensaiDbContext db, CancellationToken cancellation)
    {
        var newest = await db.PublishedCrls.AsNoTracking().Where(c => c.IssuerKeyIdentifier == Issuer).OrderByDescending(c => c.Number).FirstOrDefaultAsync(cancellation);
        LastNumber = newest?.Number ?? 0;
        BuiltAt = newest?.BuiltAt ?? DateTimeOffset.MinValue;
        _listedUpTo = newest?.UpTo ?? -1;
        Published = newest?.Der is { } der && CertificateRevocationList.Read(der, authority.IssuerCertificate) is { } list && list.Number == newest.Number ? list : null;
        IsDamaged = newest is not null && Published is null;
        _readUpTo = null;
        _isLoaded = true;
    }

    /// <summary>Forgets everything but the published list: after a fault the store alone knows what was written.</summary>
    public void Distrust() => _isLoaded = false;

    /// <summary>Reads what was revoked since the last reading; everything, at first.</summary>
    /// <param name="db">Sees at least every act up to <paramref name="upTo"/>.</param>
    /// <param name="upTo">A head of the history: who reads on after it misses nothing, whatever instants the revocations carry.</param>
    /// <param name="reconciledTo">The time now, where the published list was dated by a clock that was wrong: what it took for expired is not.</param>
    /// <param name="cancellation">Ends the query.</param>
    public async Task ReadAsync(DensaiDbContext db, long upTo, DateTimeOffset? reconciledTo, CancellationToken cancellation)
    {
        if (!_isLoaded)
        {
            await LoadAsync(db, cancellation);
        }

        if (reconciledTo is null)
        {
            DropExpired();
        }

        if (_readUpTo is { } since && reconciledTo is null)
        {
            await ReadSinceAsync(db, since, cancellation);
        }
        else
        {
            await ReadAllAsync(db, reconciledTo, cancellation);
        }

        _readUpTo = upTo;
    }

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

    private async Task ReadSinceAsync(DensaiDbContext db, long since, CancellationToken cancellation)
    {
        var revoked = await Rows(db.Certificates.Where(c => c.IssuerKeyIdentifier == Issuer && c.RevokedSequence > since)).ToListAsync(cancellation);
        var abandoned = await Rows(db.IssueIntents.Where(i => i.IssuerKeyIdentifier == Issuer && i.AbandonedSequence > since)).ToListAsync(cancellation);
        Add(revoked);
        Add(abandoned);
    }

    private async Task ReadAllAsync(DensaiDbContext db, DateTimeOffset? reconciledTo, CancellationToken cancellation)
    {
        // What the published list still needs to carry on, and what it may lack, however long ago that expired.
        var carried = reconciledTo ?? Published?.ThisUpdate ?? DateTimeOffset.MinValue;
        var listedUpTo = _listedUpTo;
        var listed = Published?.Entries.Select(e => e.Serial).ToHashSet() ?? [];
        var revoked = await Rows(db.Certificates.Where(c => c.IssuerKeyIdentifier == Issuer && c.RevokedAt != null && (c.NotAfter >= carried || c.RevokedSequence > listedUpTo))).ToListAsync(cancellation);
        var abandoned = await Rows(db.IssueIntents.Where(i => i.IssuerKeyIdentifier == Issuer && i.AbandonedAt != null && (i.NotAfter >= carried || i.AbandonedSequence > listedUpTo))).ToListAsync(cancellation);
        _lines.Clear();
        _dropped.Clear();
        _earliestNotAfter = DateTimeOffset.MaxValue;
        Add(revoked);
        Add(abandoned);
        HasNews = _lines.Keys.Any(serial => !listed.Contains(serial));
        var missing = listed.Where(serial => !_lines.ContainsKey(serial)).ToList();
        if (missing.Count > 0)
        {
            await NoteExpiredAsync(db, missing, carried, cancellation);
        }
    }

    // Entries of the published list that the query above left out: they may go only if they expired before that list.
    private async Task NoteExpiredAsync(DensaiDbContext db, List<SerialNumber> serials, DateTimeOffset publishedAt, CancellationToken cancellation)
    {
        foreach (var some in serials.Chunk(500))
        {
            var known = await db.Certificates.Where(c => some.Contains(c.SerialNumber) && c.RevokedAt != null && c.NotAfter < publishedAt).Select(c => new { c.SerialNumber, c.NotAfter }).ToListAsync(cancellation);
            var promised = await db.IssueIntents.Where(i => some.Contains(i.SerialNumber) && i.AbandonedAt != null && i.NotAfter < publishedAt).Select(i => new { i.SerialNumber, i.NotAfter }).ToListAsync(cancellation);
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
            if (!_dropped.ContainsKey(row.SerialNumber) && _lines.TryAdd(row.SerialNumber, new Line(new RevokedCertificate(row.SerialNumber, row.At, row.Reason), row.NotAfter)))
            {
                HasNews = true;
                _earliestNotAfter = row.NotAfter < _earliestNotAfter ? row.NotAfter : _earliestNotAfter;
            }
        }
    }

    private static IQueryable<Row> Rows(IQueryable<Certificate> certificates) =>
        certificates.OrderBy(c => c.RevokedAt).Select(c => new Row(c.SerialNumber, c.RevokedAt!.Value, c.Reason ?? X509RevocationReason.Unspecified, c.NotAfter));

    private static IQueryable<Row> Rows(IQueryable<IssueIntent> intents) =>
        intents.OrderBy(i => i.AbandonedAt).Select(i => new Row(i.SerialNumber, i.AbandonedAt!.Value, i.Reason ?? X509RevocationReason.Unspecified, i.NotAfter));

    private sealed record Row(SerialNumber SerialNumber, DateTimeOffset At, X509RevocationReason Reason, DateTimeOffset NotAfter);

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Line(RevokedCertificate Entry, DateTimeOffset NotAfter);
}
