namespace DensaiAdmin.Core.Authority;

/// <summary>
/// Between those who revoke and the one who publishes CRLs: a wish for a new list, and the wait until a list holds a
/// revocation. Many wishes that come together are one list.
/// </summary>
public sealed class CrlSignal
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _wished = NewSource();
    private TaskCompletionSource _published = NewSource();
    private DateTimeOffset _builtAt = DateTimeOffset.MinValue;

    /// <summary>Asks for a new list. Called once the revocation is durable.</summary>
    public void Wish()
    {
        lock (_gate)
        {
            _wished.TrySetResult();
        }
    }

    /// <summary>Completes when a list is wanted; the wish is taken with it.</summary>
    public async Task TakeWishAsync(CancellationToken cancellation)
    {
        await _wished.Task.WaitAsync(cancellation);
        lock (_gate)
        {
            _wished = NewSource();
        }
    }

    /// <summary>Tells that a list with every revocation up to <paramref name="builtAt"/> is public.</summary>
    public void Published(DateTimeOffset builtAt)
    {
        lock (_gate)
        {
            if (builtAt > _builtAt)
            {
                _builtAt = builtAt;
            }

            _published.TrySetResult();
            _published = NewSource();
        }
    }

    /// <summary>Waits until a list holds what was revoked at that instant, or until the wait is over.</summary>
    /// <returns>Whether it does.</returns>
    public async Task<bool> WaitForAsync(DateTimeOffset revokedAt, TimeSpan most, CancellationToken cancellation = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(most);
        while (true)
        {
            Task next;
            lock (_gate)
            {
                if (_builtAt >= revokedAt)
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
