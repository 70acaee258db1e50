using System.Security.Cryptography;

namespace DensaiAdmin.Core.Store;

/// <summary>The key that signs the anchor's lines and the backups of a data directory, sealed by <c>Authority:KeyPassphrase</c>.</summary>
internal static class AnchorKey
{
    public const string FileName = "anchor.key";

    public static string FileIn(string dataDirectory) => Path.Combine(dataDirectory, FileName);

    /// <summary>Opens the key, making it where there is none; null when the passphrase does not.</summary>
    public static ECDsa? Open(string dataDirectory, string passphrase)
    {
        var file = FileIn(dataDirectory);
        if (File.Exists(file))
        {
            return Read(File.ReadAllText(file), passphrase);
        }

        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var pem = key.ExportEncryptedPkcs8PrivateKeyPem(
            passphrase, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 100_000));
        DurableFile.Write(file, System.Text.Encoding.ASCII.GetBytes(pem));
        return key;
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
