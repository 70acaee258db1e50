namespace DensaiAdmin.Web.Shared;

/// <summary>MudBlazor's own words in Japanese; its English ones are built in.</summary>
public sealed class MudBlazorText;
