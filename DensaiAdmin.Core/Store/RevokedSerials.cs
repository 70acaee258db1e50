using DensaiAdmin.Core.Pki;

namespace DensaiAdmin.Core.Store;

/// <summary>
/// Serials that a published CRL or the anchor says are revoked, in memory: a row that says otherwise was changed behind the product's
/// back and counts for nothing. Safe to use from several threads at once; asked before every request.
/// </summary>
public sealed class RevokedSerials
{
    private readonly Lock _gate = new();
    private readonly HashSet<SerialNumber> _serials = [];
    private readonly Dictionary<SerialNumber, AnchorNote.Revoked> _unlisted = [];
    private readonly HashSet<SerialNumber> _denied = [];

    // Those already told: whoever shows such a certificate again and again must not have everything read each time.
    private readonly HashSet<SerialNumber> _told = [];

    /// <summary>
    /// Raised once for a serial whose row denies its revocation, and again after the row was right meanwhile. Handlers only hand over;
    /// they never wait.
    /// </summary>
    public event Action? Denied;

    /// <summary>
    /// Whether a certificate is revoked, by its row or in spite of it. A row that denies it is told to who holds store, list and anchor
    /// against each other.
    /// </summary>
    /// <param name="serial">Its serial.</param>
    /// <param name="isRevokedByRow">What the store says.</param>
    public bool IsRevoked(SerialNumber serial, bool isRevokedByRow)
    {
        var isNew = false;
        lock (_gate)
        {
            if (isRevokedByRow)
            {
                _told.Remove(serial);
                return true;
            }

            if (!_serials.Contains(serial))
            {
                return false;
            }

            isNew = _told.Add(serial);
            if (isNew)
            {
                _denied.Add(serial);
            }
        }

        if (isNew)
        {
            Denied?.Invoke();
        }

        return true;
    }

    /// <summary>Takes up what the anchor says.</summary>
    /// <param name="note">The note.</param>
    /// <param name="at">Instant of its line, UTC: a bare note has none of its own.</param>
    internal void Note(AnchorNote.Revoked note, DateTimeOffset at)
    {
        lock (_gate)
        {
            _serials.Add(note.SerialNumber);
            _unlisted.TryAdd(note.SerialNumber, note.RevokedAt is null ? note with { RevokedAt = at } : note);
        }
    }

    /// <summary>Takes up a published list.</summary>
    internal void NoteListed(IEnumerable<SerialNumber> serials)
    {
        lock (_gate)
        {
            foreach (var serial in serials)
            {
                _serials.Add(serial);
                _unlisted.Remove(serial);
            }
        }
    }

    /// <summary>Notes that no known list has yet. Whoever reads the store after them sees all their acts.</summary>
    internal IReadOnlyList<AnchorNote.Revoked> Unlisted()
    {
        lock (_gate)
        {
            return [.. _unlisted.Values];
        }
    }

    /// <summary>These need not be listed: the store says the same, and they expired.</summary>
    internal void Settle(IEnumerable<SerialNumber> serials)
    {
        lock (_gate)
        {
            foreach (var serial in serials)
            {
                _unlisted.Remove(serial);
            }
        }
    }

    /// <summary>Serials whose rows denied their revocation since the last call.</summary>
    internal IReadOnlyList<SerialNumber> TakeDenied()
    {
        lock (_gate)
        {
            SerialNumber[] denied = [.. _denied];
            _denied.Clear();
            return denied;
        }
    }
}
