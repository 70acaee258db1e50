namespace DensaiAdmin.Web.Layout;

/// <summary>Tells the footer which screen is open: the page sits below the layout and only it knows.</summary>
public sealed class CurrentScreen
{
    public string? Id { get; private set; }

    public event EventHandler? Changed;

    public void Show(string id)
    {
        if (string.Equals(Id, id, StringComparison.Ordinal))
        {
            return;
        }

        Id = id;
        Changed?.Invoke(this, EventArgs.Empty);
    }
}
