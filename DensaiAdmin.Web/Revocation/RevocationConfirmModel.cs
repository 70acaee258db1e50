using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Pki;

namespace DensaiAdmin.Web.Revocation;

/// <summary>Who and what BRSK019 is about.</summary>
public sealed record RevocationConfirmModel
{
    public required string LoginId { get; init; }

    public required string Name { get; init; }

    public required bool IsMaster { get; init; }

    public required CertificateStatus State { get; init; }

    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>JST calendar days; null when expired.</summary>
    public int? DaysLeft { get; init; }

    public bool ExpiresSoon { get; init; }

    /// <summary>Hex digits.</summary>
    public required string Serial { get; init; }

    /// <summary>The certificate before an unfinished renewal, which is revoked with it; null when there is none.</summary>
    public string? OtherSerial { get; init; }

    /// <summary>Live sessions of the user.</summary>
    public required int OpenSessions { get; init; }

    /// <summary>Preselected as R11 says.</summary>
    public required X509RevocationReason Reason { get; init; }

    /// <summary>What may be chosen, in the order of the select (R11).</summary>
    public required IReadOnlyList<X509RevocationReason> Reasons { get; init; }

    /// <summary>Reasons for which 利用停止も行う is offered, ticked (R14).</summary>
    public required IReadOnlyCollection<X509RevocationReason> SuspendingReasons { get; init; }

    /// <summary>The acting master, whose 確認用パスワード is asked for.</summary>
    public required string ActorName { get; init; }

    /// <summary>Failures in a row that lock the 確認用パスワード.</summary>
    public int AttemptsToLock { get; init; } = 5;
}

/// <summary>What was entered on BRSK019. Not a record: those print their members, and one of these is a password.</summary>
public sealed class RevocationInput(X509RevocationReason reason, string password, bool alsoSuspend)
{
    public X509RevocationReason Reason { get; } = reason;

    /// <summary>As typed.</summary>
    public string Password { get; } = password;

    /// <summary>False for every reason that does not offer it.</summary>
    public bool AlsoSuspend { get; } = alsoSuspend;
}
