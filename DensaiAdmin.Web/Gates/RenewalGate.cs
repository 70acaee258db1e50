using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Web.Shared;
using Microsoft.AspNetCore.Authorization;

namespace DensaiAdmin.Web.Gates;

/// <summary>
/// R7, R8: a login inside the renewal window opens nothing but the 証明書更新選択画面 until it is answered, whatever address is asked
/// for and however. Runs after authentication; what needs no login stays open.
/// </summary>
internal sealed class RenewalGate(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<LiveSession>() is not { Session.OwesRenewalAnswer: true }
            || context.GetEndpoint() is not { } endpoint
            || endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null
            || endpoint.Metadata.GetMetadata<OpenBeforeRenewalAnswerAttribute>() is not null)
        {
            return next(context);
        }

        var carriesCircuit = context.CarriesCircuit();
        context.SetEndpoint(null);
        if (carriesCircuit)
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        }

        var asked = HttpMethods.IsGet(context.Request.Method) ? context.Request.Path + context.Request.QueryString.ToString() : Urls.Home;
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = RenewalPath.Before(asked);
        return Task.CompletedTask;
    }
}

/// <summary>Marks what a login may open before it has answered the 証明書更新選択画面.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class OpenBeforeRenewalAnswerAttribute : Attribute;

/// <summary>The way to BLGI004 and on to the page that was asked for.</summary>
internal static class RenewalPath
{
    /// <summary>BLGI004, with the way on kept.</summary>
    public static string Before(string after) =>
        after == Urls.Home || after.Length >= 1000 ? Urls.Renewal : $"{Urls.Renewal}?{LoginPath.ReturnUrl}={Uri.EscapeDataString(after)}";

    /// <summary>Where to go on to: a page of this origin, and not BLGI004 itself.</summary>
    public static string After(string? returnUrl) =>
        LoginPath.After(returnUrl) is var after && after.StartsWith(Urls.Renewal, StringComparison.OrdinalIgnoreCase) ? Urls.Home : after;
}
