using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;

namespace DensaiAdmin.Web.CertificateInfo;

/// <summary>Everything BCRT001 shows of one certificate.</summary>
public sealed record CertificateInfoModel
{
    public required CertificateStatus State { get; init; }

    public required string Serial { get; init; }

    /// <summary>O of the subject; empty where it has none.</summary>
    public required string Organization { get; init; }

    /// <summary>OU of the subject.</summary>
    public required string OrganizationalUnit { get; init; }

    /// <summary>CN of the subject.</summary>
    public required string CommonName { get; init; }

    /// <summary>CN of the issuer.</summary>
    public required string Issuer { get; init; }

    /// <summary>Upper hex.</summary>
    public required string Sha256 { get; init; }

    public required DateTimeOffset NotBefore { get; init; }

    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>JST days left; null unless issued.</summary>
    public int? DaysLeft { get; init; }

    public bool ExpiresSoon { get; init; }

    /// <summary>Kind of the key, such as ECDSA nistP256.</summary>
    public required string Key { get; init; }

    public DateTimeOffset? FirstUsedAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    public X509RevocationReason? Reason { get; init; }

    /// <summary>Whether this session was made with it.</summary>
    public bool IsPresented { get; init; }

    public required string Pem { get; init; }

    /// <summary>The certificate as the inventory has it.</summary>
    public static CertificateInfoModel Of(Certificate certificate, long? presentedId, DateTimeOffset now, int windowDays)
    {
        using var x509 = X509CertificateLoader.LoadCertificate(certificate.Der);
        var state = CertificateStatuses.At(certificate.NotAfter, certificate.RevokedAt, now);
        int? days = state == CertificateStatus.Issued ? JapanTime.DaysUntil(certificate.NotAfter, now) : null;
        return new CertificateInfoModel
        {
            State = state,
            Serial = certificate.SerialNumber.ToString(),
            Organization = Part(x509.SubjectName, "2.5.4.10"),
            OrganizationalUnit = Part(x509.SubjectName, "2.5.4.11"),
            CommonName = Part(x509.SubjectName, "2.5.4.3"),
            Issuer = Part(x509.IssuerName, "2.5.4.3"),
            Sha256 = certificate.Sha256Fingerprint.ToString(),
            NotBefore = certificate.NotBefore,
            NotAfter = certificate.NotAfter,
            DaysLeft = days,
            ExpiresSoon = days <= windowDays,
            Key = KeyOf(x509),
            FirstUsedAt = certificate.FirstUsedAt,
            RevokedAt = certificate.RevokedAt,
            Reason = certificate.Reason,
            IsPresented = certificate.Id == presentedId,
            Pem = x509.ExportCertificatePem(),
        };
    }

    private static string Part(X500DistinguishedName name, string oid) =>
        name.EnumerateRelativeDistinguishedNames().Where(part => !part.HasMultipleElements && part.GetSingleElementType().Value == oid)
            .Select(part => part.GetSingleElementValue()).FirstOrDefault() ?? "";

    private static string KeyOf(X509Certificate2 certificate)
    {
        using var ecdsa = certificate.GetECDsaPublicKey();
        using var rsa = certificate.GetRSAPublicKey();
        return ecdsa is not null
            ? $"ECDSA P-{ecdsa.KeySize}"
            : rsa is not null
            ? $"RSA {rsa.KeySize}"
            : certificate.PublicKey.Oid.FriendlyName ?? "-";
    }
}
