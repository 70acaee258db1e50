namespace DensaiAdmin.Core.Pki;

/// <summary>What a certificate shown at login is.</summary>
internal enum ProfileEvaluation
{
    /// <summary>Not signed by a CA of ours, or no certificate at all.</summary>
    NotOurs,

    /// <summary>Signed by one of ours, but not a certificate for logging in: a CA's, a responder's, another purpose, the root's.</summary>
    ProfileWrong,

    /// <summary>A login certificate of ours. Whether it is in force, the inventory says.</summary>
    Ours,
}

/// <summary>
/// The check beside the chain check, which alone would take any certificate below our root for a login certificate. Evaluates signature
/// and profile, not time: an expired certificate of ours is ours, and its holder is told so.
/// </summary>
internal static class CertificateProfileCheck
{
    /// <param name="certificate">As shown in TLS.</param>
    /// <param name="issuers">Our issuing CAs, without the root.</param>
    /// <param name="root">The root, which signs no login certificates: whatever else it signed is ours all the same.</param>
    public static ProfileEvaluation Evaluate(
        ReadOnlyMemory<byte> certificate, IEnumerable<AuthorityCertificate> issuers, AuthorityCertificate root)
    {
        if (CertificateSignature.Split(certificate) is not { } parts)
        {
            return ProfileEvaluation.NotOurs;
        }

        if (!issuers.Any(issuer => CertificateSignature.IsSignedBy(parts, issuer)))
        {
            return CertificateSignature.IsSignedBy(parts, root) ? ProfileEvaluation.ProfileWrong : ProfileEvaluation.NotOurs;
        }

        var fields = parts.Fields;
        return fields.Version == 2
            && LeafProfile.IsNotCa(fields)
            && LeafProfile.SignsOnly(fields)
            && LeafProfile.IsForClientsOnly(fields)
            && !LeafProfile.HasUnknownCriticalExtension(fields)
            ? ProfileEvaluation.Ours
            : ProfileEvaluation.ProfileWrong;
    }
}
