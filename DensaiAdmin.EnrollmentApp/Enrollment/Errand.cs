using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.EnrollmentApp.CertificateStores;
using DensaiAdmin.EnrollmentApp.Est;

namespace DensaiAdmin.EnrollmentApp.Enrollment;

/// <summary>The four steps that 処理中 shows, in their order.</summary>
internal enum ErrandStep
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
/// One person's way to one certificate. It remembers what has been done, so that trying again goes on from the step that failed, with the
/// same key and the same request: the bank then answers with the same certificate, never a second one.
/// </summary>
/// <param name="loginId">Canonical.</param>
/// <param name="renewed">The certificate that is renewed; null for a first one.</param>
internal sealed class Errand(string loginId, StoredCertificate? renewed)
{
    public string LoginId => loginId;

    public StoredCertificate? Renewed => renewed;

    /// <summary>What the store keeps the open request under.</summary>
    public string Purpose => renewed is null ? $"issue {loginId}" : $"renew {loginId} {renewed.Certificate.SerialNumber}";

    /// <summary>The step to do next.</summary>
    public ErrandStep Step { get; internal set; }

    internal PendingRequest? Request { get; set; }

    internal X509Certificate2? Certificate { get; set; }

    internal IReadOnlyList<X509Certificate2>? Authorities { get; set; }

    internal bool HasChangedKey { get; set; }
}

/// <summary>How an errand stands when it stops.</summary>
public abstract record ErrandOutcome
{
    private ErrandOutcome()
    {
    }

    /// <param name="Certificate">As it lies in the store.</param>
    /// <param name="KeyProtection">What holds the key; empty when there is nothing to say.</param>
    /// <param name="SelfTest">What did not work with it, or null.</param>
    /// <param name="Replaced">Earlier certificates of the same user here.</param>
    public sealed record Done(StoredCertificate Certificate, string KeyProtection, SelfTestFault? SelfTest, IReadOnlyList<StoredCertificate> Replaced) : ErrandOutcome;

    /// <summary>The bank said no. Where another try can help, the key is kept for it.</summary>
    public sealed record Refused(string Code, string Sentence, TimeSpan? RetryAfter) : ErrandOutcome
    {
        /// <summary>The bank's error code as it came; null where there was none.</summary>
        public string? ErrorCode { get; init; }

        /// <summary>Whether the certificate that the bank holds against another one is on this PC; null where that is not the question, or not known.</summary>
        public bool? IsHere { get; init; }
    }

    /// <summary>The bank was not reached; the same request may go again.</summary>
    public sealed record NotReached(ConnectionFault Fault) : ErrandOutcome;

    /// <summary>This PC did not do its part.</summary>
    public sealed record NotStored(StoreFault Fault) : ErrandOutcome;

    /// <summary>The bank's answer does not belong to the request.</summary>
    public sealed record WrongAnswer : ErrandOutcome;
}

/// <summary>Exactly one is set.</summary>
/// <param name="Key">The key could not be used.</param>
/// <param name="Connection">The bank did not accept it in a trial handshake, or was not reached.</param>
public sealed record SelfTestFault(StoreFault? Key, ConnectionFault? Connection);
