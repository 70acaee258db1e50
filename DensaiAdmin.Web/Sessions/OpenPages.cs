namespace DensaiAdmin.Web.Sessions;

/// <summary>One open page: a circuit, with the way to send it elsewhere.</summary>
internal sealed class OpenPage(long sessionId, long userId)
{
    private Action<string>? _leave;
    private string? _destination;
    private volatile bool _isConnected = true;

    public long SessionId { get; } = sessionId;

    public long UserId { get; } = userId;

    /// <summary>Whether a browser holds the other end; a page that lost it is kept for a while, in case it comes back.</summary>
    public bool IsConnected
    {
        get => _isConnected;
        set => _isConnected = value;
    }

    /// <summary>
    /// Whether the warning before a limit stands on the page, over everything else. What comes in meanwhile (the field that lost the focus
    /// to the warning tells its content) is no sign of a person, except for the warning's own button.
    /// </summary>
    public bool IsWarned { get; set; }

    /// <summary>Sends the page to an address by a full load; the first destination stands. Never waits.</summary>
    public void Leave(string destination)
    {
        if (Interlocked.CompareExchange(ref _destination, destination, null) is null)
        {
            Volatile.Read(ref _leave)?.Invoke(destination);
        }
    }

    /// <summary>Says how the page is sent away. A page that was to leave before it could is sent now.</summary>
    public void OnLeave(Action<string>? leave)
    {
        Volatile.Write(ref _leave, leave);
        if (Volatile.Read(ref _destination) is { } destination)
        {
            leave?.Invoke(destination);
        }
    }
}

/// <summary>
/// Every open page by session and user, and what carries it, so that the end of a session reaches them at once (R20).
/// </summary>
internal sealed class OpenPages
{
    /// <summary>How many pages one user may have open. A person has a few tabs; more is a fault or an attack.</summary>
    public const int MaxPerUser = 20;

    private readonly Lock _gate = new();
    private readonly Dictionary<long, HashSet<OpenPage>> _bySession = [];
    private readonly Dictionary<long, int> _perUser = [];
    private readonly Dictionary<long, HashSet<HttpContext>> _carriers = [];
    private readonly CircuitOwners _owners = new();

    /// <summary>Which circuits and connections belong to which session.</summary>
    public CircuitOwners Owners => _owners;

    /// <summary>Takes a page into the register.</summary>
    /// <returns>False when the user has too many; the page must leave then, and is counted until it does.</returns>
    public bool Add(OpenPage page)
    {
        lock (_gate)
        {
            Set(_bySession, page.SessionId).Add(page);
            var count = _perUser.GetValueOrDefault(page.UserId) + 1;
            _perUser[page.UserId] = count;
            return count <= MaxPerUser;
        }
    }

    public void Remove(OpenPage page)
    {
        _owners.Close(page);
        lock (_gate)
        {
            if (!_bySession.TryGetValue(page.SessionId, out var pages) || !pages.Remove(page))
            {
                return;
            }

            if (pages.Count == 0)
            {
                _bySession.Remove(page.SessionId);
            }

            if (--_perUser[page.UserId] == 0)
            {
                _perUser.Remove(page.UserId);
            }
        }
    }

    public IReadOnlyList<OpenPage> OfSession(long sessionId)
    {
        lock (_gate)
        {
            return _bySession.TryGetValue(sessionId, out var pages) ? [.. pages] : [];
        }
    }

    /// <summary>The requests that carry circuits of a session (WebSockets, mostly).</summary>
    public IReadOnlyList<HttpContext> CarriersOf(long sessionId)
    {
        lock (_gate)
        {
            return _carriers.TryGetValue(sessionId, out var carriers) ? [.. carriers] : [];
        }
    }

    /// <summary>The requests that carry circuits of any session.</summary>
    public IReadOnlyList<HttpContext> Carriers()
    {
        lock (_gate)
        {
            return [.. _carriers.Values.SelectMany(c => c)];
        }
    }

    /// <summary>
    /// Keeps a request that carries a circuit in the register for as long as it runs. A page beyond the cap is let in, to be sent where
    /// it is told so; a flood of them, which no browser makes, is refused (429). A connection that another session made does not exist
    /// (404).
    /// </summary>
    public async Task CarryAsync(long sessionId, HttpContext request, RequestDelegate next)
    {
        // As SignalR reads it, which joins what is given twice.
        var connection = request.Request.Query["id"].ToString();
        if (connection.Length > 0 && !_owners.TryUse(connection, sessionId))
        {
            request.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        lock (_gate)
        {
            var carriers = Set(_carriers, sessionId);
            if (carriers.Count >= MaxPerUser * 2)
            {
                request.Response.StatusCode = StatusCodes.Status429TooManyRequests;
                return;
            }

            carriers.Add(request);
        }

        try
        {
            await next(request);
        }
        finally
        {
            lock (_gate)
            {
                if (_carriers.TryGetValue(sessionId, out var carriers))
                {
                    carriers.Remove(request);
                    if (carriers.Count == 0)
                    {
                        _carriers.Remove(sessionId);
                    }
                }
            }
        }
    }

    private static HashSet<T> Set<T>(Dictionary<long, HashSet<T>> by, long key)
    {
        if (!by.TryGetValue(key, out var set))
        {
            by[key] = set = [];
        }

        return set;
    }
}
