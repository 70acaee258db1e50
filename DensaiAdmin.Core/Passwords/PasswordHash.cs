using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace DensaiAdmin.Core.Passwords;

/// <summary>
/// A stored password: PBKDF2-HMAC-SHA512, 16 octets of salt, 210,000 rounds (NIST SP 800-63B, R23). The text form carries its
/// own parameters, so that they can be raised later.
/// </summary>
public sealed class PasswordHash
{
    private const int Rounds = 210_000;
    private const int SaltOctets = 16;
    private const int HashOctets = 32;

    private PasswordHash(string stored) => Stored = stored;

    /// <summary>The form in the database. Not the password, and still never printed.</summary>
    internal string Stored { get; }

    public static PasswordHash FromStored(string stored) => new(stored);

    /// <summary>Hashes a password; costs about 90 ms of one core.</summary>
    public static PasswordHash Of(SuppliedPassword password)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltOctets);
        return new(Form(salt, Derive(password, salt, Rounds)));
    }

    /// <summary>A hash that no password has, at the cost of one that somebody has: what an unknown user is compared with (R23).</summary>
    public static PasswordHash OfNobody() =>
        new(Form(RandomNumberGenerator.GetBytes(SaltOctets), RandomNumberGenerator.GetBytes(HashOctets)));

    /// <summary>Whether the password is this one. Always costs one derivation; compares in constant time.</summary>
    public bool Matches(SuppliedPassword password)
    {
        var parts = Stored.Split('$');
        var rounds = int.Parse(parts[1], CultureInfo.InvariantCulture);
        var derived = Derive(password, Convert.FromBase64String(parts[2]), rounds);
        return CryptographicOperations.FixedTimeEquals(derived, Convert.FromBase64String(parts[3]));
    }

    public override string ToString() => "[redacted]";

    private static string Form(byte[] salt, byte[] hash) =>
        string.Create(CultureInfo.InvariantCulture, $"pbkdf2-sha512${Rounds}${Convert.ToBase64String(salt)}${Convert.ToBase64String(hash)}");

    // NFKC, so that the same keys on another keyboard driver give the same password (SP 800-63B 3.1.1.2).
    private static byte[] Derive(SuppliedPassword password, byte[] salt, int rounds) =>
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(Normalized(password.Value)), salt, rounds, HashAlgorithmName.SHA512, HashOctets);

    private static string Normalized(string value)
    {
        try
        {
            return value.Normalize(NormalizationForm.FormKC);
        }
        catch (ArgumentException)
        {
            return value;
        }
    }
}
