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

/// <summary>The one place where a password is evaluated: take an attempt, hash, give it back when right.</summary>
public sealed class PasswordCheck(ActWriter acts, AttemptPolicy policy, PasswordHasher hasher)
{
    /// <summary>Checks a password on a path.</summary>
    /// <param name="canonicalLoginId">Canonical form of the ID that was given, known or not.</param>
    /// <param name="path">The way it is tried.</param>
    /// <param name="hash">The stored hash, or null for an unknown user; costs the same.</param>
    /// <param name="password">What was typed.</param>
    /// <param name="cancellation">Ends the wait for a hashing slot.</param>
    public async Task<PasswordJudgement> JudgeAsync(string canonicalLoginId, PasswordPath path, PasswordHash? hash, SuppliedPassword password, CancellationToken cancellation = default)
    {
        var taken = await acts.PerformAsync(act => policy.Take(act, canonicalLoginId, path), cancellation);
        if (taken.IsLocked)
        {
            return new(PasswordVerdict.Locked, taken);
        }

        var right = await hasher.MatchesAsync(hash, password, cancellation);
        if (right is null)
        {
            await acts.PerformAsync(
                act =>
                {
                    policy.GiveBack(act, canonicalLoginId, path);
                    return true;
                },
                CancellationToken.None);
            return new(PasswordVerdict.Busy, taken);
        }

        if (right.Value)
        {
            await acts.PerformAsync(
                act =>
                {
                    policy.Forgive(act, canonicalLoginId, path);
                    return true;
                },
                cancellation);
            return new(PasswordVerdict.Right, taken);
        }

        return new(PasswordVerdict.Wrong, taken);
    }
}
