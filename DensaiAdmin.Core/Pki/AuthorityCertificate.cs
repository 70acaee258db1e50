using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DensaiAdmin.Core.Pki;

/// <summary>The public half of a CA: its certificate and what others need of it, read once.</summary>
public sealed class AuthorityCertificate
{
    // Importing a key costs several verifications; a key object is not promised to serve two threads, so they are lent out.
    readonly ConcurrentBag<AsymmetricAlgorithm> _idleKeys = [];
    readonly byte[] _der;
    readonly byte[] _subject;
    readonly byte[] _subjectKeyIdentifier;
    readonly byte[] _subjectPublicKeyInfo;

    /// <exception cref="CryptographicException">
    /// Not a certificate, or one without a subject key identifier (RFC 5280 4.2.1.2: a CA must have one).
    /// </exception>
    public AuthorityCertificate(byte[] der)
    {
        _der = [.. der];
        X509 = X509CertificateLoader.LoadCertificate(_der);
        _subject = X509.SubjectName.RawData;
        _subjectKeyIdentifier = X509.Extensions.OfType<X509SubjectKeyIdentifierExtension>()
            .FirstOrDefault()?.SubjectKeyIdentifierBytes.ToArray()
            ?? throw new CryptographicException("The CA certificate has no subject key identifier.");
        _subjectPublicKeyInfo = X509.PublicKey.ExportSubjectPublicKeyInfo();
        SubjectKeyIdentifier = Convert.ToHexString(_subjectKeyIdentifier);
        SubjectPublicKeySha256 = Sha256Hash.Of(_subjectPublicKeyInfo);
        NotBefore = new DateTimeOffset(X509.NotBefore.ToUniversalTime());
        NotAfter = new DateTimeOffset(X509.NotAfter.ToUniversalTime());
    }

    /// <summary>The certificate, without a private key. Shared: do not dispose it.</summary>
    public X509Certificate2 X509 { get; }

    public ReadOnlyMemory<byte> Der => _der;

    /// <summary>DER of the subject name: what stands as issuer, octet for octet, in everything this CA signs.</summary>
    public ReadOnlySpan<byte> Subject => _subject;

    /// <summary>Upper-case hex; part of the addresses that certificates point to.</summary>
    public string SubjectKeyIdentifier { get; }

    public ReadOnlySpan<byte> SubjectKeyIdentifierBytes => _subjectKeyIdentifier;

    public ReadOnlySpan<byte> SubjectPublicKeyInfo => _subjectPublicKeyInfo;

    /// <summary>Upper-case hex of SHA-256 over the SubjectPublicKeyInfo.</summary>
    public Sha256Hash SubjectPublicKeySha256 { get; }

    /// <summary>First valid second, UTC.</summary>
    public DateTimeOffset NotBefore { get; }

    /// <summary>Last valid second, UTC.</summary>
    public DateTimeOffset NotAfter { get; }

    /// <summary>True when the signature over the data is this CA's. Never throws, whatever was sent.</summary>
    internal bool Verify(SignatureAlgorithm algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        var key = _idleKeys.TryTake(out var idle) ? idle : ImportKey();
        try
        {
            return key is not null && algorithm.Verify(key, data, signature);
        }
        finally
        {
            if (key is not null)
            {
                _idleKeys.Add(key);
            }
        }
    }

    public string ToPem() => X509.ExportCertificatePem();

    AsymmetricAlgorithm? ImportKey() => (AsymmetricAlgorithm?)X509.GetECDsaPublicKey() ?? X509.GetRSAPublicKey();
}
