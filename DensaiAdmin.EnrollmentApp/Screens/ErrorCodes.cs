using System.Globalization;
using DensaiAdmin.EnrollmentApp.CertificateStores;
using DensaiAdmin.EnrollmentApp.Est;
using DensaiAdmin.EnrollmentApp.Shared;

namespace DensaiAdmin.EnrollmentApp.Screens;

/// <summary>
/// The codes that this app shows. A refusal by the bank has the same number as on the bank's own screens; a problem of this PC has 6xxx.
/// All are listed with cause and remedy in <c>docs/codes.md</c>.
/// </summary>
internal static class ErrorCodes
{
    public static readonly ErrorCode CredentialsMissing = new(1001);
    public static readonly ErrorCode CredentialsWrong = new(1002);
    public static readonly ErrorCode LoginPasswordLocked = new(1003);
    public static readonly ErrorCode TooManyRequests = new(1004);
    public static readonly ErrorCode UserSuspended = new(1101);
    public static readonly ErrorCode MethodNotCertificate = new(1102);
    public static readonly ErrorCode CertificateMissing = BankClient.CertificateMissing;
    public static readonly ErrorCode CertificateNotOurs = new(1202);
    public static readonly ErrorCode CertificateExpired = new(1203);
    public static readonly ErrorCode CertificateRevoked = new(1204);
    public static readonly ErrorCode CertificateActive = new(1209);
    public static readonly ErrorCode NotInRenewalWindow = new(1210);
    public static readonly ErrorCode RequestNotAccepted = new(1301);
    public static readonly ErrorCode KeyNotAccepted = new(1320);
    public static readonly ErrorCode KeyReused = new(1340);

    // 60xx: the connection to the bank.
    public static readonly ErrorCode NoNetwork = new(6001);
    public static readonly ErrorCode ServerDown = new(6002);
    public static readonly ErrorCode ClockWrong = new(6003);
    public static readonly ErrorCode TlsIntercepted = new(6004);
    public static readonly ErrorCode ProxyAsksCredentials = new(6005);
    public static readonly ErrorCode ProxyCredentialsWrong = new(6006);
    public static readonly ErrorCode ProxyNotReached = new(6007);
    public static readonly ErrorCode AnswerNotUnderstood = new(6008);
    public static readonly ErrorCode AnswerNotOurs = new(6009);
    public static readonly ErrorCode ProxyUserMissing = new(6010);
    public static readonly ErrorCode ProxyAddressNotUsable = new(6011);
    public static readonly ErrorCode ProxyForbids = new(6012);
    public static readonly ErrorCode ProxySettingNotUsable = new(6013);
    public static readonly ErrorCode CertificateNotReceived = new(6014);
    public static readonly ErrorCode CertificateNotAccepted = new(6015);
    public static readonly ErrorCode NotThroughProxy = new(6016);
    public static readonly ErrorCode RefusedOtherwise = new(6090);

    // 61xx: the certificate store of this PC.
    public static readonly ErrorCode StoreToolsMissing = new(6101);
    public static readonly ErrorCode NoBrowserStore = new(6102);
    public static readonly ErrorCode StoreReadOnly = new(6103);
    public static readonly ErrorCode DiskFull = new(6104);
    public static readonly ErrorCode StorePasswordProtected = new(6105);
    public static readonly ErrorCode KeyGone = new(6106);
    public static readonly ErrorCode StoreFailed = new(6107);
    public static readonly ErrorCode StoreBroken = new(6108);
    public static readonly ErrorCode StoreBusy = new(6109);

    // 62xx: the app itself.
    public static readonly ErrorCode ProgramFailed = new(6201);
    public static readonly ErrorCode CertificateIsHere = new(6202);
    public static readonly ErrorCode VersionTooOld = new(6203);
    public static readonly ErrorCode NothingToRenew = new(6204);
    public static readonly ErrorCode NoScreen = new(6205);
    public static readonly ErrorCode NoWindowBrowser = new(6206);
    public static readonly ErrorCode WindowNotShown = new(6207);
    public static readonly ErrorCode RunningSilent = new(6208);
    public static readonly ErrorCode StampNotReadable = new(6209);

    /// <summary>The code that the bank sent; null where it is not a code.</summary>
    public static ErrorCode? Told(string? code) =>
        code is ['E', '-', .. { Length: 4 } digits] && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new(number)
            : null;

    /// <summary>The code for the bank's <c>Densai-Reason</c>, with one for all reasons that this version does not know.</summary>
    public static ErrorCode OfReason(string reason) => reason switch
    {
        RefusalCode.BadCredentials => CredentialsWrong,
        RefusalCode.CertificateActive => CertificateActive,
        RefusalCode.CertificateExpired => CertificateExpired,
        RefusalCode.CertificateRevoked => CertificateRevoked,
        RefusalCode.NotInRenewalWindow => NotInRenewalWindow,
        RefusalCode.UserSuspended => UserSuspended,
        RefusalCode.UserLocked => LoginPasswordLocked,
        RefusalCode.BadRequest => RequestNotAccepted,
        RefusalCode.KeyNotAccepted => KeyNotAccepted,
        RefusalCode.KeyReused => KeyReused,
        RefusalCode.TooManyRequests => TooManyRequests,
        RefusalCode.MethodNotCertificate => MethodNotCertificate,
        RefusalCode.CertificateRequired => CertificateMissing,
        _ => RefusedOtherwise,
    };

    public static ErrorCode Of(ConnectionFaultKind kind) => kind switch
    {
        ConnectionFaultKind.NoNetwork => NoNetwork,
        ConnectionFaultKind.ServerDown => ServerDown,
        ConnectionFaultKind.ClockWrong => ClockWrong,
        ConnectionFaultKind.TlsIntercepted => TlsIntercepted,
        ConnectionFaultKind.ProxyAsksCredentials => ProxyAsksCredentials,
        ConnectionFaultKind.ProxyRefusesCredentials => ProxyCredentialsWrong,
        ConnectionFaultKind.ProxyNotReached => ProxyNotReached,
        ConnectionFaultKind.NotUnderstood => AnswerNotUnderstood,
        ConnectionFaultKind.ProxyForbids => ProxyForbids,
        ConnectionFaultKind.NotThroughProxy => NotThroughProxy,
        ConnectionFaultKind.ProxySettingNotUsable => ProxySettingNotUsable,
        ConnectionFaultKind.CertificateNotReceived => CertificateNotReceived,
        ConnectionFaultKind.CertificateNotAccepted => CertificateNotAccepted,
    };

    public static ErrorCode Of(StoreFaultKind kind) => kind switch
    {
        StoreFaultKind.ToolsMissing => StoreToolsMissing,
        StoreFaultKind.NoBrowser => NoBrowserStore,
        StoreFaultKind.ReadOnly => StoreReadOnly,
        StoreFaultKind.DiskFull => DiskFull,
        StoreFaultKind.PasswordProtected => StorePasswordProtected,
        StoreFaultKind.Broken or StoreFaultKind.Unreadable => StoreBroken,
        StoreFaultKind.Busy => StoreBusy,
        StoreFaultKind.KeyGone => KeyGone,
        StoreFaultKind.Failed => StoreFailed,
    };
}
