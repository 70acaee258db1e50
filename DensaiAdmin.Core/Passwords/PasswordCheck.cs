using DensaiAdmin.Core.Acts;

namespace DensaiAdmin.Core.Passwords;

/// <summary>Result of a password check.</summary>
public enum PasswordVerdict
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

/// <summary>A verdict and where the path stands after it.</summary>
public sealed record PasswordJudgement(PasswordVerdict Verdict, AttemptState Attempts);

/// <summary>
/// The one place where a password is evaluated: take an attempt, hash, give it back when right. One at a time for each ID and path,
/// so that a burst of right ones (a double click, two tabs) never locks on tries whose answer is still open.
/// </summary>
public sealed class PasswordCheck(ActWriter acts, AttemptPolicy policy, PasswordHasher hasher)
{
    // More than any person sends at once; a flood on one ID is answered without waiting.
    private const int MostInLine = 100;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string LoginId, PasswordPath Path), Line> _lines = [];

    /// <summary>Checks a password on a path.</summary>
    /// <param name="canonicalLoginId">Canonical form of the ID that was given, known or not.</param>
    /// <param name="path">The way it is tried.</param>
    /// <param name="hash">The stored hash, or null for an unknown user; costs the same.</param>
    /// <param name="password">What was typed.</param>
    /// <param name="cancellation">Ends the wait for a turn; a password that was looked at counts whoever still waits for the answer.</param>
    public async Task<PasswordJudgement> JudgeAsync(string canonicalLoginId, PasswordPath path, PasswordHash? hash, SuppliedPassword password, CancellationToken cancellation = default)
    {
        var key = (canonicalLoginId, path);
        if (Join(key) is not { } line)
        {
            return new(PasswordVerdict.Busy, policy.Untouched);
        }

        try
        {
            await line.Turn.WaitAsync(cancellation);
            try
            {
                return await JudgeInTurnAsync(canonicalLoginId, path, hash, password, cancellation);
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

    private async Task<PasswordJudgement> JudgeInTurnAsync(string canonicalLoginId, PasswordPath path, PasswordHash? hash, SuppliedPassword password, CancellationToken cancellation)
    {
        var taken = await acts.PerformAsync(act => policy.Take(act, canonicalLoginId, path), cancellation);
        if (taken.IsLocked)
        {
            return new(PasswordVerdict.Locked, taken);
        }

        bool? right;
        try
        {
            right = await hasher.MatchesAsync(hash, password, cancellation);
        }
        catch (OperationCanceledException)
        {
            // The wait for a slot was given up: the password was never looked at.
            await GiveBackAsync(canonicalLoginId, path);
            throw;
        }

        switch (right)
        {
            case null:
                await GiveBackAsync(canonicalLoginId, path);
                return new(PasswordVerdict.Busy, taken);
            case true:
                await acts.PerformAsync(
                    act =>
                    {
                        policy.Forgive(act, canonicalLoginId, path);
                        return true;
                    },
                    CancellationToken.None);
                return new(PasswordVerdict.Right, taken);
            case false:
                return new(PasswordVerdict.Wrong, taken);
        }
    }

    private Task GiveBackAsync(string canonicalLoginId, PasswordPath path) =>
        acts.PerformAsync(
            act =>
            {
                policy.GiveBack(act, canonicalLoginId, path);
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

            if (line.Length >= MostInLine)
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
