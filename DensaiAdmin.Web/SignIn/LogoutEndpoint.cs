using DensaiAdmin.Core.SignIn;
using DensaiAdmin.Web.Gates;
using DensaiAdmin.Web.Sessions;
using DensaiAdmin.Web.Settings;
using DensaiAdmin.Web.Shared;
using Microsoft.AspNetCore.Antiforgery;

namespace DensaiAdmin.Web.SignIn;

/// <summary>ログアウト: ends the session everywhere, forgets its cookie and leads to the entrance.</summary>
internal static class LogoutEndpoint
{
    public const string Route = "/logout";

    public static void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapPost(Route, LogOutAsync).WithMetadata(
            new RequireAntiforgeryTokenAttribute(), new OpenBeforeRenewalAnswerAttribute(), new OpenAtFirstLoginAttribute());

    private static async Task<IResult> LogOutAsync(HttpContext context, CurrentActor actor, LogOut logOut, EndpointOptions endpoints)
    {
        // In a tab that stood open while somebody logged in anew the form's token is another session's. Where the browser itself says that
        // the click was made here, the wish is carried out all the same; else home leads on, and nothing ends.
        if (context.Features.Get<IAntiforgeryValidationFeature>() is { IsValid: false }
            && context.Request.Headers["Sec-Fetch-Site"] is not ["same-origin"])
        {
            context.Response.Headers.Location = Urls.Home;
            return Results.StatusCode(StatusCodes.Status303SeeOther);
        }

        await logOut.ByUserAsync(actor.Actor, CancellationToken.None);
        SessionCookie.Delete(context);
        context.Response.Headers.Location = LoginPath.Entrance(endpoints);
        return Results.StatusCode(StatusCodes.Status303SeeOther);
    }
}
