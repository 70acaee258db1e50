using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace DensaiAdmin.EnrollmentApp.Proxy;

/// <summary>
/// The system's proxy, with two things that .NET's own reader of the environment lacks: NO_PROXY as other programs understand it (<c>*</c>,
/// <c>host:port</c>, <c>*.domain</c>, address ranges), and a proxy setting that is not an address, which .NET would ignore and connect
/// directly.
/// </summary>
internal sealed class EnvironmentProxy(IWebProxy system, Func<string, string?> environment) : IWebProxy
{
    // In the order in which .NET looks them up for HTTPS.
    private static readonly string[] Names = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

    public ICredentials? Credentials
    {
        get => system.Credentials;
        set => throw new NotSupportedException("Credentials come from the system or the person.");
    }

    public Uri? GetProxy(Uri destination) => IsExcepted(destination) ? null : system.GetProxy(destination);

    public bool IsBypassed(Uri host) => IsExcepted(host) || system.IsBypassed(host);

    /// <summary>The variable that is set for this destination and that .NET cannot read.</summary>
    public string? NotUsableFor(Uri destination) =>
        Names.FirstOrDefault(name => environment(name) is { Length: > 0 }) is { } set && !IsExcepted(destination)
        && (system.IsBypassed(destination) || system.GetProxy(destination) is not { } proxy || proxy == destination)
            ? set
            : null;

    private bool IsExcepted(Uri destination) =>
        (environment("no_proxy") ?? environment("NO_PROXY"))?
            .Split([',', ' ', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Any(rule => Matches(rule, destination)) == true;

    private static bool Matches(string rule, Uri destination)
    {
        if (rule == "*")
        {
            return true;
        }

        var host = destination.IdnHost.Trim('[', ']');
        if (IPNetwork.TryParse(rule, out var range) && IPAddress.TryParse(host, out var address))
        {
            return range.Contains(address);
        }

        // A port may follow the host. An IPv6 address without brackets has colons of its own.
        var name = rule;
        if (rule.LastIndexOf(':') is var colon and > 0
            && (rule.IndexOf(':', StringComparison.Ordinal) == colon || rule[colon - 1] == ']')
            && int.TryParse(rule[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            if (port != destination.Port)
            {
                return false;
            }

            name = rule[..colon];
        }

        name = name.Trim('[', ']');
        if (IPAddress.TryParse(name, out var one) && one.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6)
        {
            return IPAddress.TryParse(host, out var asked) && one.Equals(asked);
        }

        // A domain includes everything below it, as for curl and Chromium.
        var domain = name.StartsWith("*.", StringComparison.Ordinal) ? name[1..] : name;
        return domain.Length > 0
            && (host.Equals(domain.TrimStart('.'), StringComparison.OrdinalIgnoreCase)
                || host.EndsWith(domain.StartsWith('.') ? domain : "." + domain, StringComparison.OrdinalIgnoreCase));
    }
}
