using System.Security.Cryptography;
using System.Text;

namespace DensaiAdmin.Core.Store;

/// <summary>
/// A private key at rest: PKCS#8 (RFC 5958) encrypted with PBES2, PBKDF2-HMAC-SHA-256 and AES-256-CBC, in PEM, so that any PKI tool
/// can open it with the passphrase.
/// </summary>
internal static class SealedKeyFile
{
    /// <summary>PBKDF2 rounds: a quarter of a second here, paid at start only.</summary>
    public const int Rounds = 600_000;

    public static void Write(string path, AsymmetricAlgorithm key, KeyPassphrase passphrase, int rounds = Rounds)
    {
        var pem = key.ExportEncryptedPkcs8PrivateKeyPem(
            passphrase.Reveal(), new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, rounds));
        DurableFile.Write(path, Encoding.ASCII.GetBytes(pem + "\n"));
    }

    /// <summary>
    /// Opens the file; the caller disposes the key. CBC cannot tell a wrong passphrase from altered cipher text: both are
    /// <see cref="SealedKey.WrongPassphrase"/>.
    /// </summary>
    public static SealedKey Open(string path, KeyPassphrase passphrase)
    {
        return File.Exists(path) ? Read(File.ReadAllText(path), passphrase) : new SealedKey.Missing();
    }

    /// <summary>Opens a file's content, as <see cref="Open"/> does.</summary>
    public static SealedKey Read(string pem, KeyPassphrase passphrase)
    {
        byte[] pkcs8;
        if (!PemEncoding.TryFind(pem, out var fields) || pem[fields.Label] is not "ENCRYPTED PRIVATE KEY")
        {
            return new SealedKey.Damaged();
        }

        try
        {
            pkcs8 = Convert.FromBase64String(pem[fields.Base64Data]);
        }
        catch (FormatException)
        {
            return new SealedKey.Damaged();
        }

        return Import(ECDsa.Create(), pkcs8, passphrase) ?? Import(RSA.Create(), pkcs8, passphrase) ?? new SealedKey.WrongPassphrase();
    }

    static SealedKey? Import(AsymmetricAlgorithm key, byte[] pkcs8, KeyPassphrase passphrase)
    {
        try
        {
            key.ImportEncryptedPkcs8PrivateKey(passphrase.Reveal(), pkcs8, out _);
            return new SealedKey.Opened(key);
        }
        catch (CryptographicException)
        {
            key.Dispose();
            return null;
        }
    }
}

internal abstract record SealedKey
{
    private SealedKey()
    {
    }

    internal sealed record Opened(AsymmetricAlgorithm Key) : SealedKey;

    internal sealed record Missing : SealedKey;

    internal sealed record WrongPassphrase : SealedKey;

    internal sealed record Damaged : SealedKey;
}
