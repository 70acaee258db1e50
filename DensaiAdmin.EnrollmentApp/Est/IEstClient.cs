using System.Security.Cryptography.X509Certificates;

namespace DensaiAdmin.EnrollmentApp.Est;

/// <summary>
/// Enrollment over Secure Transport, as far as this app needs it. Tests of the screens have an implementation of their own.
/// </summary>
internal interface IEstClient
{
    /// <summary>The CA certificates (RFC 7030 4.1.2), which are stored together with the user's certificate.</summary>
    Task<(IReadOnlyList<X509Certificate2> Authorities, ConnectionFault? Fault)> GetAuthoritiesAsync(CancellationToken cancellation);

    /// <summary>Asks for a first certificate (RFC 7030 4.2.1) on the public origin.</summary>
    Task<EstOutcome> EnrollAsync(ReadOnlyMemory<byte> certificationRequest, Credentials credentials, CancellationToken cancellation);

    /// <summary>Renews (RFC 7030 4.2.2) on the certificate origin: TLS proves the old key, the password the person.</summary>
    Task<EstOutcome> ReenrollAsync(
        ReadOnlyMemory<byte> certificationRequest, X509Certificate2 current, Credentials credentials, CancellationToken cancellation);

    /// <summary>
    /// Tries a handshake with this certificate at the certificate origin; null when it was accepted. The bank does not count it as a login.
    /// </summary>
    Task<ConnectionFault?> TryHandshakeAsync(X509Certificate2 certificate, CancellationToken cancellation);
}

/// <summary>Login ID and login password. Prints redacted.</summary>
internal sealed record Credentials(string LoginId, string Password)
{
    /// <summary>More than any password that the bank accepts has.</summary>
    public const int MaxPasswordLength = 1024;

    public override string ToString() => "[redacted]";
}
