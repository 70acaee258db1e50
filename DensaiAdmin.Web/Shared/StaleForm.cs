namespace DensaiAdmin.Web.Shared;

/// <summary>Why a form could not be evaluated; each has its own words.</summary>
internal enum FormFault
{
    Stale,
    TooSlow,
    TooLarge,
    Unreadable,
}

/// <summary>That this request is shown in place of a form that could not be evaluated.</summary>
internal sealed class StaleForm(IFormCollection typed, FormFault cause)
{
    public FormFault Cause => cause;

    /// <summary>What was typed into a field, so that it need not be typed again. Never asked for a password.</summary>
    public static string? Typed(HttpContext context, string field) =>
        context.Features.Get<StaleForm>() is { } stale && stale.Fields.TryGetValue(field, out var value) ? value.ToString() : null;

    private IFormCollection Fields { get; } = typed;
}
