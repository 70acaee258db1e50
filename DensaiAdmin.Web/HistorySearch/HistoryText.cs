namespace DensaiAdmin.Web.HistorySearch;

/// <summary>Words of this room's screens, and of every code that the history holds.</summary>
public sealed class HistoryText;
