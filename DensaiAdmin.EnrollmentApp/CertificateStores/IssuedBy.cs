using System.Security.Cryptography.X509Certificates;

namespace DensaiAdmin.EnrollmentApp.CertificateStores;

/// <summary>Whose certificates are shown: the bank's, and no others that this person has.</summary>
internal static class IssuedBy
{
    /// <summary>By issuer's name and, where both say it, by the issuer's key identifier (RFC 5280 4.2.1.1): after a change of the CA's key the name stays.</summary>
    public static bool AnyOf(IEnumerable<X509Certificate2> authorities, X509Certificate2 certificate) =>
        authorities.Any(authority => authority.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData) && KeysAgree(authority, certificate));

    private static bool KeysAgree(X509Certificate2 authority, X509Certificate2 certificate)
    {
        var issuer = certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault()?.KeyIdentifier;
        var own = authority.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault()?.SubjectKeyIdentifierBytes;
        return issuer is not { } left || own is not { } right || left.Span.SequenceEqual(right.Span);
    }
}
