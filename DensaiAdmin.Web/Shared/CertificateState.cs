namespace DensaiAdmin.Web.Shared;

/// <summary>What a screen shows of a user's certificate, in the order of the filter pills' urgency.</summary>
public enum CertificateState
{
    Expired,
    Issued,
    Revoked,
    NotIssued,
}
