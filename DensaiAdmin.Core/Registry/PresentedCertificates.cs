using DensaiAdmin.Core.Pki;

namespace DensaiAdmin.Core.Registry;

/// <summary>Finds in the inventory what TLS showed.</summary>
internal static class PresentedCertificates
{
    /// <summary>
    /// The very certificate that was shown, or none: found by its serial, which has an index, and known by the hash over all of it.
    /// </summary>
    /// <param name="certificates">The inventory.</param>
    /// <param name="presented">DER, as TLS showed it; may be anything.</param>
    public static IQueryable<Certificate> Presented(this IQueryable<Certificate> certificates, ReadOnlyMemory<byte> presented)
    {
        var fingerprint = Sha256Hash.Of(presented.Span);
        // What has no serial that we could have given is given one that we never give.
        var serial = CertificateSignature.SerialOf(presented) ?? default;
        return certificates.Where(c => c.SerialNumber == serial && c.Sha256Fingerprint == fingerprint);
    }
}
