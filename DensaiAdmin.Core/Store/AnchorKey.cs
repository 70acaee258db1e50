using System.Security.Cryptography;

namespace DensaiAdmin.Core.Store;

/// <summary>The key that signs the anchor's lines and the backups of a data directory, sealed by <c>Authority:KeyPassphrase</c>.</summary>
internal static class AnchorKey
{
    public const string FileName = "anchor.key";

    /// <summary>PBKDF2 rounds: paid at each start, and by each verb that opens the store.</summary>
    public const int Rounds = 100_000;

    public static string FileIn(string dataDirectory) => Path.Combine(dataDirectory, FileName);

    /// <summary>Opens the key, making it where there is none; null when the passphrase does not.</summary>
    public static ECDsa? Open(string dataDirectory, string passphrase, int rounds = Rounds)
    {
        var file = FileIn(dataDirectory);
        if (File.Exists(file))
        {
            return Read(File.ReadAllText(file), passphrase);
        }

        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Write(file, key, passphrase, rounds);
        return key;
    }

    /// <summary>Seals the key.</summary>
    public static void Write(string file, ECDsa key, string passphrase, int rounds = Rounds)
    {
        var pem = key.ExportEncryptedPkcs8PrivateKeyPem(
            passphrase, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, rounds));
        DurableFile.Write(file, System.Text.Encoding.ASCII.GetBytes(pem));
    }

    /// <summary>Opens a key file's content; null when the passphrase does not, or it is none.</summary>
    public static ECDsa? Read(string pem, string passphrase)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromEncryptedPem(pem, passphrase);
            return key;
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException)
        {
            key.Dispose();
            return null;
        }
    }
}
