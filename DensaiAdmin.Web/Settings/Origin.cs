namespace DensaiAdmin.Web.Settings;

/// <summary>The three front doors. Which one a connection came through is decided by its listener, never by a header.</summary>
public enum Origin
{
    /// <summary>TLS without a client certificate; signed in here are only sessions of ID・パスワード方式.</summary>
    Public,

    /// <summary>TLS that asks for a client certificate; everybody else who is signed in.</summary>
    Certificate,

    /// <summary>Plain HTTP for what PKI clients fetch: CA certificates, CRLs, health.</summary>
    Pki,
}

/// <summary>
/// Says on which origins an endpoint or page answers; on any other it does not exist (404). Without it: where people are signed in,
/// the certificate origin and, for sessions of ID・パスワード方式, the public one. On a Razor page: <c>@attribute [Origin(Origin.Public)]</c>; on
/// an endpoint: <c>.WithMetadata(new OriginAttribute(…))</c>.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class OriginAttribute(params Origin[] origins) : Attribute
{
    public IReadOnlyList<Origin> Origins { get; } = origins;
}

/// <summary>Marks a page for those who build and try the product; outside Development it does not exist.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class DevelopmentOnlyAttribute : Attribute;

/// <summary>The origin of a connection, set by the listener that accepted it.</summary>
internal sealed record ConnectionOrigin(Origin? Origin);

internal static class OriginExtensions
{
    /// <summary>The origin this request came to.</summary>
    public static Origin? RequestOrigin(this HttpContext context) => context.Features.Get<ConnectionOrigin>()?.Origin;
}
