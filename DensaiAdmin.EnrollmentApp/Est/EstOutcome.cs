using System.Security.Cryptography.X509Certificates;

namespace DensaiAdmin.EnrollmentApp.Est;

/// <summary>The result of asking the bank for a certificate (RFC 7030 4.2).</summary>
internal abstract record EstOutcome
{
    private EstOutcome()
    {
    }

    /// <summary>Issued now, or issued before and the answer was lost.</summary>
    public sealed record Issued(X509Certificate2 Certificate) : EstOutcome;

    /// <summary>The bank refused.</summary>
    /// <param name="Code">The code in the header <c>Densai-Reason</c>; empty where there was none.</param>
    /// <param name="Sentence">The bank's one-line reason, in the language of the request.</param>
    /// <param name="RetryAfter">How long to wait where waiting helps.</param>
    public sealed record Refused(string Code, string Sentence, TimeSpan? RetryAfter) : EstOutcome
    {
        /// <summary>
        /// The error code in the header <c>Densai-Code</c>, which is more specific than the reason; null where the bank sent none.
        /// </summary>
        public string? ErrorCode { get; init; }
    }

    /// <summary>The bank was not reached, or not securely; the same request may be sent again.</summary>
    public sealed record NotReached(ConnectionFault Fault) : EstOutcome;
}

/// <summary>Why the bank's server was not reached.</summary>
/// <param name="Kind">What to tell the person.</param>
/// <param name="Detail">What the sentence names: the address of the proxy, the issuer found in TLS.</param>
public sealed record ConnectionFault(ConnectionFaultKind Kind, string Detail = "")
{
    /// <summary>Host and port that the network administrator has to allow; empty where that does not matter.</summary>
    public string Place { get; init; } = "";

    /// <summary>What the proxy answered; empty where it did not answer, or is not the problem.</summary>
    public string Answer { get; init; } = "";

    /// <summary>How far this PC's clock is ahead of the bank's; null where that is not the problem, or unknown.</summary>
    public TimeSpan? ClockAhead { get; init; }

    /// <summary>The proxy wants other credentials than it got: CCHK008 asks for them.</summary>
    public bool IsAboutProxyCredentials =>
        Kind is ConnectionFaultKind.ProxyAsksCredentials or ConnectionFaultKind.ProxyRefusesCredentials;
}

/// <summary>Each has a sentence with the next step.</summary>
public enum ConnectionFaultKind
{
    /// <summary>The name does not resolve or nothing routes there: no network, or a wrong address.</summary>
    NoNetwork,

    /// <summary>Nothing listens there, it answers 5xx, or it does not answer.</summary>
    ServerDown,

    /// <summary>The server's certificate is not valid at this PC's time, and the PC's clock is the likely cause.</summary>
    ClockWrong,

    /// <summary>The server's certificate is not from the bank's issuer; <see cref="ConnectionFault.Detail"/> names the issuer.</summary>
    TlsIntercepted,

    /// <summary>407, and no credentials have been sent yet; Detail is the address of the proxy (CCHK008).</summary>
    ProxyAsksCredentials,

    /// <summary>407 again for the credentials given; Detail is the address of the proxy.</summary>
    ProxyRefusesCredentials,

    /// <summary>The proxy itself was not reached; Detail is its address.</summary>
    ProxyNotReached,

    /// <summary>The answer is not an answer of EST.</summary>
    NotUnderstood,

    /// <summary>The proxy does not allow connections to <see cref="ConnectionFault.Place"/>; Detail is the address of the proxy.</summary>
    ProxyForbids,

    /// <summary>
    /// <see cref="ConnectionFault.Place"/> was not reached through the proxy, and it is unknown which of the two failed; Detail is the
    /// address of the proxy.
    /// </summary>
    NotThroughProxy,

    /// <summary>
    /// An environment variable names a proxy that is not an address; Detail is the variable. Nothing is sent past the proxy.
    /// </summary>
    ProxySettingNotUsable,

    /// <summary>
    /// The bank answered without having received the certificate shown in TLS, because something on the way intercepts the connection.
    /// Detail is the issuer found in TLS.
    /// </summary>
    CertificateNotReceived,

    /// <summary>The bank got the certificate and does not accept it; Detail is the bank's error code or status.</summary>
    CertificateNotAccepted,
}

/// <summary>The codes of the header <c>Densai-Reason</c>.</summary>
internal static class RefusalCode
{
    public const string BadCredentials = "bad-credentials";
    public const string CertificateActive = "certificate-active";
    public const string CertificateExpired = "certificate-expired";
    public const string CertificateRevoked = "certificate-revoked";
    public const string NotInRenewalWindow = "not-in-renewal-window";
    public const string UserSuspended = "user-suspended";
    public const string UserLocked = "user-locked";
    public const string BadRequest = "bad-request";
    public const string KeyNotAccepted = "key-not-accepted";
    public const string KeyReused = "key-reused";
    public const string TooManyRequests = "too-many-requests";
    public const string MethodNotCertificate = "method-not-certificate";
    public const string CertificateRequired = "certificate-required";
}
