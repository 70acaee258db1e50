using System.Security.Cryptography.X509Certificates;

namespace DensaiAdmin.EnrollmentApp.Est;

/// <summary>
/// What the bank publishes for this app without a login (<c>/enrollment.json</c> on the public origin), and whether it is reached.
/// </summary>
internal interface IBank
{
    /// <summary>The public origin.</summary>
    Uri Server { get; }

    Task<(BankInformation? Information, ConnectionFault? Fault)> GetInformationAsync(CancellationToken cancellation);

    /// <summary>
    /// Why the bank does not answer where the certificate is used, whose port firewalls block more often than the public one. Null when it
    /// does answer and nothing on the way would keep the certificate from it.
    /// </summary>
    Task<ConnectionFault?> ReachCertificateOriginAsync(CancellationToken cancellation);

    /// <summary>The issuer of the last TLS certificate seen at this origin; null before the first.</summary>
    string? IssuerSeen(Uri origin);

    /// <summary>Whether the bank's CRL contains this certificate; null where the CRL was not reached or is not the bank's.</summary>
    Task<bool?> IsRevokedAsync(X509Certificate2 certificate, IReadOnlyList<X509Certificate2> authorities, CancellationToken cancellation);
}

/// <param name="CertificateOrigin">Where TLS asks for the client certificate.</param>
/// <param name="Version">The newest version of this app; null where the bank names none.</param>
/// <param name="MinimumVersion">The oldest version that the bank accepts; null where it names none.</param>
/// <param name="ServerTime">The bank's clock when it answered (UTC), to the second.</param>
public sealed record BankInformation(Uri CertificateOrigin, Version? Version, Version? MinimumVersion, DateTimeOffset? ServerTime)
{
    /// <summary>
    /// SHA-256 (lower-case hex) of the DER-encoded issuer name in the TLS certificate of the certificate origin; null where the bank does
    /// not publish it.
    /// </summary>
    public string? CertificateOriginIssuer { get; init; }

    /// <summary>
    /// How many days before its last day (JST) a certificate can be renewed. Where the bank does not publish it, the manual's 40.
    /// </summary>
    public int RenewalWindowDays { get; init; } = 40;

    /// <summary>How many days before its last day the owner gets the first mail about it.</summary>
    public int NoticeDays { get; init; } = 40;

    /// <summary>How long a newly issued certificate is valid.</summary>
    public int ValidityYears { get; init; } = 1;

    /// <summary>The telephone number of the help desk; null where the bank publishes none.</summary>
    public string? Telephone { get; init; }

    /// <summary>When the help desk can be reached.</summary>
    public string? Hours { get; init; }
}
