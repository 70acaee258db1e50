using DensaiAdmin.Core.SignIn;
using DensaiAdmin.Web.Hosting;
using DensaiAdmin.Web.Renewal;
using Microsoft.AspNetCore.Antiforgery;

namespace DensaiAdmin.Web.SignIn;

/// <summary>ログアウト: ends the session everywhere, forgets its cookie and leads to the entrance.</summary>
internal static class LogoutEndpoint
{
    public const string Route = "/logout";

    public static void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapPost(Route, LogOutAsync).WithMetadata(new RequireAntiforgeryTokenAttribute(), new OpenBeforeRenewalAnswerAttribute(), new OpenAtFirstLoginAttribute());

    private static async Task<IResult> LogOutAsync(HttpContext context, CurrentActor actor, LogOut logOut, EndpointOptions endpoints)
    {
        if (context.Features.Get<IAntiforgeryValidationFeature>() is { IsValid: false })
        {
            return Results.StatusCode(StatusCodes.Status403Forbidden);
        }

        await logOut.ByUserAsync(actor.Actor, CancellationToken.None);
        SessionCookie.Delete(context);
        context.Response.Headers.Location = LoginPath.Entrance(endpoints);
        return Results.StatusCode(StatusCodes.Status303SeeOther);
    }
}
