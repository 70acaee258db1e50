using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Store;

namespace DensaiAdmin.Core.Recovery;

/// <summary>Everything that the anchor's signed lines tell of certificates and CRLs: what a store that is too old lacks.</summary>
internal sealed class AnchoredFacts
{
    /// <summary>Serials that a signature may exist of.</summary>
    public Dictionary<SerialNumber, AnchorNote.Issued> Issued { get; } = [];

    /// <summary>Serials that are revoked; the first revocation stands.</summary>
    public Dictionary<SerialNumber, AnchorNote.Revoked> Revoked { get; } = [];

    /// <summary>Highest CRL number of each CA.</summary>
    public Dictionary<string, long> CrlNumbers { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a signed line has this very head.</summary>
    public bool HasHead { get; private set; }

    /// <summary>Reads the whole anchor.</summary>
    /// <param name="anchor">The anchor of this installation.</param>
    /// <param name="sequence">Head of the store.</param>
    /// <param name="hash">Its hash, upper hex.</param>
    public static AnchoredFacts Read(HistoryAnchor anchor, long sequence, string hash)
    {
        var facts = new AnchoredFacts();
        foreach (var (line, isSigned) in anchor.Read())
        {
            if (!isSigned)
            {
                continue;
            }

            facts.HasHead |= line.Sequence == sequence && string.Equals(line.Head, hash, StringComparison.Ordinal);
            foreach (var note in line.Notes.Select(AnchorNote.Parse))
            {
                facts.Take(note);
            }
        }

        return facts;
    }

    private void Take(AnchorNote? note)
    {
        switch (note)
        {
            case AnchorNote.Issued issued when issued.Issuer is not null:
                Issued[issued.SerialNumber] = issued;
                break;
            case AnchorNote.Issued bare:
                Issued.TryAdd(bare.SerialNumber, bare);
                break;
            case AnchorNote.Revoked revoked:
                Revoked.TryAdd(revoked.SerialNumber, revoked);
                break;
            case AnchorNote.Crl list:
                CrlNumbers[list.Issuer] = Math.Max(list.Number, CrlNumbers.GetValueOrDefault(list.Issuer));
                break;
            default:
                break;
        }
    }
}
