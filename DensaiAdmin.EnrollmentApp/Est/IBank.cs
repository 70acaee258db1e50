using System.Security.Cryptography.X509Certificates;

namespace DensaiAdmin.EnrollmentApp.Est;

/// <summary>What the bank publishes for this app before anybody is known (<c>/enrollment.json</c> on the public origin).</summary>
internal interface IBank
{
    /// <summary>The public origin asked.</summary>
    Uri Server { get; }

    Task<(BankInformation? Information, ConnectionFault? Fault)> GetInformationAsync(CancellationToken cancellation);

    /// <summary>
    /// Whether the bank answers where the certificate is used: firewalls close its port more often than the public one. Null when it
    /// does, and nobody stands between who would keep a certificate from it.
    /// </summary>
    Task<ConnectionFault?> ReachCertificateOriginAsync(CancellationToken cancellation);

    /// <summary>Who issued the TLS certificate seen last at this origin; null while none was seen.</summary>
    string? IssuerSeen(Uri origin);

    /// <summary>Whether the bank's list of revoked certificates has this one; null where the list was not reached or not the bank's.</summary>
    Task<bool?> IsRevokedAsync(X509Certificate2 certificate, IReadOnlyList<X509Certificate2> authorities, CancellationToken cancellation);
}

/// <param name="CertificateOrigin">Where TLS asks for the client certificate.</param>
/// <param name="Version">The app's newest version; null when the bank names none.</param>
/// <param name="MinimumVersion">The oldest that still works; null when the bank names none.</param>
/// <param name="ServerTime">The bank's clock when it answered (UTC), to the second.</param>
public sealed record BankInformation(Uri CertificateOrigin, Version? Version, Version? MinimumVersion, DateTimeOffset? ServerTime)
{
    /// <summary>
    /// SHA-256 (lower hex) over the DER name of who issued the TLS certificate of the certificate origin; null where the bank does not say.
    /// </summary>
    public string? CertificateOriginIssuer { get; init; }

    /// <summary>From so many days before the last one (JST dates) a certificate can be renewed. A bank that does not say has the manual's 40.</summary>
    public int RenewalWindowDays { get; init; } = 40;

    /// <summary>So many days before the last one its owner is told first.</summary>
    public int NoticeDays { get; init; } = 40;

    /// <summary>How long a certificate is valid that is issued now.</summary>
    public int ValidityYears { get; init; } = 1;

    /// <summary>Whom to ring; null where the bank names none.</summary>
    public string? Telephone { get; init; }

    /// <summary>When somebody answers.</summary>
    public string? Hours { get; init; }
}
