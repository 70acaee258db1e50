using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Diagnostics;

namespace DensaiAdmin.Web.Hosting;

/// <summary>
/// A form that cannot be judged any more, because its page stood open too long or somebody logged in or out meanwhile, is shown again
/// with words instead of what the framework says about it. Nothing of it is acted upon. Runs after the check of the form's token.
/// </summary>
internal sealed class StaleForms(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext context)
    {
        // The page that tells of a broken request is run in that request's place: nothing of it is a form.
        if (!HttpMethods.IsPost(context.Request.Method)
            || context.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>() is null
            || context.Features.Get<IExceptionHandlerFeature>() is not null)
        {
            await next(context);
            return;
        }

        if (context.Features.Get<IAntiforgeryValidationFeature>() is { IsValid: false } invalid)
        {
            // The framework gives nobody the form while it is known to be invalid; here it is read to be shown, not to be acted upon.
            context.Features.Set<IAntiforgeryValidationFeature>(null);
            context.Features.Set(new StaleForm(await TypedInAsync(context)));
            context.Features.Set(invalid);
            context.Request.Method = HttpMethods.Get;
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await next(context);
            return;
        }

        // What no form of the page is meant by leads to the page itself: it may have been another version's.
        context.Response.OnStarting(
            state =>
            {
                var refused = (HttpContext)state;
                if (refused.Response.StatusCode == StatusCodes.Status400BadRequest)
                {
                    refused.Response.StatusCode = StatusCodes.Status303SeeOther;
                    refused.Response.Headers.Location = refused.Request.PathBase + refused.Request.Path + refused.Request.QueryString.ToString();
                }

                return Task.CompletedTask;
            },
            context);
        await next(context);
    }

    // Whoever sends a form slowly keeps nobody waiting but himself.
    private static async Task<IFormCollection> TypedInAsync(HttpContext context)
    {
        try
        {
            return context.Request.HasFormContentType ? await context.Request.ReadFormAsync(context.RequestAborted) : FormCollection.Empty;
        }
        catch (Exception unreadable) when (unreadable is InvalidDataException or IOException or OperationCanceledException)
        {
            return FormCollection.Empty;
        }
    }
}

/// <summary>That this request is shown in place of a form that could not be judged.</summary>
internal sealed class StaleForm(IFormCollection typed)
{
    /// <summary>What was typed into a field, so that it need not be typed again. Never asked for a password.</summary>
    public static string? Typed(HttpContext context, string field) =>
        context.Features.Get<StaleForm>() is { } stale && stale.Fields.TryGetValue(field, out var value) ? value.ToString() : null;

    private IFormCollection Fields { get; } = typed;
}
