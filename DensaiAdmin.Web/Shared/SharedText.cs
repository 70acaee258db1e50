namespace DensaiAdmin.Web.Shared;

/// <summary>Words used in more than one room.</summary>
public sealed class SharedText;
