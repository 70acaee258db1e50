using System.Security.Cryptography;
using System.Text;

namespace DensaiAdmin.Core.Store;

/// <summary>What seals a CA key file. Prints redacted; the characters are seen inside this room only.</summary>
public sealed class KeyPassphrase
{
    const int Rounds = 100_000;

    readonly string _value;

    /// <exception cref="ArgumentException">Empty.</exception>
    public KeyPassphrase(string value)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(value);
        _value = value;
    }

    internal ReadOnlySpan<char> Reveal() => _value;

    /// <summary>A key of 32 octets for another secret of this installation (PBKDF2-SHA256); never the passphrase itself.</summary>
    /// <param name="purpose">What it is for; another purpose is another key.</param>
    public byte[] DeriveKey(string purpose) =>
        Rfc2898DeriveBytes.Pbkdf2(_value, Encoding.UTF8.GetBytes("densai:" + purpose), Rounds, HashAlgorithmName.SHA256, 32);

    public override string ToString() => "(redacted)";
}
