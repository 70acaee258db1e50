using DensaiAdmin.Core.Pki;

namespace DensaiAdmin.Web.SignIn;

/// <summary>What BLGI003 shows of the certificate that the browser presented; never more than its holder may know.</summary>
public sealed record PresentedCertificate
{
    public required string LoginId { get; init; }

    /// <summary>Null where the state is not the holder's to know.</summary>
    public CertificateStatus? State { get; init; }

    public DateTimeOffset? NotAfter { get; init; }

    /// <summary>JST calendar days since it expired; null when it has not.</summary>
    public int? ExpiredDaysAgo { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>Hex digits.</summary>
    public required string Serial { get; init; }
}

/// <summary>One step out of the dead end: what to do, and how.</summary>
public sealed record DiagnosisStep(string Title, string Text);
