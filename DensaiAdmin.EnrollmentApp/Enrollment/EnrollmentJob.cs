using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.EnrollmentApp.CertificateStores;
using DensaiAdmin.EnrollmentApp.Est;

namespace DensaiAdmin.EnrollmentApp.Enrollment;

/// <summary>The four steps that 処理中 shows, in order.</summary>
internal enum EnrollmentStep
{
    /// <summary>鍵を作成</summary>
    Key,

    /// <summary>申請</summary>
    Request,

    /// <summary>受取</summary>
    Receipt,

    /// <summary>保存</summary>
    Store,

    /// <summary>All four are done.</summary>
    Done,
}

/// <summary>
/// One issue or renewal for one person. It remembers what has been done, so that another attempt resumes at the step that failed, with the
/// same key and the same request: the bank then answers with the same certificate, never a second one.
/// </summary>
/// <param name="loginId">Canonical.</param>
/// <param name="renewed">The certificate to renew; null for a first one.</param>
internal sealed class EnrollmentJob(string loginId, StoredCertificate? renewed)
{
    public string LoginId => loginId;

    public StoredCertificate? Renewed => renewed;

    /// <summary>By which the store finds the open request again.</summary>
    public string Purpose => renewed is null ? $"issue {loginId}" : $"renew {loginId} {renewed.Certificate.SerialNumber}";

    /// <summary>The step to do next.</summary>
    public EnrollmentStep Step { get; internal set; }

    internal PendingRequest? Request { get; set; }

    internal X509Certificate2? Certificate { get; set; }

    internal IReadOnlyList<X509Certificate2>? Authorities { get; set; }

    internal bool HasChangedKey { get; set; }
}

/// <summary>How an enrollment ended, or why it stopped.</summary>
public abstract record EnrollmentOutcome
{
    private EnrollmentOutcome()
    {
    }

    /// <param name="Certificate">As stored.</param>
    /// <param name="KeyProtection">What holds the key; empty where there is nothing to say.</param>
    /// <param name="SelfTest">What failed in the self-test, or null.</param>
    /// <param name="Replaced">Earlier certificates of the same user on this PC.</param>
    public sealed record Done(
        StoredCertificate Certificate,
        string KeyProtection,
        SelfTestFault? SelfTest,
        IReadOnlyList<StoredCertificate> Replaced) : EnrollmentOutcome;

    /// <summary>The bank refused. Where another attempt can help, the key is kept for it.</summary>
    public sealed record Refused(string Code, string Sentence, TimeSpan? RetryAfter) : EnrollmentOutcome
    {
        /// <summary>The bank's error code as received; null where there was none.</summary>
        public string? ErrorCode { get; init; }

        /// <summary>
        /// Whether the active certificate because of which the bank refused is on this PC; null where that does not matter or is unknown.
        /// </summary>
        public bool? IsHere { get; init; }
    }

    /// <summary>The bank was not reached; the same request may be sent again.</summary>
    public sealed record NotReached(ConnectionFault Fault) : EnrollmentOutcome;

    /// <summary>This PC could not create the key, or could not store the certificate.</summary>
    public sealed record NotStored(StoreFault Fault) : EnrollmentOutcome;

    /// <summary>The bank's answer does not belong to the request.</summary>
    public sealed record WrongAnswer : EnrollmentOutcome;
}

/// <summary>Exactly one is set.</summary>
/// <param name="Key">The key could not be used.</param>
/// <param name="Connection">The bank did not accept it in a trial handshake, or was not reached.</param>
public sealed record SelfTestFault(StoreFault? Key, ConnectionFault? Connection);
