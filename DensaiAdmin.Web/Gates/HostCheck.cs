using DensaiAdmin.Web.Settings;

namespace DensaiAdmin.Web.Gates;

/// <summary>
/// A request for another host than its connection's origin is misdirected (421, RFC 9110 15.5.20): browsers reuse a connection
/// for other names of the same certificate, and the client certificate of that connection must not follow.
/// </summary>
internal sealed class HostCheck(RequestDelegate next, EndpointOptions endpoints)
{
    public Task InvokeAsync(HttpContext context)
    {
        var connection = context.Features.Get<ConnectionOrigin>();
        if (connection is { Origin: null } && OriginOf(context.Request.Host) is { } meant)
        {
            connection = new(meant);
            context.Features.Set(connection);
        }

        var right = connection?.Origin switch
        {
            Origin.Pki => true,
            Origin.Public or Origin.Certificate => IsFor(context.Request.Host, endpoints.AddressOf(connection.Origin.Value)),
            null => false,
        };
        if (right)
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status421MisdirectedRequest;
        return Task.CompletedTask;
    }

    private Origin? OriginOf(HostString host) =>
        IsFor(host, endpoints.Certificate) ? Origin.Certificate
        : IsFor(host, endpoints.Public) ? Origin.Public
        : null;

    private static bool IsFor(HostString host, Uri address) =>
        string.Equals(host.Host, address.IdnHost, StringComparison.OrdinalIgnoreCase) && (host.Port ?? 443) == address.Port;
}
