using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Store;

namespace DensaiAdmin.Tests.Support;

/// <summary>A data directory that is made once, because that costs seconds, and copied for each test.</summary>
internal static class DataDirectory
{
    /// <summary>Copies all files of a directory to where there is none yet.</summary>
    public static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            DurableFile.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    /// <summary>
    /// Seals the keys anew with one round. What sealing costs is tested where it matters, not by every test that opens the directory.
    /// </summary>
    public static void SealCheaply(string directory, string passphrase)
    {
        using (var anchorKey = AnchorKey.Open(directory, passphrase))
        {
            AnchorKey.Write(AnchorKey.FileIn(directory), anchorKey!, passphrase, rounds: 1);
        }

        var sealing = new KeyPassphrase(passphrase);
        if (Path.Combine(directory, "tls", "server.p12") is var identity && File.Exists(identity))
        {
            var cheap = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1);
            var certificates = X509CertificateLoader.LoadPkcs12CollectionFromFile(identity, passphrase, X509KeyStorageFlags.Exportable);
            File.WriteAllBytes(identity, certificates.ExportPkcs12(cheap, passphrase));
        }

        foreach (var file in Directory.EnumerateFiles(Path.Combine(directory, "ca"), "*.key.pem"))
        {
            using var key = Assert.IsType<SealedKey.Opened>(SealedKeyFile.Open(file, sealing)).Key;
            SealedKeyFile.Write(file, key, sealing, rounds: 1);
        }
    }
}
