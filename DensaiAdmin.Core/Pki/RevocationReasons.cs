using System.Security.Cryptography.X509Certificates;

namespace DensaiAdmin.Core.Pki;

/// <summary>失効理由 (R11).</summary>
public static class RevocationReasons
{
    /// <summary>What may be chosen, in the order shown.</summary>
    public static readonly IReadOnlyList<X509RevocationReason> Selectable =
    [
        X509RevocationReason.Unspecified,
        X509RevocationReason.CessationOfOperation,
        X509RevocationReason.Superseded,
        X509RevocationReason.KeyCompromise,
        X509RevocationReason.AffiliationChanged,
    ];

    /// <summary>The reason that is chosen before anyone chooses.</summary>
    public static X509RevocationReason Preselected(CertificateStatus status) =>
        status == CertificateStatus.Expired ? X509RevocationReason.CessationOfOperation : X509RevocationReason.Unspecified;

    /// <summary>R14: with these the same act also suspends the user, unless the master unticks it.</summary>
    public static bool SuspendsByDefault(X509RevocationReason reason) =>
        reason is X509RevocationReason.KeyCompromise or X509RevocationReason.AffiliationChanged;
}
