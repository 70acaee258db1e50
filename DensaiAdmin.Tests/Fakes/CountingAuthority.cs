using DensaiAdmin.Core.Pki;

namespace DensaiAdmin.Tests.Fakes;

/// <summary>A CA that counts how often its key is used.</summary>
internal sealed class CountingAuthority(ICertificateAuthority inner) : ICertificateAuthority
{
    int _signatures;

    public int Signatures => _signatures;

    public AuthorityCertificate IssuerCertificate => inner.IssuerCertificate;

    public SignatureAlgorithm SignatureAlgorithm => inner.SignatureAlgorithm;

    public byte[] Sign(ReadOnlySpan<byte> toBeSigned)
    {
        Interlocked.Increment(ref _signatures);
        return inner.Sign(toBeSigned);
    }
}
