namespace DensaiAdmin.EnrollmentApp.Est;

/// <summary>What the bank publishes for this app before anybody is known (<c>/enrollment.json</c> on the public origin).</summary>
internal interface IBank
{
    /// <summary>The public origin asked.</summary>
    Uri Server { get; }

    Task<(BankInformation? Information, ConnectionFault? Fault)> GetInformationAsync(CancellationToken cancellation);

    /// <summary>Whether anything answers where the certificate is used: firewalls close its port more often than the public one. Null when it does.</summary>
    Task<ConnectionFault?> ReachCertificateOriginAsync(CancellationToken cancellation);
}

/// <param name="CertificateOrigin">Where TLS asks for the client certificate.</param>
/// <param name="Version">The app's newest version; null when the bank names none.</param>
/// <param name="MinimumVersion">The oldest that still works; null when the bank names none.</param>
/// <param name="ServerTime">The bank's clock when it answered (UTC), to the second.</param>
public sealed record BankInformation(Uri CertificateOrigin, Version? Version, Version? MinimumVersion, DateTimeOffset? ServerTime);
