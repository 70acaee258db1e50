using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.EnrollmentApp.CertificateStores;
using DensaiAdmin.EnrollmentApp.Est;

namespace DensaiAdmin.EnrollmentApp.Enrollment;

public enum Renewability
{
    /// <summary>Inside the renewal window.</summary>
    Now,

    /// <summary>Valid, and more than the window's days remain.</summary>
    Later,

    /// <summary>Expired: revoke first, then issue anew (R10).</summary>
    Expired,

    /// <summary>On the bank's list of revoked certificates: nothing is left but to issue anew.</summary>
    Revoked,
}

/// <summary>A certificate of the bank's found on this PC, the newest of its user.</summary>
public sealed record OwnCertificate(StoredCertificate Stored, Renewability Renewability, int DaysLeft, DateTimeOffset NotAfter, DateTimeOffset RenewableFrom)
{
    public X509Certificate2 Certificate => Stored.Certificate;

    /// <summary>Upper hex without leading zeros.</summary>
    public string Serial => Verbs.StartArgument.Normalise(Stored.Certificate.SerialNumber) ?? "";

    /// <summary>Whether a browser can log in with it.</summary>
    public bool IsGood => Renewability is Renewability.Now or Renewability.Later;

    public string LoginId => Enrollment.LoginId.Of(Stored.Certificate);
}

/// <summary>What can be renewed here. The bank decides in the end; this spares people a refusal.</summary>
internal static class OwnCertificates
{
    /// <summary>The newest of each user.</summary>
    public static IReadOnlyList<StoredCertificate> Newest(IReadOnlyList<StoredCertificate> stored) =>
    [
        .. stored.GroupBy(one => one.Certificate.Subject, StringComparer.Ordinal)
            .Select(user => user.OrderByDescending(one => one.Certificate.NotBefore.ToUniversalTime()).First()),
    ];

    /// <summary>One per user, the newest; soonest to expire first, those that serve no more last.</summary>
    /// <param name="now">By the bank's clock, where it is known: this PC's may be wrong.</param>
    /// <param name="windowDays">The bank's <see cref="BankInformation.RenewalWindowDays"/>.</param>
    /// <param name="revoked">Places of certificates on the bank's list.</param>
    public static IReadOnlyList<OwnCertificate> Of(
        IReadOnlyList<StoredCertificate> stored, DateTimeOffset now, int windowDays, IReadOnlySet<string> revoked) =>
    [
        .. Newest(stored).Select(one => Judge(one, now, windowDays, revoked.Contains(one.Place)))
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

    private static OwnCertificate Judge(StoredCertificate stored, DateTimeOffset now, int windowDays, bool isRevoked)
    {
        var until = new DateTimeOffset(stored.Certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero);
        var days = JapanTime.DaysLeft(now, until);
        var from = new DateTimeOffset(JapanTime.Of(until).Date.AddDays(-windowDays), TimeSpan.FromHours(9));
        var renewability = isRevoked ? Renewability.Revoked : now > until ? Renewability.Expired : now < from ? Renewability.Later : Renewability.Now;
        return new OwnCertificate(stored, renewability, days, until, from);
    }
}
