using System.Threading.RateLimiting;
using DensaiAdmin.Core.Registry;
using Microsoft.AspNetCore.Identity;

namespace DensaiAdmin.Core.Passwords;

/// <summary>
/// Where a password to be hashed comes from. Each lane has cores and a queue of its own, so that a flood on one keeps nobody on another
/// waiting (R23).
/// </summary>
public enum PasswordLane
{
    /// <summary>Without a certificate: EST, the ID・パスワード form, the bank's letter. Anybody can fill it.</summary>
    Public,

    /// <summary>Login password behind a certificate of ours.</summary>
    Certificate,

    /// <summary>Inside a session: 確認用パスワード, and new passwords.</summary>
    Session,

    /// <summary>The bank's operators on the server's own terminal.</summary>
    Staff,
}

/// <summary>What came of holding a password against a hash.</summary>
/// <param name="IsRight">Whether it is the hash's.</param>
/// <param name="Renewed">The same password hashed with today's work factor, where the hash falls behind it.</param>
internal sealed record HashEvaluation(bool IsRight, PasswordHash? Renewed);

/// <summary>
/// Keeps the cost of hashing off the threads that draw pages: per lane a bounded number at once, a bounded queue behind it.
/// </summary>
public sealed class PasswordHasher : IDisposable
{
    // With one core's worth of slots nobody waits longer than about five seconds; who comes then is told at once to try again.
    internal const int MaxWaitingPerSlot = 50;

    private readonly Dictionary<PasswordLane, ConcurrencyLimiter> _lanes = Enum.GetValues<PasswordLane>().ToDictionary(
        lane => lane, NewLimiter);
    private readonly int _iterations;

    // Compared against when there is no such user, so that an unknown ID costs what a known one costs (R23).
    private readonly PasswordHash _nobodysPassword;
    private long _evaluations;

    /// <summary>A hasher of today's work factor.</summary>
    public PasswordHasher()
        : this(PasswordHash.Iterations)
    {
    }

    internal PasswordHasher(int iterations)
    {
        _iterations = iterations;
        _nobodysPassword = PasswordHash.OfNobody(iterations);
    }

    /// <summary>How many passwords were held against a hash so far, nobody's included.</summary>
    internal long Evaluations => Interlocked.Read(ref _evaluations);

    /// <summary>How many are hashed at once on a lane: the public one leaves cores to the others, whoever knocks there.</summary>
    public static int SlotsOf(PasswordLane lane) => lane switch
    {
        PasswordLane.Public => Math.Max(1, Environment.ProcessorCount / 2),
        PasswordLane.Certificate or PasswordLane.Session => Math.Max(1, Environment.ProcessorCount - 1),
        PasswordLane.Staff => 1,
    };

    /// <summary>Whether the next one on a lane would be turned away, so that nothing need be stored of it.</summary>
    public bool IsFull(PasswordLane lane) =>
        _lanes[lane].GetStatistics() is { CurrentAvailablePermits: 0 } now && now.CurrentQueuedCount >= SlotsOf(lane) * MaxWaitingPerSlot;

    /// <summary>Whether the password is the hash's; null when too many wait. A null hash costs the same and is never right.</summary>
    public async Task<bool?> MatchesAsync(
        PasswordLane lane, PasswordHash? hash, SuppliedPassword password, CancellationToken cancellation = default)
    {
        await using var place = Queue(lane, cancellation);
        return place is null ? null : (await EvaluateAsync(place, hash, password, renews: false)).IsRight;
    }

    /// <summary>
    /// The same at a place taken before; where the hash falls behind what is hashed today, a right password is hashed anew in the same
    /// turn.
    /// </summary>
    internal async Task<HashEvaluation> EvaluateAsync(PasswordPlace place, PasswordHash? hash, SuppliedPassword password, bool renews)
    {
        if (password.IsEmpty || password.IsTooLong)
        {
            return new(IsRight: false, Renewed: null);
        }

        HashEvaluation? evaluation = null;
        await RunAsync(
            place,
            () =>
            {
                Interlocked.Increment(ref _evaluations);
                var result = (hash ?? _nobodysPassword).Verify(password, _iterations);
                evaluation = new(
                    hash is not null && result != PasswordVerificationResult.Failed,
                    hash is not null && renews && result == PasswordVerificationResult.SuccessRehashNeeded
                        ? PasswordHash.Of(password, _iterations)
                        : null);
            });
        return evaluation!;
    }

    /// <summary>Hashes a new password; null when too many wait.</summary>
    public async Task<PasswordHash?> HashAsync(PasswordLane lane, SuppliedPassword password, CancellationToken cancellation = default)
    {
        await using var place = Queue(lane, cancellation);
        if (place is null)
        {
            return null;
        }

        PasswordHash? hash = null;
        await RunAsync(place, () => hash = PasswordHash.Of(password, _iterations));
        return hash;
    }

    public void Dispose()
    {
        foreach (var lane in _lanes.Values)
        {
            lane.Dispose();
        }
    }

    /// <summary>
    /// Takes a place on a lane, to be left again; null when too many have one. Whoever writes something down before the hash takes it
    /// first, so that who is turned away costs no commit.
    /// </summary>
    /// <param name="lane">Where the password comes from.</param>
    /// <param name="cancellation">Ends the wait for a slot, not a hash under way.</param>
    internal PasswordPlace? Queue(PasswordLane lane, CancellationToken cancellation = default) =>
        PasswordPlace.TryTake(_lanes[lane], cancellation);

    private static async Task RunAsync(PasswordPlace place, Action work)
    {
        await place.WaitForSlotAsync();
        await Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private static ConcurrencyLimiter NewLimiter(PasswordLane lane) => new(new ConcurrencyLimiterOptions
    {
        PermitLimit = SlotsOf(lane),
        QueueLimit = SlotsOf(lane) * MaxWaitingPerSlot,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });
}
