using DensaiAdmin.Core.Store;

namespace DensaiAdmin.Core.Authority;

/// <summary>
/// Somebody has the root's sealed key, and its passphrase: who holds both holds the installation. Made by <see cref="Verify"/> only.
/// </summary>
public sealed class RootKeyProof
{
    private RootKeyProof()
    {
    }

    /// <summary>Opens the file and holds its key against the root's certificate.</summary>
    /// <param name="authorities">Whose root it must be.</param>
    /// <param name="sealedKey">The file that <see cref="AuthorityKeys.ExportRootAndRemove"/> wrote: PEM.</param>
    /// <param name="passphrase">Seals it.</param>
    /// <returns>Null when it is another key, damaged, or the passphrase is wrong; CBC cannot tell the last two apart.</returns>
    public static RootKeyProof? Verify(Authorities authorities, ReadOnlySpan<byte> sealedKey, KeyPassphrase passphrase)
    {
        if (SealedKeyFile.Read(System.Text.Encoding.UTF8.GetString(sealedKey), passphrase) is not SealedKey.Opened opened)
        {
            return null;
        }

        using (opened.Key)
        {
            return opened.Key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(authorities.Root.SubjectPublicKeyInfo)
                ? new RootKeyProof()
                : null;
        }
    }
}
