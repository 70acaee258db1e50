using DensaiAdmin.Web.Shared;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Diagnostics;

namespace DensaiAdmin.Web.Gates;

/// <summary>
/// A form that cannot be evaluated, because its page stood open too long, somebody logged in or out meanwhile or it did not arrive whole,
/// is shown again with words that name the cause, instead of what the framework says about it. Nothing of it is acted upon. Runs after the
/// check of the form's token.
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
            var typed = await TypedInAsync(context);
            var cause = CauseOf(invalid.Error?.InnerException);
            context.Features.Set(new StaleForm(typed, cause));
            context.Features.Set(invalid);
            context.Request.Method = HttpMethods.Get;
            context.Response.StatusCode = cause switch
            {
                FormFault.TooSlow => StatusCodes.Status408RequestTimeout,
                FormFault.TooLarge => StatusCodes.Status413PayloadTooLarge,
                FormFault.Stale or FormFault.Unreadable => StatusCodes.Status400BadRequest,
            };
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
                    refused.Response.Headers.Location =
                        refused.Request.PathBase + refused.Request.Path + refused.Request.QueryString.ToString();
                }

                return Task.CompletedTask;
            },
            context);
        await next(context);
    }

    // The check of the token reads the form, and keeps what it met there.
    private static FormFault CauseOf(Exception? unreadable) => unreadable switch
    {
        null => FormFault.Stale,
        BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } => FormFault.TooSlow,
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => FormFault.TooLarge,
        IOException or InvalidDataException => FormFault.Unreadable,
        _ => FormFault.Stale,
    };

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
