using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.UserManagement;

namespace DensaiAdmin.Web.UserManagement;

/// <summary>One user in a list.</summary>
public sealed record UserRow
{
    public required long UserId { get; init; }

    public required string LoginId { get; init; }

    public required string Name { get; init; }

    public required UserRole Role { get; init; }

    public required string MailAddress { get; init; }

    public required CertificateStatus State { get; init; }

    public required bool IsSuspended { get; init; }

    /// <summary>Paths on which a password is locked now.</summary>
    public required IReadOnlyList<PasswordPath> Locks { get; init; }

    /// <summary>Whether it is who looks.</summary>
    public required bool IsOneself { get; init; }

    public bool IsMaster => Role == UserRole.Master;

    /// <summary>Why an act cannot be done here; null when it can.</summary>
    public UserRefusal? Refusal(UserOperationKind kind) => UserPolicy.Evaluate(kind, Role, IsOneself, IsSuspended, Locks);
}

/// <summary>How many users each pill leads to.</summary>
public sealed record UserCounts(int All, int Suspended, int Locked)
{
    public int Of(UserFilter filter) => filter switch
    {
        UserFilter.All => All,
        UserFilter.Active => All - Suspended,
        UserFilter.Suspended => Suspended,
        UserFilter.Locked => Locked,
    };
}

/// <summary>One page of a list.</summary>
/// <param name="Rows">In the order asked for.</param>
/// <param name="Total">All rows that match, not only those on this page.</param>
/// <param name="Counts">For the pills.</param>
/// <param name="PageSize">Rows per page.</param>
public sealed record UserListModel(IReadOnlyList<UserRow> Rows, int Total, UserCounts Counts, int PageSize = 50);
