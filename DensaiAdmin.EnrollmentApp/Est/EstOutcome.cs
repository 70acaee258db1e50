using System.Security.Cryptography.X509Certificates;

namespace DensaiAdmin.EnrollmentApp.Est;

/// <summary>What came of asking the bank for a certificate (RFC 7030 4.2).</summary>
internal abstract record EstOutcome
{
    private EstOutcome()
    {
    }

    /// <summary>Issued, or the one issued before whose answer was lost.</summary>
    public sealed record Issued(X509Certificate2 Certificate) : EstOutcome;

    /// <summary>The bank said no.</summary>
    /// <param name="Code">The machine code of header <c>Densai-Reason</c>; empty when there was none.</param>
    /// <param name="Sentence">The bank's one-line reason, in Japanese or English as asked.</param>
    /// <param name="RetryAfter">How long to wait, where waiting helps.</param>
    public sealed record Refused(string Code, string Sentence, TimeSpan? RetryAfter) : EstOutcome
    {
        /// <summary>The bank's error code, header <c>Densai-Code</c>, which is finer than its reason; null where it sent none.</summary>
        public string? ErrorCode { get; init; }
    }

    /// <summary>The bank was not reached, or not safely; the same request may be sent again.</summary>
    public sealed record NotReached(ConnectionFault Fault) : EstOutcome;
}

/// <summary>Why the bank's server was not reached.</summary>
/// <param name="Kind">What to tell the person.</param>
/// <param name="Detail">What the sentence names: the proxy's address, the issuer found in TLS.</param>
public sealed record ConnectionFault(ConnectionFaultKind Kind, string Detail = "")
{
    /// <summary>Host and port that the network person is to let through; empty where it is not a matter of one.</summary>
    public string Place { get; init; } = "";

    /// <summary>What the proxy answered; empty where it did not, or is not what is wrong.</summary>
    public string Answer { get; init; } = "";

    /// <summary>How far this PC's clock is ahead of the bank's; null where that is not what is wrong, or could not be found out.</summary>
    public TimeSpan? ClockAhead { get; init; }
}

/// <summary>Each has a sentence with the next step.</summary>
public enum ConnectionFaultKind
{
    /// <summary>The name does not resolve or nothing routes there: no network, or a wrong address.</summary>
    NoNetwork,

    /// <summary>Nothing listens, it answers 5xx, or it went silent.</summary>
    ServerDown,

    /// <summary>The server's certificate is not valid at this PC's time, and the PC's clock is the likely cause.</summary>
    ClockWrong,

    /// <summary>The server's certificate was made by another issuer than the bank's; <see cref="ConnectionFault.Detail"/> names it.</summary>
    TlsIntercepted,

    /// <summary>407, and no credentials were sent yet; Detail is the proxy's address (CCHK008).</summary>
    ProxyAsksCredentials,

    /// <summary>407 again with the credentials given; Detail is the proxy's address.</summary>
    ProxyRefusesCredentials,

    /// <summary>The proxy itself is not reached; Detail is its address.</summary>
    ProxyNotReached,

    /// <summary>The answer is not one of EST.</summary>
    NotUnderstood,

    /// <summary>The proxy is there and lets nobody through to <see cref="ConnectionFault.Place"/>; Detail is the proxy's address.</summary>
    ProxyForbids,

    /// <summary>
    /// The proxy is there and <see cref="ConnectionFault.Place"/> was not reached through it, whichever of the two it is; Detail is the
    /// proxy's address.
    /// </summary>
    NotThroughProxy,

    /// <summary>The environment names a proxy that is no address; Detail is the variable. Nothing goes out past it.</summary>
    ProxySettingNotUsable,

    /// <summary>The bank answered, and the certificate shown in TLS had not come to it: something on the way opens the connection. Detail is the issuer found in TLS.</summary>
    CertificateNotReceived,

    /// <summary>The bank got the certificate and does not let it log in; Detail is the bank's error code, or its status.</summary>
    CertificateNotAccepted,
}
