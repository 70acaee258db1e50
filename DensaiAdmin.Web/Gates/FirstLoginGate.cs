using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Web.Shared;
using Microsoft.AspNetCore.Authorization;

namespace DensaiAdmin.Web.Gates;

/// <summary>
/// A login by an initial password opens nothing but BRSK002 until both passwords are the user's own, whatever address is asked for and
/// however. Runs after authentication; what needs no login stays open. Inside a circuit, where pages change without a request,
/// <c>Routes</c> asks the same.
/// </summary>
internal sealed class FirstLoginGate(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<LiveSession>() is not { User.OneTimePasswordExpiresAt: not null }
            || context.GetEndpoint() is not { } endpoint
            || endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null
            || endpoint.Metadata.GetMetadata<OpenAtFirstLoginAttribute>() is not null
            // BRSK002 itself lives on a circuit.
            || context.CarriesCircuit())
        {
            return next(context);
        }

        context.SetEndpoint(null);
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = Urls.Password;
        return Task.CompletedTask;
    }
}

/// <summary>Marks what a login by an initial password may open.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class OpenAtFirstLoginAttribute : Attribute;
