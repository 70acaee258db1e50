using System.Globalization;

namespace DensaiAdmin.Web.Shared;

/// <summary>
/// Numbers in addresses. Parameters of pages are text, since what the framework cannot convert ends the page or its circuit; what is
/// no number counts as not said.
/// </summary>
internal static class UrlNumber
{
    // More pages than any list here has; beyond it the product with the size of a page would overflow.
    private const int MaxPage = 1_000_000;

    /// <summary>The record number that an address names, or null.</summary>
    public static long? Read(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>The page that an address names, counted from 1, or null.</summary>
    public static int? Page(string? text) => Read(text) is >= 1 and <= MaxPage and var page ? (int)page : null;
}
