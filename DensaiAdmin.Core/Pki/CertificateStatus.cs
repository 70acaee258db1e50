namespace DensaiAdmin.Core.Pki;

/// <summary>証明書状態, one per user.</summary>
public enum CertificateStatus
{
    /// <summary>未発行.</summary>
    NotIssued,

    /// <summary>発行済み.</summary>
    Issued,

    /// <summary>有効期限切れ: derived from the clock, never stored.</summary>
    Expired,

    /// <summary>失効済み.</summary>
    Revoked,
}

/// <summary>Derives the state from stored facts and an instant.</summary>
public static class CertificateStatuses
{
    /// <summary>The state at <paramref name="now"/>. notAfter includes its final second (RFC 5280 4.1.2.5).</summary>
    public static CertificateStatus At(DateTimeOffset? notAfter, DateTimeOffset? revokedAt, DateTimeOffset now) =>
        notAfter is null ? CertificateStatus.NotIssued
        : revokedAt is not null ? CertificateStatus.Revoked
        : HasExpired(notAfter.Value, now) ? CertificateStatus.Expired
        : CertificateStatus.Issued;

    /// <summary>Whether the final second of a validity has passed.</summary>
    public static bool HasExpired(DateTimeOffset notAfter, DateTimeOffset now) => now >= notAfter.AddSeconds(1);

    /// <summary>
    /// The least notAfter, in whole milliseconds as stored, that has not expired: the same rule where the database asks it.
    /// </summary>
    public static DateTimeOffset FirstUnexpired(DateTimeOffset now) => now.AddSeconds(-1).ToWholeMilliseconds().AddMilliseconds(1);
}
