namespace DensaiAdmin.Core.Store;

/// <summary>
/// The store could not make an act durable and anchored. Nothing of the act was shown as done; unless it is uncertain, nothing of it is
/// done and it may be tried again.
/// </summary>
public class StoreUnavailableException(string message, bool isUncertain, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>
    /// Whether the act may stand in the store all the same, because only its anchor line failed or nobody could look: then nobody may say
    /// that nothing changed.
    /// </summary>
    public bool IsUncertain { get; } = isUncertain;

    /// <summary>
    /// Whether something is wrong with the disk or the database, not with what was asked of it, however deep it is wrapped.
    /// </summary>
    public static bool IsOfTheStore(Exception? fault) => StoreEngine.FaultOf(fault) is not null;

    /// <summary>What a log says of a fault in one line.</summary>
    public static string CauseOf(Exception fault) => fault.GetBaseException().Message;

    /// <summary>
    /// The fault itself where the log needs its stack: not where disk, lock, anchor or clock explain it, of which a stack tells no more.
    /// </summary>
    public static Exception? Unexplained(Exception fault) =>
        fault is StoreReplacedException or ClockNotTrustedException || IsOfTheStore(fault) || fault.GetBaseException() is IOException
            ? null
            : fault;
}

/// <summary>
/// The head of the history in the store is not the one that was anchored last: the database was replaced or cut while the program ran.
/// Nothing is read from it and nothing written to it until the right one is back.
/// </summary>
public sealed class StoreReplacedException(StoreReplacement replacement)
    : StoreUnavailableException(
        $"The store's head is record {replacement.Found}, and the anchor's is record {replacement.Expected}: "
        + "the database was replaced or cut.",
        isUncertain: false)
{
    /// <summary>What was found.</summary>
    public StoreReplacement Replacement { get; } = replacement;
}

/// <summary>A database that is not the one this program wrote last.</summary>
/// <param name="Expected">Sequence of the record that was anchored last.</param>
/// <param name="Found">
/// Sequence of the store's newest record: lower, or the same or higher with another content; -1 where it has no history at all.
/// </param>
/// <param name="FoundAt">When it was found first, UTC, application clock.</param>
public sealed record StoreReplacement(long Expected, long Found, DateTimeOffset FoundAt);
