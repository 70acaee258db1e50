using System.Threading.RateLimiting;

namespace DensaiAdmin.Core.Passwords;

/// <summary>A place on a lane of the <see cref="PasswordHasher"/>: first in its queue, then with a slot, until it is left.</summary>
internal sealed class PasswordPlace : IAsyncDisposable
{
    private readonly CancellationTokenSource _leaving;
    private readonly Task<RateLimitLease> _slot;

    private PasswordPlace(CancellationTokenSource leaving, Task<RateLimitLease> slot) => (_leaving, _slot) = (leaving, slot);

    /// <summary>The last place of the queue, or null where it is full.</summary>
    public static PasswordPlace? TryTake(ConcurrencyLimiter slots, CancellationToken cancellation)
    {
        var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var slot = slots.AcquireAsync(1, leaving.Token).AsTask();
        if (slot is { IsCompletedSuccessfully: true, Result: { IsAcquired: false } refused })
        {
            refused.Dispose();
            leaving.Dispose();
            return null;
        }

        return new(leaving, slot);
    }

    /// <summary>Ends when a slot is this one's.</summary>
    /// <exception cref="OperationCanceledException">Whoever waits has given up, or the server ends.</exception>
    public async Task WaitForSlotAsync()
    {
        if (!(await _slot).IsAcquired)
        {
            throw new OperationCanceledException("The lane is closed.");
        }
    }

    /// <summary>Leaves the lane, with a slot or without.</summary>
    public async ValueTask DisposeAsync()
    {
        await _leaving.CancelAsync();
        try
        {
            (await _slot).Dispose();
        }
        catch (OperationCanceledException)
        {
            // It was still in the queue.
        }

        _leaving.Dispose();
    }
}
