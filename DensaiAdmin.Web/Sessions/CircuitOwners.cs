using System.Runtime.CompilerServices;
using System.Security.Claims;

namespace DensaiAdmin.Web.Sessions;

/// <summary>
/// Which circuit belongs to which session. The framework hands a kept circuit, with all it has drawn, to whoever names its secret; here
/// it is known who may.
/// </summary>
internal sealed class CircuitOwners
{
    // Circuits that closed are remembered only to tell a stranger's attempt from an invented name.
    private const int MaxClosed = 10_000;

    // A session makes one connection for a page load and for each time that the line was lost.
    private const int MaxConnectionsPerSession = 500;

    private readonly Lock _gate = new();
    private readonly ConditionalWeakTable<ClaimsPrincipal, OpenPage> _opening = [];
    private readonly Dictionary<string, Owner> _owners = new(StringComparer.Ordinal);
    private readonly Dictionary<OpenPage, string> _secrets = [];
    private readonly Queue<string> _closed = [];
    private readonly Dictionary<string, long> _connections = new(StringComparer.Ordinal);
    private readonly Dictionary<long, Queue<string>> _connectionsOf = [];

    /// <summary>
    /// A connection starts the circuit of a page. What the hub and the circuit have in common is the very principal of that connection,
    /// which starts one circuit only.
    /// </summary>
    public void Begin(ClaimsPrincipal connection, OpenPage page) => _opening.AddOrUpdate(connection, page);

    /// <summary>The page that a circuit opened for, by the principal it was given.</summary>
    public OpenPage? Begun(ClaimsPrincipal connection) => _opening.TryGetValue(connection, out var page) ? page : null;

    /// <summary>Says which secret names the circuit of a page.</summary>
    public void Name(OpenPage page, string secret)
    {
        lock (_gate)
        {
            _owners[secret] = new(page.SessionId, page.UserId);
            _secrets[page] = secret;
        }
    }

    /// <summary>The circuit of a page is gone; only whose it was is remembered for a while.</summary>
    public void Close(OpenPage page)
    {
        lock (_gate)
        {
            if (!_secrets.Remove(page, out var secret))
            {
                return;
            }

            _closed.Enqueue(secret);
            if (_closed.Count > MaxClosed)
            {
                _owners.Remove(_closed.Dequeue());
            }
        }
    }

    /// <summary>The session that opened the circuit with this secret; null for one that never was here.</summary>
    public Owner? Of(string? secret)
    {
        lock (_gate)
        {
            return secret is not null && _owners.TryGetValue(secret, out var owner) ? owner : null;
        }
    }

    /// <summary>What names the circuit of a page; null while it starts and once it is gone.</summary>
    public string? SecretOf(OpenPage page)
    {
        lock (_gate)
        {
            return _secrets.GetValueOrDefault(page);
        }
    }

    /// <summary>
    /// Whether a session may send and receive on a connection: it was the first to use it. Without that, who knows the token of a
    /// connection that polls could take what is meant for its owner.
    /// </summary>
    public bool TryUse(string connection, long sessionId)
    {
        lock (_gate)
        {
            if (_connections.TryGetValue(connection, out var owner))
            {
                return owner == sessionId;
            }

            if (!_connectionsOf.TryGetValue(sessionId, out var own))
            {
                _connectionsOf[sessionId] = own = [];
            }

            _connections[connection] = sessionId;
            own.Enqueue(connection);
            if (own.Count > MaxConnectionsPerSession)
            {
                _connections.Remove(own.Dequeue());
            }

            return true;
        }
    }

    /// <summary>A session is over and will use nothing any more.</summary>
    public void Forget(long sessionId)
    {
        lock (_gate)
        {
            if (_connectionsOf.Remove(sessionId, out var own))
            {
                foreach (var connection in own)
                {
                    _connections.Remove(connection);
                }
            }
        }
    }

    /// <param name="SessionId">The session that opened the circuit.</param>
    /// <param name="UserId">Whose session.</param>
    public sealed record Owner(long SessionId, long UserId);
}
