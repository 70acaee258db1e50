using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DensaiAdmin.EnrollmentApp.Shared;

/// <summary>Whether two things are the same certificate, or belong to the same key.</summary>
internal static class CertificateComparison
{
    public static bool IsSameAs(this X509Certificate2 certificate, X509Certificate2 other) =>
        certificate.RawData.AsSpan().SequenceEqual(other.RawData);

    /// <summary>Whether the certificate is for the key of this PKCS#10 request.</summary>
    public static bool IsFor(this X509Certificate2 certificate, ReadOnlyMemory<byte> request) =>
        KeyOf(request).ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(certificate.PublicKey.ExportSubjectPublicKeyInfo());

    /// <summary>The public key of a PKCS#10 request, whose signature is checked.</summary>
    /// <exception cref="CryptographicException">It is no such request.</exception>
    public static PublicKey KeyOf(ReadOnlyMemory<byte> request) =>
        CertificateRequest.LoadSigningRequest(
            request.ToArray(), HashAlgorithmName.SHA256, CertificateRequestLoadOptions.Default, RSASignaturePadding.Pkcs1).PublicKey;
}
