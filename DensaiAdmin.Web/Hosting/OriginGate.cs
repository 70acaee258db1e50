namespace DensaiAdmin.Web.Hosting;

/// <summary>An endpoint reached on another origin than its own does not exist there. Runs after routing.</summary>
internal sealed class OriginGate(RequestDelegate next)
{
    private static readonly IReadOnlyList<Origin> SignedIn = [Origin.Certificate];

    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint() is { } endpoint)
        {
            var allowed = endpoint.Metadata.GetMetadata<OriginAttribute>()?.Origins ?? SignedIn;
            if (context.RequestOrigin() is not { } origin || !allowed.Contains(origin))
            {
                context.SetEndpoint(null);
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            }
        }

        return next(context);
    }
}
