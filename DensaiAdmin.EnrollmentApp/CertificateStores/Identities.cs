using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.EnrollmentApp.Shared;

namespace DensaiAdmin.EnrollmentApp.CertificateStores;

/// <summary>
/// The certificates with a key that the operating system's own store lists. Each method disposes of those that it does not return.
/// </summary>
internal static class Identities
{
    /// <summary>Those that one of <paramref name="authorities"/> issued, without their keys, newest first.</summary>
    public static IReadOnlyList<StoredCertificate> Of(IReadOnlyList<X509Certificate2> all, IReadOnlyList<X509Certificate2> authorities)
    {
        var found = new List<StoredCertificate>();
        foreach (var identity in all)
        {
            using (identity)
            {
                if (IssuedBy.AnyOf(authorities, identity))
                {
                    found.Add(new(X509CertificateLoader.LoadCertificate(identity.RawData), identity.Thumbprint));
                }
            }
        }

        return [.. found.OrderByDescending(stored => stored.Certificate.NotBefore)];
    }

    /// <summary>The one of this certificate, with its key.</summary>
    public static StoreResult<X509Certificate2> Take(IReadOnlyList<X509Certificate2> all, X509Certificate2 certificate)
    {
        var own = all.FirstOrDefault(certificate.IsSameAs);
        Dispose(all.Where(identity => !ReferenceEquals(identity, own)));
        return own is null ? new(null, new(StoreFaultKind.KeyGone)) : new(own, null);
    }

    public static bool Contains(IReadOnlyList<X509Certificate2> all, string thumbprint)
    {
        var isThere = all.Any(identity => string.Equals(identity.Thumbprint, thumbprint, StringComparison.OrdinalIgnoreCase));
        Dispose(all);
        return isThere;
    }

    private static void Dispose(IEnumerable<X509Certificate2> identities)
    {
        foreach (var identity in identities)
        {
            identity.Dispose();
        }
    }
}
