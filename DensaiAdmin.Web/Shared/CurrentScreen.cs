namespace DensaiAdmin.Web.Shared;

/// <summary>
/// Which screen is open, for the footer, which stands beside the page and cannot know. One per circuit, or per request of a
/// static page.
/// </summary>
public sealed class CurrentScreen
{
    public string? Id { get; private set; }

    public event EventHandler? Changed;

    /// <summary>Called by the screen when it appears.</summary>
    /// <returns>True when it took the place of another one: then the focus has to be led to it, as a page load would.</returns>
    public bool Show(string id)
    {
        if (string.Equals(Id, id, StringComparison.Ordinal))
        {
            return false;
        }

        var replaced = Id is not null;
        Id = id;
        Changed?.Invoke(this, EventArgs.Empty);
        return replaced;
    }
}
