using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
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

    /// <summary>The right initial password, but later than it works. To programs it is <see cref="BadCredentials"/>.</summary>
    InitialPasswordExpired,

    /// <summary>The company is under ID・パスワード方式.</summary>
    MethodNotCertificate,

    /// <summary>Some certificate already had this key.</summary>
    KeyReused,

    /// <summary>発行済み: revoke first.</summary>
    CertificateActive,

    /// <summary>有効期限切れ: revoke first (R10).</summary>
    CertificateExpired,

    /// <summary>A renewal without a certificate in TLS: none was chosen, or something on the way keeps it back.</summary>
    CertificateRequired,

    /// <summary>
    /// The certificate that TLS showed is none of ours, or was never handed out. To programs it is <see cref="CertificateRequired"/>.
    /// </summary>
    CertificateNotOurs,

    /// <summary>The certificate that TLS showed is revoked, or replaced by one that has been used.</summary>
    CertificateRevoked,

    /// <summary>The certificate that TLS showed is not renewed yet (R7).</summary>
    NotInRenewalWindow,
}

/// <summary>What the rules say: issue, send the one there is again, or refuse.</summary>
internal readonly record struct EnrollmentEvaluation
{
    private EnrollmentEvaluation(bool sendsAgain, EnrollRefusal? refusal) => (SendsAgain, Refusal) = (sendsAgain, refusal);

    public static EnrollmentEvaluation Issue { get; }

    /// <summary>A lost answer never makes a second certificate: the stored one is sent again.</summary>
    public static EnrollmentEvaluation SendAgain { get; } = new(true, null);

    public bool SendsAgain { get; }

    public EnrollRefusal? Refusal { get; }

    public static EnrollmentEvaluation Refuse(EnrollRefusal reason) => new(false, reason);
}

/// <summary>
/// Who gets a first certificate (R2, R10, R21) and who a renewed one (R7), evaluated behind the password
/// and again where the certificate is stored. The order of the rows is the order of the checks.
/// </summary>
public static class EnrollmentPolicy
{
    internal static EnrollmentEvaluation Evaluate(Applicant? applicant) => EvaluatePerson(applicant)
        ?? EvaluateKey(applicant!)
        ?? applicant!.Status switch
        {
            CertificateStatus.Issued => EnrollmentEvaluation.Refuse(EnrollRefusal.CertificateActive),
            CertificateStatus.Expired => EnrollmentEvaluation.Refuse(EnrollRefusal.CertificateExpired),
            CertificateStatus.NotIssued or CertificateStatus.Revoked => EnrollmentEvaluation.Issue,
        };

    /// <summary>Who gets a renewed one. The certificate that TLS showed is the one that is evaluated, not the newest.</summary>
    internal static EnrollmentEvaluation EvaluateRenewal(
        Applicant? applicant, ShownCertificate? shown, int windowDays, DateTimeOffset now) => EvaluatePerson(applicant) ?? shown switch
        {
            // To send the shown certificate again would pass for a renewal, and its owner would be locked out on the day of expiry.
            { HasTheKey: true } => EnrollmentEvaluation.Refuse(EnrollRefusal.KeyReused),
            _ => EvaluateKey(applicant!),
        } ?? shown switch
        {
            null => EnrollmentEvaluation.Refuse(EnrollRefusal.CertificateRequired),
            { RevokedAt: not null } => EnrollmentEvaluation.Refuse(EnrollRefusal.CertificateRevoked),
            _ when CertificateStatuses.HasExpired(shown.NotAfter, now) => EnrollmentEvaluation.Refuse(EnrollRefusal.CertificateExpired),
            _ when !RenewalWindow.IsOpen(shown.NotAfter, now, windowDays) => EnrollmentEvaluation.Refuse(EnrollRefusal.NotInRenewalWindow),
            _ => EnrollmentEvaluation.Issue,
        };

    private static EnrollmentEvaluation? EvaluatePerson(Applicant? applicant) => applicant switch
    {
        null or { IsDeleted: true } => EnrollmentEvaluation.Refuse(EnrollRefusal.BadCredentials),
        { IsSuspended: true } => EnrollmentEvaluation.Refuse(EnrollRefusal.UserSuspended),
        { InitialPasswordHasExpired: true } => EnrollmentEvaluation.Refuse(EnrollRefusal.InitialPasswordExpired),
        { Method: AuthenticationMethod.IdAndPassword } => EnrollmentEvaluation.Refuse(EnrollRefusal.MethodNotCertificate),
        _ => null,
    };

    private static EnrollmentEvaluation? EvaluateKey(Applicant applicant) => applicant.Key switch
    {
        KeyStanding.OfLiveNewest => EnrollmentEvaluation.SendAgain,
        KeyStanding.UsedBefore => EnrollmentEvaluation.Refuse(EnrollRefusal.KeyReused),
        KeyStanding.New => null,
    };

    /// <summary>What a request that cannot be read or a key that is not taken counts as.</summary>
    public static EnrollRefusal Evaluate(CertificationRequestRefusal refusal) => refusal switch
    {
        CertificationRequestRefusal.TooLarge
            or CertificationRequestRefusal.NotEncoded
            or CertificationRequestRefusal.Malformed
            or CertificationRequestRefusal.VersionNotAccepted
            or CertificationRequestRefusal.DigestNotAccepted
            or CertificationRequestRefusal.PaddingNotAccepted
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

    /// <summary>How the history calls it.</summary>
    internal static string Detail(this EnrollRefusal refusal) =>
        refusal == EnrollRefusal.InitialPasswordExpired ? "one-time-password-expired" : refusal.Code();

    /// <summary>The cause by which the next step is found (R27); null where it is not the person's state that is in the way.</summary>
    public static AccessCause? Cause(this EnrollRefusal refusal) => refusal switch
    {
        EnrollRefusal.UserSuspended => AccessCause.UserSuspended,
        EnrollRefusal.UserLocked => AccessCause.PasswordLocked,
        EnrollRefusal.InitialPasswordExpired => AccessCause.InitialPasswordExpired,
        EnrollRefusal.MethodNotCertificate => AccessCause.PasswordMethod,
        EnrollRefusal.CertificateActive => AccessCause.CertificateActive,
        EnrollRefusal.CertificateExpired => AccessCause.CertificateExpired,
        EnrollRefusal.CertificateRevoked => AccessCause.CertificateRevoked,
        EnrollRefusal.BadRequest or EnrollRefusal.KeyNotAccepted or EnrollRefusal.TooManyRequests or EnrollRefusal.BadCredentials
            or EnrollRefusal.KeyReused or EnrollRefusal.CertificateRequired or EnrollRefusal.CertificateNotOurs
            or EnrollRefusal.NotInRenewalWindow => null,
    };

    /// <summary>The one spelling of a refusal for programs: header <c>Densai-Reason</c>, history, command line.</summary>
    public static string Code(this EnrollRefusal refusal) => refusal switch
    {
        EnrollRefusal.BadRequest => "bad-request",
        EnrollRefusal.KeyNotAccepted => "key-not-accepted",
        EnrollRefusal.TooManyRequests => "too-many-requests",
        EnrollRefusal.BadCredentials or EnrollRefusal.InitialPasswordExpired => "bad-credentials",
        EnrollRefusal.UserLocked => "user-locked",
        EnrollRefusal.UserSuspended => "user-suspended",
        EnrollRefusal.MethodNotCertificate => "method-not-certificate",
        EnrollRefusal.KeyReused => "key-reused",
        EnrollRefusal.CertificateActive => "certificate-active",
        EnrollRefusal.CertificateExpired => "certificate-expired",
        EnrollRefusal.CertificateRequired or EnrollRefusal.CertificateNotOurs => "certificate-required",
        EnrollRefusal.CertificateRevoked => "certificate-revoked",
        EnrollRefusal.NotInRenewalWindow => "not-in-renewal-window",
    };
}
