using Microsoft.AspNetCore.Http.Features;

namespace DensaiAdmin.Web.Gates;

/// <summary>Reads and posts are all this program has; what else HTTP knows is refused before anything looks at it.</summary>
internal sealed class MethodGate(RequestDelegate next)
{
    private static readonly HashSet<string> Known = new(["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"], StringComparer.Ordinal);

    public Task InvokeAsync(HttpContext context)
    {
        var method = context.Request.Method;
        // RFC 8441: a WebSocket over HTTP/2 arrives as CONNECT with a protocol.
        if (HttpMethods.IsGet(method) || HttpMethods.IsPost(method) || HttpMethods.IsHead(method)
            || (HttpMethods.IsConnect(method) && context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true }))
        {
            return next(context);
        }

        if (Known.Contains(method))
        {
            context.Response.Headers.Allow = "GET, HEAD, POST";
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status501NotImplemented;
        }

        return Task.CompletedTask;
    }
}
