using System.Threading.Channels;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;

namespace DensaiAdmin.Core.Passwords;

/// <summary>A password as somebody sent it, and what it is held against.</summary>
/// <param name="CanonicalLoginId">Canonical form of the ID that was given, known or not: against whose count a failure goes.</param>
/// <param name="Path">The way it comes by (R23).</param>
/// <param name="User">Whose ID that is, as just read; null when nobody has it.</param>
/// <param name="Hash">The stored hash, or null where no password can be right; costs the same.</param>
/// <param name="Password">As typed.</param>
/// <param name="Source">Network address it comes from.</param>
public sealed record PasswordSubmission(
    string CanonicalLoginId, PasswordPath Path, User? User, PasswordHash? Hash, SuppliedPassword Password, string Source)
{
    /// <summary>Which of the user's passwords the hash is of.</summary>
    public PasswordKind Kind { get; init; } = Path == PasswordPath.Confirmation ? PasswordKind.Confirmation : PasswordKind.Login;

    /// <summary>Where it waits to be hashed.</summary>
    public PasswordLane Lane { get; init; } = Path switch
    {
        PasswordPath.Open => PasswordLane.Public,
        PasswordPath.Certificate => PasswordLane.Certificate,
        PasswordPath.Confirmation => PasswordLane.Session,
        PasswordPath.Operator => PasswordLane.Staff,
    };

    public override string ToString() => "[redacted]";
}

/// <summary>Result of a password check.</summary>
public enum PasswordResult
{
    /// <summary>The password is right.</summary>
    Right,

    /// <summary>Wrong, or no such user: one answer for both (R23).</summary>
    Wrong,

    /// <summary>Too many failures on this path; the password was not looked at.</summary>
    Locked,

    /// <summary>Too many checks wait; nothing was looked at or counted against the user.</summary>
    Busy,
}

/// <summary>The result of a check, and where the path stands after it.</summary>
/// <param name="Evaluation">What came of it.</param>
/// <param name="Attempts">Where the path stands.</param>
/// <param name="Proof">
/// For the act that relies on a right password of a user; null for every other result, and where no user has it.
/// </param>
public sealed record PasswordEvaluation(PasswordResult Evaluation, AttemptState Attempts, EvaluatedPassword? Proof = null);

/// <summary>
/// The one place where a password is evaluated: take a place on a lane, then an attempt, hash, give both back when right. One at a time
/// for each ID and path, so that a burst of right ones (a double click, two tabs) never locks on tries whose answer is still open.
/// </summary>
public sealed class PasswordCheck(StoreWriter writer, AttemptPolicy policy, PasswordHasher hasher)
{
    // More than any person sends at once; a flood on one ID is answered without waiting.
    private const int MaxInLine = 100;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string LoginId, PasswordPath Path), Line> _lines = [];

    /// <summary>Whether whoever asks now is told to try again: for who would have to read the store first.</summary>
    public bool IsFull(PasswordLane lane) => hasher.IsFull(lane);

    /// <summary>Checks a password on a path.</summary>
    /// <param name="submission">What was typed, and what it is held against.</param>
    /// <param name="cancellation">
    /// Ends the wait for a turn; a password that was looked at counts whoever still waits for the answer.
    /// </param>
    public Task<PasswordEvaluation> EvaluateAsync(PasswordSubmission submission, CancellationToken cancellation = default) =>
        EvaluateAsync(submission, (evaluated, _) => Task.FromResult(evaluated), cancellation);

    /// <summary>
    /// The same, and what follows from it in the same turn: what is still to be written of the attempt may go into the act that follows,
    /// so that both are one commit. Where it did not, or the act failed, it is written alone.
    /// </summary>
    /// <param name="submission">What was typed, and what it is held against.</param>
    /// <param name="follow">What follows. Nobody else's try of the same ID on the same path is looked at before it ends.</param>
    /// <param name="cancellation">Ends the wait for a turn.</param>
    internal async Task<T> EvaluateAsync<T>(
        PasswordSubmission submission, Func<PasswordEvaluation, AttemptSettlement, Task<T>> follow, CancellationToken cancellation)
    {
        // Who is turned away costs nothing, neither a hash nor a row.
        var key = (submission.CanonicalLoginId, submission.Path);
        if (hasher.IsFull(submission.Lane) || Join(key) is not { } line)
        {
            return await follow(new(PasswordResult.Busy, policy.Untouched), AttemptSettlement.Nothing);
        }

        try
        {
            await line.Turn.WaitAsync(cancellation);
            try
            {
                var (evaluated, settlement) = await EvaluateInTurnAsync(submission, cancellation);
                return await FollowAsync(evaluated, settlement, follow);
            }
            finally
            {
                line.Turn.Release();
            }
        }
        finally
        {
            Leave(key, line);
        }
    }

    private async Task<T> FollowAsync<T>(
        PasswordEvaluation evaluated, AttemptSettlement settlement, Func<PasswordEvaluation, AttemptSettlement, Task<T>> follow)
    {
        T result;
        try
        {
            result = await follow(evaluated, settlement);
        }
        catch (StoreUnavailableException fault) when (fault is not ClockNotTrustedException)
        {
            // Whoever asked has waited for the store already. The writer takes this before any later attempt.
            _ = TrySettleAsync(settlement);
            throw;
        }
        catch
        {
            await SettleAsync(settlement);
            throw;
        }

        await SettleAsync(settlement);
        return result;
    }

    private async Task<(PasswordEvaluation Evaluated, AttemptSettlement Settlement)> EvaluateInTurnAsync(
        PasswordSubmission submission, CancellationToken cancellation)
    {
        var (canonicalLoginId, path) = (submission.CanonicalLoginId, submission.Path);

        // Before anything is written: while one slot falls free and is taken, hundreds of a flood pass the gate. A slot that is free is
        // held over the commit below, so that a lane never hashes faster than the store counts.
        await using var place = hasher.Queue(submission.Lane, cancellation);
        if (place is null)
        {
            return (new(PasswordResult.Busy, policy.Untouched), AttemptSettlement.Nothing);
        }

        var taken = await writer.PerformAnyTimeAsync(work => policy.Take(work, canonicalLoginId, path, submission.User), cancellation);
        if (taken.IsLocked)
        {
            return (new(PasswordResult.Locked, taken), AttemptSettlement.Nothing);
        }

        HashEvaluation evaluated;
        try
        {
            // The one place that every one-time password comes by, whichever screen, program or verb it was typed into.
            var typed = path != PasswordPath.Confirmation && submission.User?.OneTimePasswordExpiresAt is not null
                ? OneTimePassword.Typed(submission.Password)
                : submission.Password;
            evaluated = await hasher.EvaluateAsync(place, submission.Hash, typed, renews: submission.User is not null);
        }
        catch (OperationCanceledException)
        {
            // The wait for a slot was given up: the password was never looked at.
            await GiveBackAsync(canonicalLoginId, path);
            throw;
        }

        switch (evaluated.IsRight)
        {
            case true:
                var proof = submission.User is { } user ? new EvaluatedPassword(user, submission.Kind) : null;
                return (
                    new(PasswordResult.Right, policy.Untouched, proof),
                    AttemptSettlement.OfRight(work => Forgive(work, submission, proof, evaluated.Renewed)));
            case false:
                return (
                    new(PasswordResult.Wrong, taken),
                    taken.HasJustLocked ? AttemptSettlement.OfWrong(work => policy.Lock(work, submission)) : AttemptSettlement.Nothing);
        }
    }

    private void Forgive(UnitOfWork work, PasswordSubmission submission, EvaluatedPassword? proof, PasswordHash? renewed)
    {
        policy.Forgive(work, submission.CanonicalLoginId, submission.Path);
        if (renewed is not null
            && work.Db.Users.Find(submission.User!.Id) is { } stored
            && proof!.IsStillOf(stored, work.Now))
        {
            stored.Rehash(submission.Kind, renewed);
        }
    }

    private async Task SettleAsync(AttemptSettlement settlement)
    {
        if (settlement.IsOwed)
        {
            await writer.PerformAnyTimeAsync(
                work =>
                {
                    settlement.WriteTo(work);
                    return true;
                },
                CancellationToken.None);
        }
    }

    private async Task TrySettleAsync(AttemptSettlement settlement)
    {
        try
        {
            await SettleAsync(settlement);
        }
        catch (Exception fault) when (fault is StoreUnavailableException or ChannelClosedException)
        {
            // The attempt stays counted until the next right password, as where the process is killed.
        }
    }

    private Task GiveBackAsync(string canonicalLoginId, PasswordPath path) =>
        writer.PerformAnyTimeAsync(
            work =>
            {
                policy.GiveBack(work, canonicalLoginId, path);
                return true;
            },
            CancellationToken.None);

    private Line? Join((string LoginId, PasswordPath Path) key)
    {
        lock (_gate)
        {
            if (!_lines.TryGetValue(key, out var line))
            {
                _lines.Add(key, line = new Line());
            }

            if (line.Length >= MaxInLine)
            {
                return null;
            }

            line.Length++;
            return line;
        }
    }

    private void Leave((string LoginId, PasswordPath Path) key, Line line)
    {
        lock (_gate)
        {
            if (--line.Length == 0)
            {
                _lines.Remove(key);
                line.Turn.Dispose();
            }
        }
    }

    private sealed class Line
    {
        public SemaphoreSlim Turn { get; } = new(1);

        public int Length { get; set; }
    }
}
