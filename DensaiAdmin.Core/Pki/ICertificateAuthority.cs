namespace DensaiAdmin.Core.Pki;

/// <summary>
/// A CA that can sign. Where its key lives (sealed file, HSM) is its own affair; everything else about PKI is built around it.
/// Safe to use from several threads at once.
/// </summary>
public interface ICertificateAuthority
{
    /// <summary>The CA's own certificate: issuer name, key identifier and validity of what it signs.</summary>
    AuthorityCertificate IssuerCertificate { get; }

    /// <summary>The algorithm of every signature this CA makes.</summary>
    SignatureAlgorithm SignatureAlgorithm { get; }

    /// <summary>
    /// Signs exactly these octets and returns the content of the signature BIT STRING. It evaluates nothing: certificates come here
    /// through <see cref="CertificateIssuer"/> only, behind the lint.
    /// </summary>
    byte[] Sign(ReadOnlySpan<byte> toBeSigned);
}
