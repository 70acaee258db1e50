using System.Collections.Concurrent;
using System.Security.Cryptography;
using DensaiAdmin.Core.Pki;

namespace DensaiAdmin.Core.Authority;

/// <summary>
/// A CA whose key was opened from a sealed file and stays in this process. Signatures come from the platform's implementation,
/// several times faster than a managed one.
/// </summary>
internal sealed class FileAuthority : ICertificateAuthority, IDisposable
{
    // The platform does not promise that one key object may sign on two threads; each signer borrows its own copy.
    readonly ConcurrentBag<AsymmetricAlgorithm> _idle = [];
    readonly Func<AsymmetricAlgorithm> _copy;
    bool _disposed;

    /// <summary>Takes the key over.</summary>
    /// <exception cref="CryptographicException">The key is not the certificate's, or of a kind that no CA here has.</exception>
    internal FileAuthority(AuthorityCertificate certificate, AsymmetricAlgorithm key)
    {
        if (!key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(certificate.SubjectPublicKeyInfo))
        {
            throw new CryptographicException("The CA key and the CA certificate do not belong together.");
        }

        IssuerCertificate = certificate;
        switch (key)
        {
            case ECDsa ecdsa:
                var curve = ecdsa.ExportParameters(includePrivateParameters: true);
                SignatureAlgorithm = ecdsa.KeySize > 256 ? SignatureAlgorithm.EcdsaSha384 : SignatureAlgorithm.EcdsaSha256;
                _copy = () => ECDsa.Create(curve);
                break;
            case RSA rsa:
                var numbers = rsa.ExportParameters(includePrivateParameters: true);
                SignatureAlgorithm = SignatureAlgorithm.RsaSha256;
                _copy = () => RSA.Create(numbers);
                break;
            default:
                throw new CryptographicException("A CA key is ECDSA or RSA.");
        }

        _idle.Add(key);
    }

    public AuthorityCertificate IssuerCertificate { get; }

    public SignatureAlgorithm SignatureAlgorithm { get; }

    public byte[] Sign(ReadOnlySpan<byte> toBeSigned)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var key = _idle.TryTake(out var idle) ? idle : _copy();
        try
        {
            return key switch
            {
                ECDsa ecdsa => ecdsa.SignData(toBeSigned, SignatureAlgorithm.Hash, DSASignatureFormat.Rfc3279DerSequence),
                RSA rsa => rsa.SignData(toBeSigned, SignatureAlgorithm.Hash, RSASignaturePadding.Pkcs1),
                _ => throw new CryptographicException("A CA key is ECDSA or RSA."),
            };
        }
        finally
        {
            _idle.Add(key);
        }
    }

    public void Dispose()
    {
        _disposed = true;
        while (_idle.TryTake(out var key))
        {
            key.Dispose();
        }
    }
}
