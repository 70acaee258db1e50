using System.Security.Cryptography.X509Certificates;

namespace DensaiAdmin.EnrollmentApp.Est;

/// <summary>Enrolment over Secure Transport as this app needs it. A second implementation stands in for the bank in tests of the screens.</summary>
internal interface IEstClient
{
    /// <summary>The CA certificates (RFC 7030 4.1.2): what is stored beside the user's certificate.</summary>
    Task<(IReadOnlyList<X509Certificate2> Authorities, ConnectionFault? Fault)> GetAuthoritiesAsync(CancellationToken cancellation);

    /// <summary>Asks for a first certificate (RFC 7030 4.2.1) on the public origin.</summary>
    Task<EstOutcome> EnrollAsync(ReadOnlyMemory<byte> certificationRequest, Credentials credentials, CancellationToken cancellation);

    /// <summary>Renews (RFC 7030 4.2.2) on the certificate origin: the old key is proved by TLS, the person by the password.</summary>
    Task<EstOutcome> ReenrollAsync(ReadOnlyMemory<byte> certificationRequest, X509Certificate2 current, Credentials credentials, CancellationToken cancellation);

    /// <summary>A trial handshake with the new certificate at the certificate origin. Null when it was accepted. Not a first use.</summary>
    Task<ConnectionFault?> TryHandshakeAsync(X509Certificate2 certificate, CancellationToken cancellation);
}

/// <summary>Login ID and login password. Prints redacted.</summary>
internal sealed record Credentials(string LoginId, string Password)
{
    /// <summary>Longer than any password the bank takes.</summary>
    public const int LongestPassword = 1024;

    public override string ToString() => "[redacted]";
}
