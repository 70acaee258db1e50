namespace DensaiAdmin.Web.Gates;

/// <summary>
/// Marks the endpoints that carry circuits. Gates ask the endpoint that routing found, never the address: one address can be spelled in
/// many ways, and routing knows them all.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class CircuitTransportAttribute : Attribute;

internal static class CircuitTransportExtensions
{
    /// <summary>Whether this request is one of an open page's own circuit.</summary>
    public static bool CarriesCircuit(this HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<CircuitTransportAttribute>() is not null;
}
