namespace DensaiAdmin.Core.Pki;

/// <summary>Whether a list may take the place of the published one.</summary>
public enum CrlComparison
{
    /// <summary>It may.</summary>
    GoesForward,

    /// <summary>It is another CA's list.</summary>
    OtherIssuer,

    /// <summary>Its number is not greater.</summary>
    NumberDoesNotGrow,

    /// <summary>Its thisUpdate is earlier. (An earlier nextUpdate only promises the next list sooner.)</summary>
    OlderDate,

    /// <summary>It lacks a certificate that must still be listed.</summary>
    EntriesLost,
}

/// <summary>A published status never goes back.</summary>
internal static class CrlGuard
{
    /// <summary>Evaluates the next list against the published one.</summary>
    /// <param name="previous">The published list.</param>
    /// <param name="next">The list that would replace it.</param>
    /// <param name="notAfterOf">
    /// Last valid second of a certificate, UTC; null when the inventory does not know it, which keeps it listed.
    /// </param>
    /// <param name="isReconciled">
    /// Whether the published one was dated by a clock that <c>reconcile --clock</c> has put right since (R26).
    /// </param>
    public static CrlComparison Compare(
        CertificateRevocationList previous, CertificateRevocationList next, Func<SerialNumber, DateTimeOffset?> notAfterOf,
        bool isReconciled = false)
    {
        if (!previous.Issuer.Span.SequenceEqual(next.Issuer.Span))
        {
            return CrlComparison.OtherIssuer;
        }

        if (next.Number <= previous.Number)
        {
            return CrlComparison.NumberDoesNotGrow;
        }

        if (next.ThisUpdate < previous.ThisUpdate && !isReconciled)
        {
            return CrlComparison.OlderDate;
        }

        var listed = new HashSet<SerialNumber>(next.Entries.Count);
        foreach (var entry in next.Entries)
        {
            listed.Add(entry.Serial);
        }

        foreach (var entry in previous.Entries)
        {
            if (!listed.Contains(entry.Serial)
                && (notAfterOf(entry.Serial) is not { } notAfter || !MayLeave(notAfter, previous.ThisUpdate)))
            {
                return CrlComparison.EntriesLost;
            }
        }

        return CrlComparison.GoesForward;
    }

    /// <summary>
    /// RFC 5280 3.3: an entry leaves only after it stood on one list issued beyond the certificate's validity. True when the list of
    /// that date was one.
    /// </summary>
    /// <param name="notAfter">Last valid second of the certificate, UTC.</param>
    /// <param name="previousThisUpdate">thisUpdate of the published list, on which the entry stands, UTC.</param>
    public static bool MayLeave(DateTimeOffset notAfter, DateTimeOffset previousThisUpdate) => previousThisUpdate > notAfter;
}
