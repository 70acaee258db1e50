using DensaiAdmin.Web.Settings;

namespace DensaiAdmin.Web.Gates;

/// <summary>
/// Refuses what another site makes a browser send: posts, and anything to the circuits, which cookies alone would let in.
/// Programs that are no browsers send neither header and pass; they hold no cookies to abuse.
/// </summary>
internal sealed partial class CrossSiteGate(RequestDelegate next, EndpointOptions endpoints, ILogger<CrossSiteGate> log)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (!IsForeign(context))
        {
            return next(context);
        }

        LogForeign(log, context.Request.Method, context.Connection.RemoteIpAddress?.ToString());
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }

    private bool IsForeign(HttpContext context)
    {
        var request = context.Request;
        var reads = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
        if ((reads && !context.CarriesCircuit())
            || context.RequestOrigin() is not { } origin || origin == Origin.Pki)
        {
            return false;
        }

        if (request.Headers.TryGetValue("Sec-Fetch-Site", out var site) && site is not ["same-origin" or "none"])
        {
            return true;
        }

        return request.Headers.TryGetValue("Origin", out var from)
            && (from.Count != 1
            || !string.Equals(from[0], EndpointOptions.Authority(endpoints.AddressOf(origin)), StringComparison.OrdinalIgnoreCase));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A {Method} that another site sent was refused. Source: {Source}")]
    private static partial void LogForeign(ILogger logger, string method, string? source);
}
