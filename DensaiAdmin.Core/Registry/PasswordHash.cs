using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Core.Registry;

/// <summary>
/// A stored password in the format of ASP.NET Core Identity: PBKDF2-HMAC-SHA512, 16 octets of salt, 210,000 iterations (NIST SP 800-63B,
/// R23). It carries its own parameters, so that they can be raised later; what was stored with lower ones, or in the format of earlier
/// releases, still verifies and is to be hashed anew.
/// </summary>
public sealed class PasswordHash
{
    /// <summary>The work factor of what is hashed today.</summary>
    internal const int Iterations = 210_000;

    private const string EarlierFormat = "pbkdf2-sha512$";
    private const byte IdentityVersion3 = 0x01;
    private const uint HmacSha512 = 2;
    private const int SaltOctets = 16;
    private const int SubkeyOctets = 32;

    private PasswordHash(string stored) => Stored = stored;

    /// <summary>The form in the database. Not the password, and still never printed.</summary>
    internal string Stored { get; }

    public static PasswordHash FromStored(string stored) => new(stored);

    /// <summary>Hashes a password; costs about 90 ms of one core.</summary>
    public static PasswordHash Of(SuppliedPassword password) => Of(password, Iterations);

    /// <summary>A hash that no password has, at the cost of one that somebody has: what an unknown user is compared with (R23).</summary>
    public static PasswordHash OfNobody() => OfNobody(Iterations);

    /// <summary>Whether the password is this one. Always costs one derivation; compares in constant time.</summary>
    public bool Matches(SuppliedPassword password) => Verify(password, Iterations) != PasswordVerificationResult.Failed;

    public override string ToString() => "[redacted]";

    internal static PasswordHash Of(SuppliedPassword password, int iterations) =>
        new(Hasher(iterations).HashPassword(password, Normalized(password)));

    internal static PasswordHash OfNobody(int iterations) =>
        new(Identity(iterations, RandomNumberGenerator.GetBytes(SaltOctets), RandomNumberGenerator.GetBytes(SubkeyOctets)));

    /// <summary>The same as <see cref="Matches"/>, and whether what is stored falls behind what is hashed today.</summary>
    internal PasswordVerificationResult Verify(SuppliedPassword password, int iterations)
    {
        var isEarlier = Stored.StartsWith(EarlierFormat, StringComparison.Ordinal);
        var result = Hasher(iterations).VerifyHashedPassword(password, isEarlier ? FromEarlier(Stored) : Stored, Normalized(password));
        return result == PasswordVerificationResult.Success && isEarlier ? PasswordVerificationResult.SuccessRehashNeeded : result;
    }

    private static PasswordHasher<SuppliedPassword> Hasher(int iterations) =>
        new(Options.Create(new PasswordHasherOptions { IterationCount = iterations }));

    // The same derivation with the same parameters: only the spelling differed.
    private static string FromEarlier(string stored)
    {
        var parts = stored.Split('$');
        return Identity(
            int.Parse(parts[1], CultureInfo.InvariantCulture), Convert.FromBase64String(parts[2]), Convert.FromBase64String(parts[3]));
    }

    private static string Identity(int iterations, byte[] salt, byte[] subkey)
    {
        var octets = new byte[13 + salt.Length + subkey.Length];
        octets[0] = IdentityVersion3;
        BinaryPrimitives.WriteUInt32BigEndian(octets.AsSpan(1), HmacSha512);
        BinaryPrimitives.WriteUInt32BigEndian(octets.AsSpan(5), (uint)iterations);
        BinaryPrimitives.WriteUInt32BigEndian(octets.AsSpan(9), (uint)salt.Length);
        salt.CopyTo(octets, 13);
        subkey.CopyTo(octets, 13 + salt.Length);
        return Convert.ToBase64String(octets);
    }

    // NFKC, so that the same keys on another keyboard driver give the same password (SP 800-63B 3.1.1.2). What is no text is no password
    // of anybody, but it must be answered like one.
    private static string Normalized(SuppliedPassword password)
    {
        try
        {
            return password.Value.Normalize(NormalizationForm.FormKC);
        }
        catch (ArgumentException)
        {
            return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(password.Value));
        }
    }
}
