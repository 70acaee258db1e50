using System.Security.Cryptography.X509Certificates;

namespace DensaiAdmin.Core.Authority;

/// <summary>What a certificate shown at login is.</summary>
public enum ProfileJudgement
{
    /// <summary>Not signed by an issuing CA of ours, or no certificate at all.</summary>
    NotOurs,

    /// <summary>Signed by one of ours, but not a certificate for logging in: a CA's, a responder's, a foreign purpose.</summary>
    ProfileWrong,

    /// <summary>A login certificate of ours. Whether it is in force, the inventory says.</summary>
    Ours,
}

/// <summary>
/// The check beside the chain check, which alone would take any certificate below our root for a login certificate. Judges signature
/// and profile, not time: an expired certificate of ours is ours, and its holder is told so.
/// </summary>
public static class CertificateProfileCheck
{
    /// <param name="certificate">As shown in TLS.</param>
    /// <param name="issuers">Our issuing CAs, without the root: it signs no login certificates.</param>
    public static ProfileJudgement Judge(X509Certificate2 certificate, IEnumerable<AuthorityCertificate> issuers) =>
        Judge(certificate.RawDataMemory, issuers);

    /// <inheritdoc cref="Judge(X509Certificate2, IEnumerable{AuthorityCertificate})"/>
    public static ProfileJudgement Judge(ReadOnlyMemory<byte> certificate, IEnumerable<AuthorityCertificate> issuers)
    {
        if (CertificateSignature.Split(certificate) is not { } parts
            || !issuers.Any(issuer => CertificateSignature.IsSignedBy(parts, issuer)))
        {
            return ProfileJudgement.NotOurs;
        }

        var fields = parts.Fields;
        return fields.Version == 2
            && LeafProfile.IsNotCa(fields)
            && LeafProfile.SignsOnly(fields)
            && LeafProfile.IsForClientsOnly(fields)
            && !LeafProfile.HasUnknownCriticalExtension(fields)
            ? ProfileJudgement.Ours
            : ProfileJudgement.ProfileWrong;
    }
}
