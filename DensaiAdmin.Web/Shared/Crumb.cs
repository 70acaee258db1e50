namespace DensaiAdmin.Web.Shared;

/// <summary>One step of the breadcrumb; the last one stands for the page itself and has no address.</summary>
public sealed record Crumb(string Text, string? Href = null);
