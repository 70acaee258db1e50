using System.Security.Cryptography.X509Certificates;

namespace DensaiAdmin.Web.Revocation;

/// <summary>What a revocation did, as BRSK020 states it under its permanent address.</summary>
public sealed record RevocationResultModel
{
    /// <summary>Random, never counted: such as R-20221107-M7K4.</summary>
    public required string Number { get; init; }

    public required string LoginId { get; init; }

    public required string Name { get; init; }

    public required DateTimeOffset RevokedAt { get; init; }

    public required X509RevocationReason Reason { get; init; }

    /// <summary>Hex digits.</summary>
    public required string Serial { get; init; }

    public string? OtherSerial { get; init; }

    public required int SessionsEnded { get; init; }

    /// <summary>Null until the list is out.</summary>
    public DateTimeOffset? CrlPublishedAt { get; init; }

    public required string ActorName { get; init; }

    public required string ActorLoginId { get; init; }

    /// <summary>利用停止も行う was ticked.</summary>
    public bool Suspended { get; init; }

    public bool Mailed { get; init; }
}
