using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
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

    // Beside one other thread that wants the same core, a quarter of it: whoever tries from outside waits longer then, and still gets on.
    private const int Niceness = 5;
    private const int OfThread = 0;
    private const int CallingThread = 0;

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
        PasswordLane lane, PasswordHash? hash, SuppliedPassword password, CancellationToken cancellation = default) =>
        (await EvaluateAsync(lane, hash, password, renews: false, cancellation))?.IsRight;

    /// <summary>The same; where the hash falls behind what is hashed today, a right password is hashed anew in the same turn.</summary>
    internal async Task<HashEvaluation?> EvaluateAsync(
        PasswordLane lane, PasswordHash? hash, SuppliedPassword password, bool renews, CancellationToken cancellation = default)
    {
        if (password.IsEmpty || password.IsTooLong)
        {
            return new(IsRight: false, Renewed: null);
        }

        HashEvaluation? evaluation = null;
        var isDone = await RunAsync(
            lane,
            () =>
            {
                Interlocked.Increment(ref _evaluations);
                var result = (hash ?? _nobodysPassword).Verify(password, _iterations);
                evaluation = new(
                    hash is not null && result != PasswordVerificationResult.Failed,
                    hash is not null && renews && result == PasswordVerificationResult.SuccessRehashNeeded
                        ? PasswordHash.Of(password, _iterations)
                        : null);
            },
            cancellation);
        return isDone ? evaluation : null;
    }

    /// <summary>Hashes a new password; null when too many wait.</summary>
    public async Task<PasswordHash?> HashAsync(PasswordLane lane, SuppliedPassword password, CancellationToken cancellation = default)
    {
        PasswordHash? hash = null;
        return await RunAsync(lane, () => hash = PasswordHash.Of(password, _iterations), cancellation) ? hash : null;
    }

    public void Dispose()
    {
        foreach (var lane in _lanes.Values)
        {
            lane.Dispose();
        }
    }

    /// <summary>Takes a slot of a lane and keeps it, as a hash under way does.</summary>
    internal ValueTask<RateLimitLease> OccupyAsync(PasswordLane lane, CancellationToken cancellation = default) =>
        _lanes[lane].AcquireAsync(1, cancellation);

    private async Task<bool> RunAsync(PasswordLane lane, Action work, CancellationToken cancellation)
    {
        using var slot = await _lanes[lane].AcquireAsync(1, cancellation);
        if (!slot.IsAcquired)
        {
            return false;
        }

        Action run = lane == PasswordLane.Public ? () => RunLast(work) : work;
        await Task.Factory.StartNew(run, cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return true;
    }

    // On a thread that lets the others go first and ends with its work. Whoever waits for it is another: what follows a hash, and every
    // thread that the pool starts for it, would go last as well.
    private static void RunLast(Action work)
    {
        ExceptionDispatchInfo? fault = null;
        var last = new Thread(() =>
        {
            GoLast();
            try
            {
                work();
            }
            catch (Exception thrown)
            {
                fault = ExceptionDispatchInfo.Capture(thrown);
            }
        })
        { IsBackground = true, Name = "public-password", Priority = ThreadPriority.BelowNormal };
        last.Start();
        last.Join();
        fault?.Throw();
    }

    // On Linux the framework's priorities change nothing; a thread's own niceness does (setpriority(2): who 0 is the calling thread).
    private static void GoLast()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = SetPriority(OfThread, CallingThread, Niceness);
        }
    }

    [DllImport("libc", EntryPoint = "setpriority")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetPriority(int which, int who, int niceness);

    private static ConcurrencyLimiter NewLimiter(PasswordLane lane) => new(new ConcurrencyLimiterOptions
    {
        PermitLimit = SlotsOf(lane),
        QueueLimit = SlotsOf(lane) * MaxWaitingPerSlot,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });
}
