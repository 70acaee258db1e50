using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;

namespace DensaiAdmin.Core.Revocation;

/// <summary>Why a certificate cannot be revoked by who asked.</summary>
public enum RevokeRefusal
{
    /// <summary>R13: only masters revoke.</summary>
    NotMaster,

    /// <summary>R12: a master's certificate, one's own included, is revoked at the counter.</summary>
    CounterOnly,

    /// <summary>未発行: there is none.</summary>
    NothingIssued,

    /// <summary>失効済み: already done.</summary>
    AlreadyRevoked,

    /// <summary>Renewed or issued anew since the page was shown.</summary>
    ChangedMeanwhile,

    /// <summary>Foreign, invented or deleted: one answer for all.</summary>
    NoSuchCertificate,

    /// <summary>The session of who asked is over.</summary>
    SessionEnded,

    /// <summary>The confirmation is not for this act, or was spent.</summary>
    NotConfirmed,

    /// <summary>R11: the reason is none of <see cref="RevocationReasons.Selectable"/>; no page offers it.</summary>
    ReasonNotSelectable,
}

/// <summary>Who may revoke what (R10–R13). The list's disabled rows and the act itself ask the same rule.</summary>
public static class RevocationPolicy
{
    /// <summary>Why a row of the list cannot be chosen, or null when it can.</summary>
    public static RevokeRefusal? EvaluateTarget(UserRole targetRole, CertificateStatus status) => (targetRole, status) switch
    {
        (not UserRole.General, _) => RevokeRefusal.CounterOnly,
        (_, CertificateStatus.NotIssued) => RevokeRefusal.NothingIssued,
        (_, CertificateStatus.Revoked) => RevokeRefusal.AlreadyRevoked,
        _ => null,
    };

    /// <summary>The whole rule for a master in the console; null when allowed.</summary>
    public static RevokeRefusal? EvaluateByMaster(User acting, User? target, SerialNumber shown, DateTimeOffset now) =>
        acting.Role != UserRole.Master ? RevokeRefusal.NotMaster
        : target is null || target.DeletedAt is not null || target.CompanyId is null || target.CompanyId != acting.CompanyId
        ? RevokeRefusal.NoSuchCertificate
        : EvaluateTarget(target.Role, target.CertificateStatusAt(now)) is { } refusal ? refusal
        : target.CurrentCertificate?.SerialNumber != shown ? RevokeRefusal.ChangedMeanwhile
        : null;

    /// <summary>The rule for the bank's operators, who may revoke a master's as well (R12).</summary>
    public static RevokeRefusal? EvaluateByOperator(User? target, DateTimeOffset now) =>
        target is null || target.DeletedAt is not null ? RevokeRefusal.NoSuchCertificate
        : target.CertificateStatusAt(now) switch
        {
            CertificateStatus.NotIssued => RevokeRefusal.NothingIssued,
            CertificateStatus.Revoked => RevokeRefusal.AlreadyRevoked,
            CertificateStatus.Issued or CertificateStatus.Expired => null,
        };
}
