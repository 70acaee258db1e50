namespace DensaiAdmin.Core.Passwords;

/// <summary>
/// Keeps the cost of hashing off the threads that draw pages: a bounded number at once, a bounded queue behind it (fault G6).
/// </summary>
public sealed class PasswordHasher : IDisposable
{
    private const int MostWaiting = 100;

    // Compared against when there is no such user, so that an unknown ID costs what a known one costs (R23).
    private static readonly PasswordHash NobodysPassword = PasswordHash.OfNobody();

    private readonly SemaphoreSlim _slots = new(Math.Max(1, Environment.ProcessorCount - 1));
    private int _waiting;
    private long _evaluations;

    /// <summary>How many passwords were held against a hash so far, nobody's included.</summary>
    internal long Evaluations => Interlocked.Read(ref _evaluations);

    /// <summary>Whether the password is the hash's; null when too many wait. A null hash costs the same and is never right.</summary>
    public async Task<bool?> MatchesAsync(PasswordHash? hash, SuppliedPassword password, CancellationToken cancellation = default)
    {
        if (password.IsEmpty || password.IsTooLong)
        {
            return false;
        }

        return await BoundedAsync(
            () =>
            {
                Interlocked.Increment(ref _evaluations);
                return (hash ?? NobodysPassword).Matches(password) && hash is not null;
            },
            cancellation);
    }

    /// <summary>Hashes a new password; null when too many wait.</summary>
    public async Task<PasswordHash?> HashAsync(SuppliedPassword password, CancellationToken cancellation = default)
    {
        PasswordHash? hash = null;
        var done = await BoundedAsync(
            () =>
            {
                hash = PasswordHash.Of(password);
                return true;
            },
            cancellation);
        return done is null ? null : hash;
    }

    public void Dispose() => _slots.Dispose();

    private async Task<bool?> BoundedAsync(Func<bool> work, CancellationToken cancellation)
    {
        if (Interlocked.Increment(ref _waiting) > MostWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            return null;
        }

        try
        {
            await _slots.WaitAsync(cancellation);
            try
            {
                return await Task.Factory.StartNew(work, cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            }
            finally
            {
                _slots.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }
}
