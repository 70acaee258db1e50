using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Certificates;
using DensaiAdmin.Core.Companies;
using DensaiAdmin.Core.Users;

namespace DensaiAdmin.Core.Enrollment;

/// <summary>Why no certificate is issued.</summary>
public enum EnrollRefusal
{
    /// <summary>Not a PKCS#10 request, or not signed with the key it asks a certificate for.</summary>
    BadRequest,

    /// <summary>The key is of a kind that is not accepted, or weak.</summary>
    KeyNotAccepted,

    /// <summary>Too many attempts from this network source, or too many password checks wait.</summary>
    TooManyRequests,

    /// <summary>Unknown ID, wrong password or none: one answer for all (R23).</summary>
    BadCredentials,

    /// <summary>Too many failures without a certificate; for a time (R23).</summary>
    UserLocked,

    /// <summary>利用停止 (R21).</summary>
    UserSuspended,

    /// <summary>The company is under ID・パスワード方式.</summary>
    MethodNotCertificate,

    /// <summary>Some certificate already had this key.</summary>
    KeyReused,

    /// <summary>発行済み: revoke first.</summary>
    CertificateActive,

    /// <summary>有効期限切れ: revoke first (R10).</summary>
    CertificateExpired,
}

/// <summary>What the inventory knows of a key.</summary>
public enum KeyStanding
{
    /// <summary>No certificate ever had it.</summary>
    New,

    /// <summary>This user's newest certificate has it, unrevoked and unexpired.</summary>
    OfLiveNewest,

    /// <summary>Some other certificate has or had it.</summary>
    UsedBefore,
}

/// <summary>What the rules say: issue, send the one there is again, or refuse.</summary>
public readonly record struct EnrollmentVerdict
{
    private EnrollmentVerdict(bool sendsAgain, EnrollRefusal? refusal) => (SendsAgain, Refusal) = (sendsAgain, refusal);

    public static EnrollmentVerdict Issue { get; }

    /// <summary>A lost answer never makes a second certificate: the stored one is sent again.</summary>
    public static EnrollmentVerdict SendAgain { get; } = new(true, null);

    public bool SendsAgain { get; }

    public EnrollRefusal? Refusal { get; }

    public static EnrollmentVerdict Refuse(EnrollRefusal reason) => new(false, reason);
}

/// <summary>
/// Who gets a first certificate (product sections 2 and 5, R2, R10, R21), judged behind the password and again where the
/// certificate is stored. The order of the rows is the order of the checks.
/// </summary>
public static class EnrollmentPolicy
{
    public static EnrollmentVerdict Judge(User? user, KeyStanding key, DateTimeOffset now) =>
        user is null or { DeletedAt: not null } ? EnrollmentVerdict.Refuse(EnrollRefusal.BadCredentials)
        : user.SuspendedAt is not null ? EnrollmentVerdict.Refuse(EnrollRefusal.UserSuspended)
        : user.Company?.AuthenticationMethod == AuthenticationMethod.IdAndPassword ? EnrollmentVerdict.Refuse(EnrollRefusal.MethodNotCertificate)
        : (key, user.CertificateStatusAt(now)) switch
        {
            (KeyStanding.OfLiveNewest, _) => EnrollmentVerdict.SendAgain,
            (KeyStanding.UsedBefore, _) => EnrollmentVerdict.Refuse(EnrollRefusal.KeyReused),
            (KeyStanding.New, CertificateStatus.Issued) => EnrollmentVerdict.Refuse(EnrollRefusal.CertificateActive),
            (KeyStanding.New, CertificateStatus.Expired) => EnrollmentVerdict.Refuse(EnrollRefusal.CertificateExpired),
            (KeyStanding.New, CertificateStatus.NotIssued or CertificateStatus.Revoked) => EnrollmentVerdict.Issue,
        };

    /// <summary>What a request that cannot be read or a key that is not taken counts as.</summary>
    public static EnrollRefusal Judge(CertificationRequestRefusal refusal) => refusal switch
    {
        CertificationRequestRefusal.TooLarge
            or CertificationRequestRefusal.Malformed
            or CertificationRequestRefusal.SignatureAlgorithmNotAccepted
            or CertificationRequestRefusal.SignatureWrong => EnrollRefusal.BadRequest,
        CertificationRequestRefusal.KeyTypeNotAccepted
            or CertificationRequestRefusal.KeySizeNotAccepted
            or CertificationRequestRefusal.CurveNotAccepted
            or CertificationRequestRefusal.PointNotOnCurve
            or CertificationRequestRefusal.ExponentNotAccepted
            or CertificationRequestRefusal.ModulusHasSmallFactor
            or CertificationRequestRefusal.ModulusHasClosePrimes
            or CertificationRequestRefusal.ModulusHasRocaFingerprint
            or CertificationRequestRefusal.KeyOfAuthority => EnrollRefusal.KeyNotAccepted,
    };

    /// <summary>The one spelling of a refusal for programs: header <c>Densai-Reason</c>, history, command line.</summary>
    public static string Code(this EnrollRefusal refusal) => refusal switch
    {
        EnrollRefusal.BadRequest => "bad-request",
        EnrollRefusal.KeyNotAccepted => "key-not-accepted",
        EnrollRefusal.TooManyRequests => "too-many-requests",
        EnrollRefusal.BadCredentials => "bad-credentials",
        EnrollRefusal.UserLocked => "user-locked",
        EnrollRefusal.UserSuspended => "user-suspended",
        EnrollRefusal.MethodNotCertificate => "method-not-certificate",
        EnrollRefusal.KeyReused => "key-reused",
        EnrollRefusal.CertificateActive => "certificate-active",
        EnrollRefusal.CertificateExpired => "certificate-expired",
    };
}
