using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Store;

namespace DensaiAdmin.Tests.Support;

/// <summary>What a line of the anchor says, as the product reads it.</summary>
internal static class AnchorLines
{
    public static IEnumerable<T> NotesOf<T>(this AnchorLine line)
        where T : AnchorNote => line.Notes.Select(AnchorNote.Parse).OfType<T>();

    public static IEnumerable<SerialNumber> Issued(this AnchorLine line) =>
        line.NotesOf<AnchorNote.Issued>().Select(note => note.SerialNumber);

    public static IEnumerable<SerialNumber> Revoked(this AnchorLine line) =>
        line.NotesOf<AnchorNote.Revoked>().Select(note => note.SerialNumber);

    /// <summary>Every serial that any line says is revoked, in their order.</summary>
    public static IEnumerable<SerialNumber> Revoked(this HistoryAnchor anchor) => anchor.Read().SelectMany(l => l.Line.Revoked());
}
