using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Revocation;
using DensaiAdmin.Core.Users;

namespace DensaiAdmin.Web.Revocation;

/// <summary>One user in the list.</summary>
public sealed record RevocationRow
{
    public required string LoginId { get; init; }

    public required string Name { get; init; }

    public required bool IsMaster { get; init; }

    public required CertificateStatus State { get; init; }

    /// <summary>Null shows "-": revoked or never issued.</summary>
    public DateTimeOffset? NotAfter { get; init; }

    /// <summary>JST calendar days; null when expired or without a certificate.</summary>
    public int? DaysLeft { get; init; }

    public bool ExpiresSoon { get; init; }

    /// <summary>Of the certificate that would be revoked; hex digits, the key of BRSK019.</summary>
    public string? Serial { get; init; }

    /// <summary>Null when the row can be chosen.</summary>
    public RevokeRefusal? Why { get; init; }
}

/// <summary>One page of the list.</summary>
/// <param name="Rows">In the order asked for.</param>
/// <param name="Total">All rows that match, not only those on this page.</param>
/// <param name="Counts">For the pills.</param>
/// <param name="PageSize">Rows per page.</param>
/// <param name="SoonDays">Length of the renewal window in days.</param>
public sealed record RevocationListModel(
    IReadOnlyList<RevocationRow> Rows, int Total, HolderCounts Counts, int PageSize = 50, int SoonDays = 40);
