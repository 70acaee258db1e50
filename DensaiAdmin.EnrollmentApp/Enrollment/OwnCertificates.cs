using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.EnrollmentApp.CertificateStores;
using DensaiAdmin.EnrollmentApp.Est;
using DensaiAdmin.EnrollmentApp.Shared;

namespace DensaiAdmin.EnrollmentApp.Enrollment;

public enum Renewability
{
    /// <summary>Inside the renewal window.</summary>
    Now,

    /// <summary>Valid, and more than the window's days remain.</summary>
    Later,

    /// <summary>Expired: it must be revoked before a new one is issued (R10).</summary>
    Expired,

    /// <summary>In the bank's CRL: only a new issue helps.</summary>
    Revoked,
}

/// <summary>The newest certificate of a user that was found on this PC.</summary>
public sealed record OwnCertificate(
    StoredCertificate Stored, Renewability Renewability, int DaysLeft, DateTimeOffset NotAfter, DateTimeOffset RenewableFrom)
{
    public X509Certificate2 Certificate => Stored.Certificate;

    /// <summary>Upper hex without leading zeros.</summary>
    public string Serial => SerialText.Normalize(Stored.Certificate.SerialNumber) ?? "";

    /// <summary>Whether a browser can log in with it.</summary>
    public bool IsGood => Renewability is Renewability.Now or Renewability.Later;

    /// <summary>The whole subject where it has no common name.</summary>
    public string CommonName =>
        DistinguishedName.Value(Certificate.SubjectName, DistinguishedName.CommonName) ?? Certificate.Subject;

    public string LoginId => Enrollment.LoginId.Of(Stored.Certificate);
}

/// <summary>Finds out what can be renewed here. The bank decides in the end; this spares people a refusal.</summary>
internal static class OwnCertificates
{
    /// <summary>The newest of each user.</summary>
    public static IReadOnlyList<StoredCertificate> Newest(IReadOnlyList<StoredCertificate> stored) =>
    [
        .. stored.GroupBy(one => one.Certificate.Subject, StringComparer.Ordinal)
            .Select(user => user.OrderByDescending(one => one.Certificate.NotBefore.ToUniversalTime()).First()),
    ];

    /// <summary>The newest of each user: the next to expire first, those that cannot be used any more last.</summary>
    /// <param name="now">By the bank's clock where it is known, because this PC's may be wrong.</param>
    /// <param name="windowDays">The bank's <see cref="BankInformation.RenewalWindowDays"/>.</param>
    /// <param name="revoked">The places of certificates that are in the bank's CRL.</param>
    public static IReadOnlyList<OwnCertificate> Of(
        IReadOnlyList<StoredCertificate> stored, DateTimeOffset now, int windowDays, IReadOnlySet<string> revoked) =>
    [
        .. Newest(stored).Select(one => Evaluate(one, now, windowDays, revoked.Contains(one.Place)))
            .OrderBy(own => own.Renewability is Renewability.Expired or Renewability.Revoked)
            .ThenBy(own => own.NotAfter),
    ];

    /// <summary>Earlier certificates of the same user that this one replaced.</summary>
    public static IReadOnlyList<StoredCertificate> ReplacedBy(X509Certificate2 newest, IReadOnlyList<StoredCertificate> stored) =>
    [
        .. stored.Where(one => one.Certificate.Subject == newest.Subject
            && one.Certificate.SerialNumber != newest.SerialNumber
            && one.Certificate.NotBefore <= newest.NotBefore),
    ];

    private static OwnCertificate Evaluate(StoredCertificate stored, DateTimeOffset now, int windowDays, bool isRevoked)
    {
        var until = new DateTimeOffset(stored.Certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero);
        var days = JapanTime.DaysLeft(now, until);
        var from = JapanTime.StartOfDay(until, -windowDays);
        var renewability = isRevoked ? Renewability.Revoked
            : now > until ? Renewability.Expired
            : now < from ? Renewability.Later
            : Renewability.Now;
        return new OwnCertificate(stored, renewability, days, until, from);
    }
}
