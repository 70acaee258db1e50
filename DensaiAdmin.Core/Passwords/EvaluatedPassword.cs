using DensaiAdmin.Core.Registry;

namespace DensaiAdmin.Core.Passwords;

/// <summary>
/// Proof that a password was right when it was evaluated. Only <see cref="PasswordCheck"/> makes one. Evaluating takes its time, and
/// the world goes on meanwhile: whatever relies on the proof redeems it inside its act, where nothing can change any more.
/// </summary>
public sealed class EvaluatedPassword
{
    private readonly long _userId;
    private readonly PasswordKind _kind;
    private readonly int _version;

    internal EvaluatedPassword(User user, PasswordKind kind)
    {
        _userId = user.Id;
        _kind = kind;
        _version = user.PasswordVersion(kind);
    }

    /// <summary>Whose password it was.</summary>
    public long UserId => _userId;

    /// <summary>Whether it is this user's password still.</summary>
    /// <param name="user">As stored at the act.</param>
    /// <param name="now">Instant of the act, UTC.</param>
    public bool IsStillOf(User user, DateTimeOffset now) =>
        user.Id == _userId && IsStill(_kind, user.PasswordVersion(_kind), user.OneTimePasswordExpiresAt, now);

    /// <summary>The same for what was read of the user inside the act without the user.</summary>
    internal bool IsStill(PasswordKind kind, int version, DateTimeOffset? oneTimePasswordExpiresAt, DateTimeOffset now) =>
        IsUnchanged(kind, version) && !(kind == PasswordKind.Login && oneTimePasswordExpiresAt <= now);

    /// <summary>
    /// Whether it is still the user's, though it may be a one-time password whose time is over: only to who knows it is that said (R27).
    /// </summary>
    /// <param name="user">As stored at the act.</param>
    public bool IsUnchangedOf(User user) => user.Id == _userId && IsUnchanged(_kind, user.PasswordVersion(_kind));

    /// <summary>The same for what was read of the user inside the act without the user.</summary>
    internal bool IsUnchanged(PasswordKind kind, int version) => kind == _kind && version == _version;
}
