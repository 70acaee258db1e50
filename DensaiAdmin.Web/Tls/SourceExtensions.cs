using System.Net;
using DensaiAdmin.Core.Sessions;

namespace DensaiAdmin.Web.Tls;

/// <summary>Where a request comes from.</summary>
internal static class SourceExtensions
{
    /// <summary>Network address of the peer, as it stands in the history.</summary>
    public static string Source(this HttpContext context) => Source(context.Connection.RemoteIpAddress);

    /// <summary>Who asks, before anybody is known.</summary>
    public static Actor Anonymous(this HttpContext context) => Actor.Anonymous(context.Source());

    internal static string Source(IPAddress? address) =>
        (address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address)?.ToString() ?? "";
}
