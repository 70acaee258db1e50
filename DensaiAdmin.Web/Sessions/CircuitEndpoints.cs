using DensaiAdmin.Web.Gates;
using Microsoft.AspNetCore.Authorization;

namespace DensaiAdmin.Web.Sessions;

/// <summary>The endpoints that the framework maps for circuits.</summary>
internal static class CircuitEndpoints
{
    private const string Base = "/_blazor";

    /// <summary>Marks what Blazor maps for its circuits, and takes the way in which they end into charge.</summary>
    public static void MarkCircuits(this RazorComponentsEndpointConventionBuilder pages, CircuitEnding ending) => pages.Add(endpoint =>
    {
        if (endpoint is not RouteEndpointBuilder { RoutePattern.RawText: { } route } circuit)
        {
            return;
        }

        var pattern = $"/{route.Trim('/')}";
        if (pattern != Base && !pattern.StartsWith(Base + "/", StringComparison.Ordinal))
        {
            return;
        }

        endpoint.Metadata.Add(new CircuitTransportAttribute());
        if (pattern == Base + "/disconnect")
        {
            // A page that was sent away says so as it leaves, when its session is over already.
            endpoint.Metadata.Add(new AllowAnonymousAttribute());
            ending.Take(circuit);
        }
    });
}
