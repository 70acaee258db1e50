using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;

namespace DensaiAdmin.Web.Installation;

/// <summary>
/// Seals the key ring of forms and circuits in the data directory with a key derived from what seals the CA: a copy of the
/// directory alone opens neither. AES-256-GCM; the element holds nonce, tag and ciphertext in base64.
/// </summary>
internal sealed class KeyRingSeal(KeyRingSeal.Key key) : IXmlEncryptor
{
    private const int NonceOctets = 12;
    private const int TagOctets = 16;

    public EncryptedXmlInfo Encrypt(XElement plaintextElement)
    {
        var plain = Encoding.UTF8.GetBytes(plaintextElement.ToString(SaveOptions.DisableFormatting));
        var whole = new byte[NonceOctets + TagOctets + plain.Length];
        RandomNumberGenerator.Fill(whole.AsSpan(0, NonceOctets));
        using var cipher = new AesGcm(key.Octets, TagOctets);
        cipher.Encrypt(whole.AsSpan(0, NonceOctets), plain, whole.AsSpan(NonceOctets + TagOctets), whole.AsSpan(NonceOctets, TagOctets));
        return new(new XElement("sealed", Convert.ToBase64String(whole)), typeof(Opener));
    }

    /// <summary>Derived once, when the first key is read or made.</summary>
    internal sealed class Key(OpenInstallation installation)
    {
        private readonly Lazy<byte[]> _octets = new(() => installation.Passphrase.DeriveKey("key-ring"));

        public byte[] Octets => _octets.Value;

        public override string ToString() => "(redacted)";
    }

    /// <summary>Named in each sealed element; made by the key ring from its services.</summary>
    internal sealed class Opener(IServiceProvider services) : IXmlDecryptor
    {
        public XElement Decrypt(XElement encryptedElement)
        {
            var whole = Convert.FromBase64String(encryptedElement.Value);
            var plain = new byte[whole.Length - NonceOctets - TagOctets];
            using var cipher = new AesGcm(services.GetRequiredService<Key>().Octets, TagOctets);
            cipher.Decrypt(
                whole.AsSpan(0, NonceOctets), whole.AsSpan(NonceOctets + TagOctets), whole.AsSpan(NonceOctets, TagOctets), plain);
            return XElement.Parse(Encoding.UTF8.GetString(plain));
        }
    }
}
