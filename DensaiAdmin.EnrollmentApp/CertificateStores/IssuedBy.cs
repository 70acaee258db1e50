using System.Security.Cryptography.X509Certificates;

namespace DensaiAdmin.EnrollmentApp.CertificateStores;

/// <summary>Finds the bank's certificates among all that this person has.</summary>
internal static class IssuedBy
{
    /// <summary>
    /// Compares the issuer's name and, where both certificates have it, the issuer's key identifier (RFC 5280 4.2.1.1): the name stays the
    /// same when the CA changes its key.
    /// </summary>
    public static bool AnyOf(IEnumerable<X509Certificate2> authorities, X509Certificate2 certificate) =>
        authorities.Any(authority =>
            authority.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData) && KeysAgree(authority, certificate));

    private static bool KeysAgree(X509Certificate2 authority, X509Certificate2 certificate)
    {
        var issuer = certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault()?.KeyIdentifier;
        var own = authority.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault()?.SubjectKeyIdentifierBytes;
        return issuer is not { } left || own is not { } right || left.Span.SequenceEqual(right.Span);
    }
}
