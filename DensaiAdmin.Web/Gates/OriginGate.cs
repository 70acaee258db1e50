using DensaiAdmin.Web.Settings;

namespace DensaiAdmin.Web.Gates;

/// <summary>An endpoint reached on another origin than its own does not exist there. Runs after routing.</summary>
internal sealed class OriginGate(RequestDelegate next, IHostEnvironment environment)
{
    // ID・パスワード方式 lives on the public origin; which sessions count where is for SessionAuthentication to say.
    private static readonly IReadOnlyList<Origin> SignedIn = [Origin.Certificate, Origin.Public];

    public Task InvokeAsync(HttpContext context)
    {
        var origin = context.RequestOrigin();
        var endpoint = context.GetEndpoint();
        if (endpoint?.Metadata.GetMetadata<DevelopmentOnlyAttribute>() is not null && !environment.IsDevelopment())
        {
            context.SetEndpoint(null);
            endpoint = null;
        }

        var answers = endpoint is null
            // Where one must be signed in, what exists is not told to those who are not.
            ? origin == Origin.Certificate
            : origin is { } here && (endpoint.Metadata.GetMetadata<OriginAttribute>()?.Origins ?? SignedIn).Contains(here);
        if (answers)
        {
            return next(context);
        }

        context.SetEndpoint(null);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}
