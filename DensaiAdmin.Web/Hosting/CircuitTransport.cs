using Microsoft.AspNetCore.Authorization;

namespace DensaiAdmin.Web.Hosting;

/// <summary>
/// Marks the endpoints that carry circuits. Gates ask the endpoint that routing found, never the address: one address can be spelled in
/// many ways, and routing knows them all.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class CircuitTransportAttribute : Attribute;

internal static class CircuitTransportExtensions
{
    private const string Base = "/_blazor";

    /// <summary>Whether this request is one of an open page's own circuit.</summary>
    public static bool CarriesCircuit(this HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<CircuitTransportAttribute>() is not null;

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
