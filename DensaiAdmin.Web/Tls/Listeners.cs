using System.Net;
using System.Security.Authentication;
using DensaiAdmin.Web.Settings;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace DensaiAdmin.Web.Tls;

/// <summary>Binds the three origins and bounds what a peer may ask of them.</summary>
internal static class Listeners
{
    /// <summary>Largest body that is let run out; a longer one is cut off with its connection.</summary>
    public const int MaxBodyOctets = 16 * 1024 * 1024;

    public const int MaxConnections = 10_000;

    public const SslProtocols Protocols = SslProtocols.Tls12 | SslProtocols.Tls13;

    public static void Configure(KestrelServerOptions kestrel, EndpointOptions endpoints)
    {
        kestrel.AddServerHeader = false;
        var limits = kestrel.Limits;
        limits.MaxConcurrentConnections = MaxConnections;
        limits.MaxConcurrentUpgradedConnections = 5_000;
        limits.MaxRequestLineSize = 8 * 1024;
        limits.MaxRequestHeadersTotalSize = 32 * 1024;
        limits.MaxRequestHeaderCount = 64;
        // Of which far less is given to anything to read.
        limits.MaxRequestBodySize = MaxBodyOctets;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(60);
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(10));
        limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(60);
        limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);

        var services = kestrel.ApplicationServices;
        var certificates = services.GetRequiredService<TransportCertificates>();
        var connections = services.GetRequiredService<CertificateConnections>();
        var watch = services.GetRequiredService<ConnectionWatch>();
        if (endpoints.SharesPort)
        {
            Bind(kestrel, endpoints.ListenPublic, listener =>
            {
                UseTls(listener, watch, (connection, serverName) => BySni(connection, serverName, endpoints, certificates));
                listener.Use(connections.TrackAsync);
            });
        }
        else
        {
            Bind(
                kestrel, endpoints.ListenPublic,
                listener => UseTls(listener, watch, (connection, _) => AsPublic(connection, certificates)));
            Bind(kestrel, endpoints.ListenCertificate, listener =>
            {
                UseTls(listener, watch, (connection, _) => AsCertificate(connection, certificates, Origin.Certificate));
                listener.Use(connections.TrackAsync);
            });
        }

        Bind(kestrel, endpoints.ListenPki, listener =>
        {
            listener.Protocols = HttpProtocols.Http1;
            listener.Use(watch.AdmitAsync);
            listener.Use(watch.FollowAsync);
            listener.Use((connection, next) =>
            {
                connection.Features.Set(new ConnectionOrigin(Origin.Pki));
                return next(connection);
            });
        });
    }

    private static System.Net.Security.SslServerAuthenticationOptions BySni(
        ConnectionContext connection, string serverName, EndpointOptions endpoints, TransportCertificates certificates)
    {
        if (serverName.Length == 0)
        {
            // Nothing said which of the two is meant: ask for a certificate, and let the Host header decide.
            return AsCertificate(connection, certificates, origin: null);
        }

        return string.Equals(serverName, endpoints.Certificate.IdnHost, StringComparison.OrdinalIgnoreCase)
            ? AsCertificate(connection, certificates, Origin.Certificate)
            : AsPublic(connection, certificates);
    }

    private static System.Net.Security.SslServerAuthenticationOptions AsPublic(
        ConnectionContext connection, TransportCertificates certificates)
    {
        connection.Features.Set(new ConnectionOrigin(Origin.Public));
        return certificates.ForPublic();
    }

    private static System.Net.Security.SslServerAuthenticationOptions AsCertificate(
        ConnectionContext connection, TransportCertificates certificates, Origin? origin)
    {
        connection.Features.Set(new ConnectionOrigin(origin));
        return certificates.ForCertificate(presented => connection.Features.Set(presented));
    }

    private static void UseTls(
        ListenOptions listener, ConnectionWatch watch, Func<ConnectionContext, string,
        System.Net.Security.SslServerAuthenticationOptions> choose)
    {
        listener.Protocols = HttpProtocols.Http1AndHttp2;
        listener.Use(watch.AdmitAsync);
        listener.UseHttps(new TlsHandshakeCallbackOptions
        {
            HandshakeTimeout = TimeSpan.FromSeconds(5),
            OnConnection = context => ValueTask.FromResult(choose(context.Connection, context.ClientHelloInfo.ServerName)),
        });
        listener.Use(watch.FollowAsync);
    }

    private static void Bind(KestrelServerOptions kestrel, Uri address, Action<ListenOptions> configure)
    {
        if (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip))
        {
            kestrel.Listen(ip, address.Port, configure);
        }
        else if (address.IsLoopback)
        {
            kestrel.ListenLocalhost(address.Port, configure);
        }
        else
        {
            kestrel.ListenAnyIP(address.Port, configure);
        }
    }
}
