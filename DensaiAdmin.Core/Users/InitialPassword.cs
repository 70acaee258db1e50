using System.Security.Cryptography;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;

namespace DensaiAdmin.Core.Users;

/// <summary>初期パスワード for a user who has none, or no longer knows one: made and hashed before the act, which must not wait.</summary>
internal sealed class InitialPassword
{
    private InitialPassword(OneTimePassword toHandOver, PasswordHash login, PasswordHash confirmation)
    {
        ToHandOver = toHandOver;
        Login = login;
        Confirmation = confirmation;
    }

    /// <summary>Shown once, kept nowhere.</summary>
    public OneTimePassword ToHandOver { get; }

    public PasswordHash Login { get; }

    /// <summary>Of one that nobody knows: until the user sets a 確認用パスワード there is none that is right.</summary>
    public PasswordHash Confirmation { get; }

    /// <summary>A new one; null when too many wait to be hashed.</summary>
    public static async Task<InitialPassword?> NewAsync(PasswordHasher hasher, PasswordLane lane, CancellationToken cancellation)
    {
        var toHandOver = OneTimePassword.New();
        var login = await hasher.HashAsync(lane, toHandOver.AsSupplied(), cancellation);
        var confirmation = await hasher.HashAsync(
            lane, new SuppliedPassword(RandomNumberGenerator.GetHexString(32)), cancellation);
        return login is null || confirmation is null ? null : new(toHandOver, login, confirmation);
    }
}
