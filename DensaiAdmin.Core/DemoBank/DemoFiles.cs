using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Store;

namespace DensaiAdmin.Core.DemoBank;

/// <summary>
/// The directory <c>demo</c> of a data directory: keys and certificates of the demo users, for browsers (<c>.p12</c>) and scripts
/// (<c>.pem</c>), the letters of ログインID取得, and the trust file <c>ca.pem</c>. It is laid out beside its place and takes it in one step,
/// once its certificates are in the inventory: whoever finds the files finds the users too.
/// </summary>
internal sealed class DemoFiles(string dataDirectory)
{
    // RFC 2985 5.5.1 and 5.5.2.
    const string FriendlyName = "1.2.840.113549.1.9.20";

    // The password is printed in the README: rounds would protect nothing.
    const int Rounds = 2_048;

    readonly string _place = Path.Combine(dataDirectory, "demo");
    readonly string _workshop = Path.Combine(dataDirectory, ".demo-unfinished");

    /// <summary>Whether a directory is laid out that has not taken its place.</summary>
    public bool AreLaidOut => Directory.Exists(_workshop);

    /// <summary>Whether some demo user's files are in their place.</summary>
    public bool HoldUsers => Directory.Exists(_place) && Directory.EnumerateFiles(_place, "*.p12").Any();

    string TrustFile => Path.Combine(_place, "ca.pem");

    /// <summary>Begins anew beside the place.</summary>
    public void LayOut(
        IEnumerable<(string LoginId, ECDsa Key, IssuedCertificate Certificate)> holders, AuthorityCertificate issuer, byte[] trust,
        IEnumerable<(string Company, string Text)> letters)
    {
        Remove(_workshop);
        DurableFile.CreateDirectory(_workshop);
        foreach (var (loginId, key, certificate) in holders)
        {
            using var x509 = X509CertificateLoader.LoadCertificate(certificate.Der.Span);
            DurableFile.Write(Path.Combine(_workshop, loginId + ".p12"), Pkcs12(loginId, key, x509, issuer));
            DurableFile.Write(
                Path.Combine(_workshop, loginId + ".pem"),
                Encoding.ASCII.GetBytes($"{x509.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n"));
        }

        DurableFile.CreateDirectory(Path.Combine(_workshop, "letters"));
        foreach (var (company, text) in letters)
        {
            DurableFile.Write(Path.Combine(_workshop, "letters", company + ".txt"), Encoding.UTF8.GetBytes(text));
        }

        DurableFile.Write(Path.Combine(_workshop, Path.GetFileName(TrustFile)), trust);
    }

    /// <summary>Puts what is laid out in its place, instead of what was there.</summary>
    public void Reveal()
    {
        Remove(_place);
        Directory.Move(_workshop, _place);
        DurableFile.FlushDirectory(dataDirectory);
    }

    /// <summary>Removes what is laid out.</summary>
    public void Discard() => Remove(_workshop);

    /// <summary>Removes everything.</summary>
    public void RemoveAll()
    {
        Remove(_workshop);
        Remove(_place);
    }

    /// <summary>Writes the trust file where it says something else; the server's TLS certificate may be newer than the bank.</summary>
    public void RefreshTrust(byte[] trust)
    {
        if (!File.Exists(TrustFile) || !File.ReadAllBytes(TrustFile).AsSpan().SequenceEqual(trust))
        {
            DurableFile.CreateDirectory(_place);
            DurableFile.Write(TrustFile, trust);
        }
    }

    /// <summary>The trust file as it stands, or null.</summary>
    public byte[]? ReadTrust() => File.Exists(TrustFile) ? File.ReadAllBytes(TrustFile) : null;

    public static byte[] Trust(IEnumerable<AuthorityCertificate> trusted) =>
        Encoding.ASCII.GetBytes(string.Concat(trusted.Select(certificate => certificate.ToPem() + "\n")));

    static void Remove(string directory)
    {
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>
    /// Key and certificate under one name, with the issuing CA's certificate, everything in AES-256. Built by hand because only
    /// Windows lets an X509Certificate2 have a name, by which browsers list it.
    /// </summary>
    static byte[] Pkcs12(string loginId, ECDsa key, X509Certificate2 certificate, AuthorityCertificate issuer)
    {
        var encryption = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, Rounds);
        var name = new AsnEncodedData(new Oid(FriendlyName), FriendlyNameOf(loginId));
        var pair = new Pkcs9LocalKeyId(SHA256.HashData(certificate.RawData).AsSpan(0, 20));

        var keys = new Pkcs12SafeContents();
        var keyBag = keys.AddShroudedKey(key, DemoUsers.FilePassword, encryption);
        keyBag.Attributes.Add(name);
        keyBag.Attributes.Add(pair);

        var certificates = new Pkcs12SafeContents();
        var leaf = certificates.AddCertificate(certificate);
        leaf.Attributes.Add(name);
        leaf.Attributes.Add(pair);
        certificates.AddCertificate(issuer.X509);

        var file = new Pkcs12Builder();
        file.AddSafeContentsEncrypted(certificates, DemoUsers.FilePassword, encryption);
        file.AddSafeContentsUnencrypted(keys);
        file.SealWithMac(DemoUsers.FilePassword, HashAlgorithmName.SHA256, Rounds);
        return file.Encode();
    }

    static byte[] FriendlyNameOf(string loginId)
    {
        var writer = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.DER);
        writer.WriteCharacterString(System.Formats.Asn1.UniversalTagNumber.BMPString, $"DensaiAdmin {loginId}");
        return writer.Encode();
    }
}
