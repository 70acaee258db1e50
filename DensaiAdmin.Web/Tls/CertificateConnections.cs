using System.Collections.Concurrent;
using System.Net;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Pki;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace DensaiAdmin.Web.Tls;

/// <summary>
/// The open connections by the client certificate they showed, so that a revocation can cut them (R20). Each certificate is looked at here,
/// whatever is asked for with it afterwards: a forged one tells of a key in other hands.
/// </summary>
internal sealed class CertificateConnections(ForgedCertificates forged)
{
    private readonly ConcurrentDictionary<Sha256Hash, ConcurrentDictionary<string, ConnectionContext>> _byFingerprint = [];

    /// <summary>Keeps a connection in the register for as long as it lives. Runs after TLS.</summary>
    public async Task TrackAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (connection.Features.Get<TlsCertificate>() is not { } presented)
        {
            await next(connection);
            return;
        }

        Add(presented.Sha256Fingerprint, connection);
        try
        {
            await forged.ExamineAsync(presented.Der, SourceExtensions.Source((connection.RemoteEndPoint as IPEndPoint)?.Address));
            await next(connection);
        }
        finally
        {
            Remove(presented.Sha256Fingerprint, connection);
        }
    }

    public int Count(Sha256Hash fingerprint) => _byFingerprint.TryGetValue(fingerprint, out var connections) ? connections.Count : 0;

    /// <summary>
    /// Asks connections to end with what they are doing: HTTP/2 says GOAWAY, an idle one closes, and a browser fetches the page that
    /// says why over a new one.
    /// </summary>
    public static void RequestClose(IEnumerable<ConnectionContext> connections)
    {
        foreach (var connection in connections)
        {
            connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        }
    }

    /// <summary>The connections that a certificate has open now.</summary>
    public IReadOnlyCollection<ConnectionContext> Of(Sha256Hash fingerprint) =>
        _byFingerprint.TryGetValue(fingerprint, out var connections) ? [.. connections.Values] : [];

    private void Add(Sha256Hash fingerprint, ConnectionContext connection)
    {
        while (true)
        {
            var connections = _byFingerprint.GetOrAdd(fingerprint, _ => new(StringComparer.Ordinal));
            lock (connections)
            {
                // An emptied set may just have been dropped from the register.
                if (_byFingerprint.TryGetValue(fingerprint, out var current) && ReferenceEquals(current, connections))
                {
                    connections[connection.ConnectionId] = connection;
                    return;
                }
            }
        }
    }

    private void Remove(Sha256Hash fingerprint, ConnectionContext connection)
    {
        if (_byFingerprint.TryGetValue(fingerprint, out var connections))
        {
            lock (connections)
            {
                connections.TryRemove(connection.ConnectionId, out _);
                if (connections.IsEmpty)
                {
                    _byFingerprint.TryRemove(fingerprint, out _);
                }
            }
        }
    }
}
