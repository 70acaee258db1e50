namespace DensaiAdmin.Core.Authority;

/// <summary>
/// Between those who revoke and the one who publishes CRLs: a request for a new list, and the wait until a list holds a
/// revocation. Many requests that come together are one list.
/// </summary>
public sealed class CrlSignal
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _requested = NewSource();
    private TaskCompletionSource _published = NewSource();
    private long _requests;
    private long _fulfilled;
    private DateTimeOffset _builtAt = DateTimeOffset.MinValue;

    /// <summary>
    /// How long an act waits for its list before it answers: longer than a list of 100,000 takes to build. A person does not wait longer
    /// for one that comes by itself.
    /// </summary>
    internal TimeSpan MaxWait { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How many requests there were. Whoever reads it and then reads the store has every revocation of those requests: a request
    /// comes after its revocation is durable.
    /// </summary>
    public long Requests
    {
        get
        {
            lock (_gate)
            {
                return _requests;
            }
        }
    }

    /// <summary>Asks for a new list. Called once the revocation is durable.</summary>
    public void Request()
    {
        lock (_gate)
        {
            _requests++;
            _requested.TrySetResult();
        }
    }

    /// <summary>Completes when a list is wanted; the request is taken with it.</summary>
    public async Task TakeRequestAsync(CancellationToken cancellation)
    {
        Task requested;
        lock (_gate)
        {
            requested = _requested.Task;
        }

        await requested.WaitAsync(cancellation);
        lock (_gate)
        {
            _requested = NewSource();
        }
    }

    /// <summary>Tells that a list with every revocation up to <paramref name="builtAt"/> is public.</summary>
    /// <param name="builtAt">When its entries were read, UTC.</param>
    /// <param name="requests">What <see cref="Requests"/> said before they were read.</param>
    public void Published(DateTimeOffset builtAt, long requests = 0)
    {
        lock (_gate)
        {
            if (builtAt > _builtAt)
            {
                _builtAt = builtAt;
            }

            if (requests > _fulfilled)
            {
                _fulfilled = requests;
            }

            _published.TrySetResult();
            _published = NewSource();
        }
    }

    /// <summary>
    /// Waits until a list holds what was revoked at that instant and asked for before this call, or as long as an act waits.
    /// </summary>
    /// <returns>Whether it does.</returns>
    public Task<bool> WaitForAsync(DateTimeOffset revokedAt, CancellationToken cancellation = default) =>
        WaitForAsync(revokedAt, MaxWait, cancellation);

    /// <inheritdoc cref="WaitForAsync(DateTimeOffset, CancellationToken)"/>
    /// <param name="revokedAt">UTC.</param>
    /// <param name="max">How long at most.</param>
    /// <param name="cancellation">Ends the wait with <see cref="OperationCanceledException"/>.</param>
    internal async Task<bool> WaitForAsync(DateTimeOffset revokedAt, TimeSpan max, CancellationToken cancellation = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(max);
        long? requested = null;
        while (true)
        {
            Task next;
            lock (_gate)
            {
                // Instants alone cannot tell before from after within one millisecond, nor when a clock is set back; requests can.
                requested ??= _requests;
                if (_builtAt > revokedAt || (_fulfilled >= requested && _fulfilled > 0))
                {
                    return true;
                }

                next = _published.Task;
            }

            try
            {
                await next.WaitAsync(limit.Token);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                return false;
            }
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
