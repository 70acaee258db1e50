using DensaiAdmin.Core.History;
using DensaiAdmin.Core.HistorySearch;

namespace DensaiAdmin.Web.HistorySearch;

/// <summary>What BSRS001 found.</summary>
/// <param name="Page">The rows and where they stand.</param>
/// <param name="Check">What the last walk along the chain found; null until it has ended.</param>
/// <param name="At">When the page was asked for, UTC.</param>
public sealed record HistoryListModel(HistoryRows Page, HistoryState? Check, DateTimeOffset At)
{
    /// <summary>Whether neither a row shown nor the walk gives cause for doubt.</summary>
    public bool IsIntact => Check is not { IsIntact: false } && Page.Rows.All(row => row.IsIntact);
}
