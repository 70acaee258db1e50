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
    private long _wishes;
    private long _fulfilled;
    private DateTimeOffset _builtAt = DateTimeOffset.MinValue;

    /// <summary>
    /// How many wishes there were. Whoever reads it and then reads the store has every revocation of those wishes: a wish
    /// comes after its revocation is durable.
    /// </summary>
    public long Wishes
    {
        get
        {
            lock (_gate)
            {
                return _wishes;
            }
        }
    }

    /// <summary>Asks for a new list. Called once the revocation is durable.</summary>
    public void Wish()
    {
        lock (_gate)
        {
            _wishes++;
            _wished.TrySetResult();
        }
    }

    /// <summary>Completes when a list is wanted; the wish is taken with it.</summary>
    public async Task TakeWishAsync(CancellationToken cancellation)
    {
        Task wished;
        lock (_gate)
        {
            wished = _wished.Task;
        }

        await wished.WaitAsync(cancellation);
        lock (_gate)
        {
            _wished = NewSource();
        }
    }

    /// <summary>Tells that a list with every revocation up to <paramref name="builtAt"/> is public.</summary>
    /// <param name="builtAt">When its entries were read, UTC.</param>
    /// <param name="wishes">What <see cref="Wishes"/> said before they were read.</param>
    public void Published(DateTimeOffset builtAt, long wishes = 0)
    {
        lock (_gate)
        {
            if (builtAt > _builtAt)
            {
                _builtAt = builtAt;
            }

            if (wishes > _fulfilled)
            {
                _fulfilled = wishes;
            }

            _published.TrySetResult();
            _published = NewSource();
        }
    }

    /// <summary>Waits until a list holds what was revoked at that instant and wished for before this call, or until the wait is over.</summary>
    /// <returns>Whether it does.</returns>
    public async Task<bool> WaitForAsync(DateTimeOffset revokedAt, TimeSpan most, CancellationToken cancellation = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(most);
        long? wish = null;
        while (true)
        {
            Task next;
            lock (_gate)
            {
                // Instants alone cannot tell before from after within one millisecond, nor when a clock is set back; wishes can.
                wish ??= _wishes;
                if (_builtAt > revokedAt || (_fulfilled >= wish && _fulfilled > 0))
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
