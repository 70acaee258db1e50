using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.EnrollmentApp.CertificateStores;

namespace DensaiAdmin.EnrollmentApp.Enrollment;

public enum Renewability
{
    /// <summary>Inside the renewal window.</summary>
    Now,

    /// <summary>Valid, and more than the window's days remain.</summary>
    Later,

    /// <summary>Expired: revoke first, then issue anew (R10).</summary>
    Expired,
}

/// <summary>A certificate of the bank's found on this PC, the newest of its user.</summary>
public sealed record OwnCertificate(StoredCertificate Stored, Renewability Renewability, int DaysLeft, DateTimeOffset NotAfter, DateTimeOffset RenewableFrom)
{
    public X509Certificate2 Certificate => Stored.Certificate;

    /// <summary>Upper hex without leading zeros.</summary>
    public string Serial => Verbs.StartArgument.Normalise(Stored.Certificate.SerialNumber) ?? "";

    public string LoginId => Enrollment.LoginId.Of(Stored.Certificate);
}

/// <summary>What can be renewed here. The bank decides in the end; this spares people a refusal.</summary>
internal static class OwnCertificates
{
    /// <summary>From so many days before the last one (JST dates) a certificate can be renewed; the bank's own setting has the same default.</summary>
    public const int RenewalWindowDays = 40;

    /// <summary>One per user, the newest; soonest to expire first, expired ones last.</summary>
    public static IReadOnlyList<OwnCertificate> Of(IReadOnlyList<StoredCertificate> stored, DateTimeOffset now) =>
    [
        .. stored.GroupBy(one => one.Certificate.Subject, StringComparer.Ordinal)
            .Select(user => Judge(user.OrderByDescending(one => one.Certificate.NotBefore.ToUniversalTime()).First(), now))
            .OrderBy(own => own.Renewability == Renewability.Expired)
            .ThenBy(own => own.NotAfter),
    ];

    /// <summary>Earlier certificates of the same user that this one replaced.</summary>
    public static IReadOnlyList<StoredCertificate> ReplacedBy(X509Certificate2 newest, IReadOnlyList<StoredCertificate> stored) =>
    [
        .. stored.Where(one => one.Certificate.Subject == newest.Subject
            && one.Certificate.SerialNumber != newest.SerialNumber
            && one.Certificate.NotBefore <= newest.NotBefore),
    ];

    private static OwnCertificate Judge(StoredCertificate stored, DateTimeOffset now)
    {
        var until = new DateTimeOffset(stored.Certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero);
        var days = JapanTime.DaysLeft(now, until);
        var from = new DateTimeOffset(JapanTime.Of(until).Date.AddDays(-RenewalWindowDays), TimeSpan.FromHours(9));
        var renewability = now > until ? Renewability.Expired : now < from ? Renewability.Later : Renewability.Now;
        return new OwnCertificate(stored, renewability, days, until, from);
    }
}
