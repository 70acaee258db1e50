using System.Globalization;
using System.Resources;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Store;

namespace DensaiAdmin.Web.Shared;

/// <summary>
/// What a person is told where an act was not made durable or the clock does not allow it: the same on every page, at EST and on the
/// terminal. Whether it is done, not done or uncertain is in each sentence.
/// </summary>
internal static class StoreFaults
{
    private static readonly ResourceManager Shared = new(typeof(SharedText));

    /// <summary>The fault in that language; instants in JST.</summary>
    public static string Of(StoreUnavailableException fault, CultureInfo language) => fault switch
    {
        ClockNotTrustedException { Reading: { Standing: ClockStanding.Ahead } reading } => Of("Clock_Ahead", language, reading),
        ClockNotTrustedException { Reading: var reading } => Of("Clock_Behind", language, reading),
        StoreReplacedException => Word("Store_Replaced", language),
        { IsUncertain: true } => Word("Store_Uncertain", language),
        _ => Word("Store_Unavailable", language),
    };

    /// <summary>The fault if it is one of the store, read or written; null for any other.</summary>
    public static StoreUnavailableException? Find(Exception? fault) => fault switch
    {
        null => null,
        StoreUnavailableException store => store,
        _ when StoreUnavailableException.IsOfTheStore(fault) => new StoreUnavailableException(
            "The store cannot be read.", isUncertain: false, fault),
        _ => null,
    };

    private static string Of(string key, CultureInfo language, ClockReading reading) =>
        string.Format(
            CultureInfo.InvariantCulture, Word(key, language), JapanTime.Format(reading.Wall), JapanTime.Format(reading.Expected));

    private static string Word(string key, CultureInfo language) => Shared.GetString(key, language)!;
}
