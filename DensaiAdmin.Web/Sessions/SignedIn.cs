using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Web.Gates;

namespace DensaiAdmin.Web.Sessions;

/// <summary>
/// After authentication: tells the request's services who acts, and keeps the requests that carry circuits in the register.
/// </summary>
internal sealed class SignedIn(RequestDelegate next, OpenPages pages)
{
    public Task InvokeAsync(HttpContext context)
    {
        context.RequestServices.GetRequiredService<CurrentActor>().Set(context.User);
        if (context.Features.Get<LiveSession>() is { } live && context.CarriesCircuit())
        {
            return pages.CarryAsync(live.Session.Id, context, next);
        }

        return next(context);
    }
}
