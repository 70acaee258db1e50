using System.Globalization;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Counter;
using DensaiAdmin.Core.DemoBank;
using DensaiAdmin.Core.Enrollment;
using DensaiAdmin.Core.HistorySearch;
using DensaiAdmin.Core.LoginIdAcquisition;
using DensaiAdmin.Core.PasswordChange;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Recovery;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Revocation;
using DensaiAdmin.Core.SignIn;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Core.UserManagement;
using DensaiAdmin.Core.Users;

namespace DensaiAdmin.Core;

/// <summary>
/// What a person says to the help desk: <c>E-</c> and four digits, without a screen in it. The same cause has the same code on every
/// screen, and for ever. Only <see cref="ErrorCodes"/> makes one.
/// </summary>
public readonly record struct ErrorCode
{
    internal ErrorCode(int number) => Number = number;

    /// <summary>Four digits, the first of them not zero.</summary>
    public int Number { get; }

    /// <summary>As it is shown and said, such as E-1203.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"E-{Number:0000}");
}

/// <summary>
/// The one registry of error codes. Each stands with cause and remedy in <c>docs/codes.md</c>. A number once given is never given to
/// another cause. <c>Of</c> says which one a refusal has; null where nothing was refused.
/// </summary>
public static class ErrorCodes
{
    // 10xx: who somebody is.
    public static readonly ErrorCode CredentialsMissing = new(1001);
    public static readonly ErrorCode CredentialsWrong = new(1002);
    public static readonly ErrorCode LoginPasswordLocked = new(1003);
    public static readonly ErrorCode TooManyRequests = new(1004);
    public static readonly ErrorCode ConfirmationPasswordMissing = new(1005);
    public static readonly ErrorCode ConfirmationPasswordWrong = new(1006);
    public static readonly ErrorCode ConfirmationPasswordLocked = new(1007);
    public static readonly ErrorCode InitialPasswordExpired = new(1008);
    public static readonly ErrorCode NotConfirmed = new(1009);
    public static readonly ErrorCode SessionEnded = new(1010);
    public static readonly ErrorCode CurrentPasswordWrong = new(1011);
    public static readonly ErrorCode CurrentPasswordLocked = new(1012);

    // 11xx: the user and the contract.
    public static readonly ErrorCode UserSuspended = new(1101);
    public static readonly ErrorCode MethodNotCertificate = new(1102);
    public static readonly ErrorCode UserDeleted = new(1103);

    // 12xx: the certificate.
    public static readonly ErrorCode CertificateMissing = new(1201);
    public static readonly ErrorCode CertificateNotOurs = new(1202);
    public static readonly ErrorCode CertificateExpired = new(1203);
    public static readonly ErrorCode CertificateRevoked = new(1204);
    public static readonly ErrorCode CertificateSuperseded = new(1205);
    public static readonly ErrorCode CertificateProfileWrong = new(1206);
    public static readonly ErrorCode CertificateUnknown = new(1207);
    public static readonly ErrorCode CertificateNotYetValid = new(1208);
    public static readonly ErrorCode CertificateActive = new(1209);
    public static readonly ErrorCode NotInRenewalWindow = new(1210);

    // 13xx: the request for a certificate (EST, verb issue).
    public static readonly ErrorCode RequestNotAccepted = new(1301);
    public static readonly ErrorCode RequestTooLarge = new(1302);
    public static readonly ErrorCode RequestUnreadable = new(1303);
    public static readonly ErrorCode RequestAlgorithmNotAccepted = new(1304);
    public static readonly ErrorCode RequestSignatureWrong = new(1305);
    public static readonly ErrorCode RequestNotBase64 = new(1306);
    public static readonly ErrorCode RequestVersionWrong = new(1307);
    public static readonly ErrorCode RequestTypeWrong = new(1308);
    public static readonly ErrorCode RequestMethodWrong = new(1309);
    public static readonly ErrorCode RequestDigestNotAccepted = new(1310);
    public static readonly ErrorCode RequestPaddingNotAccepted = new(1311);
    public static readonly ErrorCode KeyNotAccepted = new(1320);
    public static readonly ErrorCode KeyTypeNotAccepted = new(1321);
    public static readonly ErrorCode KeySizeNotAccepted = new(1322);
    public static readonly ErrorCode CurveNotAccepted = new(1323);
    public static readonly ErrorCode KeyWeak = new(1324);
    public static readonly ErrorCode KeyReused = new(1340);
    public static readonly ErrorCode WrongAddress = new(1350);

    // 14xx: why a session ended.
    public static readonly ErrorCode SessionIdle = new(1401);
    public static readonly ErrorCode SessionAbsoluteLimit = new(1402);
    public static readonly ErrorCode SessionSecondLogin = new(1403);
    public static readonly ErrorCode SessionCertificateMismatch = new(1404);
    public static readonly ErrorCode SessionOtherOrigin = new(1405);
    public static readonly ErrorCode SessionMethodChanged = new(1406);
    public static readonly ErrorCode SessionLoginReported = new(1407);
    public static readonly ErrorCode SessionPasswordChanged = new(1408);
    public static readonly ErrorCode SessionStoreReconciled = new(1409);
    public static readonly ErrorCode SessionClockSet = new(1410);

    // 15xx: what is entered about a user.
    public static readonly ErrorCode UserDataNotUsable = new(1500);
    public static readonly ErrorCode LoginIdMissing = new(1501);
    public static readonly ErrorCode LoginIdNotUsable = new(1502);
    public static readonly ErrorCode LoginIdTooLong = new(1503);
    public static readonly ErrorCode LoginIdTaken = new(1504);
    public static readonly ErrorCode NameMissing = new(1505);
    public static readonly ErrorCode NameNotUsable = new(1506);
    public static readonly ErrorCode NameTooLong = new(1507);
    public static readonly ErrorCode MailAddressMissing = new(1508);
    public static readonly ErrorCode MailAddressNotUsable = new(1509);
    public static readonly ErrorCode UserDataUnchanged = new(1510);

    // 16xx: a new password.
    public static readonly ErrorCode NewPasswordNotUsable = new(1600);
    public static readonly ErrorCode NewPasswordTooShort = new(1601);
    public static readonly ErrorCode NewPasswordTooLong = new(1602);
    public static readonly ErrorCode NewPasswordNotText = new(1603);
    public static readonly ErrorCode NewPasswordTooPersonal = new(1604);
    public static readonly ErrorCode NewPasswordTooCommon = new(1606);
    public static readonly ErrorCode NewPasswordSameAsOther = new(1607);
    public static readonly ErrorCode NewPasswordMissing = new(1608);
    public static readonly ErrorCode InitialPasswordNotReplaced = new(1609);

    // 17xx: ログインID取得.
    public static readonly ErrorCode LetterRefused = new(1701);
    public static readonly ErrorCode AcquisitionClosed = new(1702);
    public static readonly ErrorCode ApplicationNotUsable = new(1703);
    public static readonly ErrorCode ApplicationNotOpen = new(1704);
    public static readonly ErrorCode LetterIncomplete = new(1705);
    public static readonly ErrorCode ApplicationNotWritten = new(1706);
    public static readonly ErrorCode LoginIdsTriedTooOften = new(1707);

    // 20xx: acts on users and certificates.
    public static readonly ErrorCode MastersOnly = new(2001);
    public static readonly ErrorCode CounterOnly = new(2002);
    public static readonly ErrorCode ChangedMeanwhile = new(2003);
    public static readonly ErrorCode NotOnOneself = new(2004);
    public static readonly ErrorCode AlreadySuspended = new(2005);
    public static readonly ErrorCode NotSuspended = new(2006);
    public static readonly ErrorCode NotLocked = new(2007);
    public static readonly ErrorCode NoSuchUser = new(2008);
    public static readonly ErrorCode UserLimitReached = new(2009);
    public static readonly ErrorCode NothingIssued = new(2010);
    public static readonly ErrorCode AlreadyRevoked = new(2011);
    public static readonly ErrorCode NoSuchCertificate = new(2012);
    public static readonly ErrorCode NoSuchLogin = new(2013);
    public static readonly ErrorCode ReasonNotSelectable = new(2014);

    // 30xx: the bank's operators.
    public static readonly ErrorCode OperatorsAreOnePerson = new(3001);
    public static readonly ErrorCode OperatorsNotClerkAndApprover = new(3002);
    public static readonly ErrorCode OperatorMustReplacePassword = new(3003);
    public static readonly ErrorCode OperatorsWithoutApprover = new(3004);
    public static readonly ErrorCode OperatorsNeeded = new(3005);
    public static readonly ErrorCode OperatorsOwnReissue = new(3006);

    // 31xx to 33xx: the installation.
    public static readonly ErrorCode StoreInUse = new(3101);
    public static readonly ErrorCode StoreOfNewerVersion = new(3102);
    public static readonly ErrorCode StoreOlderThanAnchor = new(3103);
    public static readonly ErrorCode AnchorMissing = new(3104);
    public static readonly ErrorCode ClockBeforeHistory = new(3105);
    public static readonly ErrorCode KeyPassphraseWrong = new(3106);
    public static readonly ErrorCode StoreNotForProduction = new(3107);
    public static readonly ErrorCode AuthorityDamaged = new(3108);
    public static readonly ErrorCode AuthorityMissing = new(3109);
    public static readonly ErrorCode StoreLocked = new(3110);
    public static readonly ErrorCode StoreNotWritable = new(3111);
    public static readonly ErrorCode RootKeyNotHere = new(3201);
    public static readonly ErrorCode ExportTargetExists = new(3202);
    public static readonly ErrorCode ExportTargetInsideData = new(3203);
    public static readonly ErrorCode ExportTargetNotWritable = new(3204);
    public static readonly ErrorCode SeedNotPossible = new(3301);
    public static readonly ErrorCode StoreNotEmpty = new(3302);
    public static readonly ErrorCode StoreNotDemo = new(3303);
    public static readonly ErrorCode BackupNotRecorded = new(3310);
    public static readonly ErrorCode DatabaseDamaged = new(3311);
    public static readonly ErrorCode BackupSignatureWrong = new(3312);
    public static readonly ErrorCode BackupFileChanged = new(3313);
    public static readonly ErrorCode BackupOfNewerVersion = new(3314);
    public static readonly ErrorCode NothingToReconcile = new(3320);
    public static readonly ErrorCode NotAnEarlierState = new(3321);

    // 40xx: what is chosen on a screen.
    public static readonly ErrorCode NothingChosen = new(4001);
    public static readonly ErrorCode PeriodNotUsable = new(4002);
    public static readonly ErrorCode ConditionUnreadable = new(4003);

    // 6xxx: the user's PC. The issuing app has these numbers in a table of its own.

    // 90xx: the service itself.
    public static readonly ErrorCode Busy = new(9001);
    public static readonly ErrorCode StoreUnavailable = new(9002);
    public static readonly ErrorCode StoreUncertain = new(9003);
    public static readonly ErrorCode ClockNotTrusted = new(9004);
    public static readonly ErrorCode InstallationFault = new(9005);

    /// <summary>Of what the store could not do.</summary>
    public static ErrorCode Of(StoreUnavailableException fault) =>
        fault is ClockNotTrustedException
            ? ClockNotTrusted
            : fault is StoreReplacedException
            ? StoreOlderThanAnchor
            : fault.IsUncertain
            ? StoreUncertain
            : StoreUnavailable;

    public static ErrorCode Of(CertificateFinding finding) => finding switch
    {
        CertificateFinding.None => CertificateMissing,
        CertificateFinding.NotOurs => CertificateNotOurs,
        CertificateFinding.ProfileWrong => CertificateProfileWrong,
        CertificateFinding.UnknownSerial => CertificateUnknown,
        CertificateFinding.NotYetValid => CertificateNotYetValid,
        CertificateFinding.Expired => CertificateExpired,
        CertificateFinding.Revoked => CertificateRevoked,
        CertificateFinding.Superseded => CertificateSuperseded,
        CertificateFinding.UserSuspended => UserSuspended,
        CertificateFinding.PasswordLocked => LoginPasswordLocked,
        CertificateFinding.UserDeleted => UserDeleted,
        CertificateFinding.InitialPasswordExpired => InitialPasswordExpired,
        CertificateFinding.PasswordMethod => MethodNotCertificate,
        CertificateFinding.Good => throw new ArgumentException("A good certificate is refused nothing.", nameof(finding)),
    };

    /// <summary>Null for who logged out at will.</summary>
    public static ErrorCode? Of(SessionEndReason reason) => reason switch
    {
        SessionEndReason.LoggedOut => null,
        SessionEndReason.Idle => SessionIdle,
        SessionEndReason.AbsoluteLimit => SessionAbsoluteLimit,
        SessionEndReason.SecondLogin => SessionSecondLogin,
        SessionEndReason.CertificateMismatch => SessionCertificateMismatch,
        SessionEndReason.OtherOrigin => SessionOtherOrigin,
        SessionEndReason.MethodChanged => SessionMethodChanged,
        SessionEndReason.LoginReported => SessionLoginReported,
        SessionEndReason.PasswordChanged => SessionPasswordChanged,
        SessionEndReason.StoreReconciled => SessionStoreReconciled,
        SessionEndReason.CertificateRevoked => CertificateRevoked,
        SessionEndReason.CertificateExpired => CertificateExpired,
        SessionEndReason.UserSuspended => UserSuspended,
    };

    public static ErrorCode? Of(LogInOutcome outcome) => outcome switch
    {
        LogInOutcome.LoggedIn => null,
        LogInOutcome.Diagnosed diagnosed => Of(diagnosed.Diagnosis.Finding),
        LogInOutcome.WrongPassword => CredentialsWrong,
        LogInOutcome.Busy => Busy,
        _ => throw Closed(),
    };

    public static ErrorCode? Of(PasswordLogInOutcome outcome) => outcome switch
    {
        PasswordLogInOutcome.LoggedIn => null,
        PasswordLogInOutcome.Refused => CredentialsWrong,
        PasswordLogInOutcome.Diagnosed diagnosed => Of(diagnosed.Diagnosis.Finding),
        PasswordLogInOutcome.Busy => Busy,
        _ => throw Closed(),
    };

    public static ErrorCode? Of(ReportLoginOutcome outcome) => outcome switch
    {
        ReportLoginOutcome.Reported => null,
        ReportLoginOutcome.NoSuchLogin => NoSuchLogin,
        ReportLoginOutcome.SessionEnded => SessionEnded,
        _ => throw Closed(),
    };

    public static ErrorCode? Of(UnconfirmedOutcome outcome) => outcome switch
    {
        UnconfirmedOutcome.Wrong => ConfirmationPasswordWrong,
        UnconfirmedOutcome.Locked => ConfirmationPasswordLocked,
        UnconfirmedOutcome.SessionEnded => SessionEnded,
        UnconfirmedOutcome.Busy => Busy,
        _ => throw Closed(),
    };

    public static ErrorCode Of(RevokeRefusal refusal) => refusal switch
    {
        RevokeRefusal.NotMaster => MastersOnly,
        RevokeRefusal.CounterOnly => CounterOnly,
        RevokeRefusal.NothingIssued => NothingIssued,
        RevokeRefusal.AlreadyRevoked => AlreadyRevoked,
        RevokeRefusal.ChangedMeanwhile => ChangedMeanwhile,
        RevokeRefusal.NoSuchCertificate => NoSuchCertificate,
        RevokeRefusal.SessionEnded => SessionEnded,
        RevokeRefusal.NotConfirmed => NotConfirmed,
        RevokeRefusal.ReasonNotSelectable => ReasonNotSelectable,
    };

    public static ErrorCode? Of(RevokeOutcome outcome) => outcome switch
    {
        RevokeOutcome.Revoked => null,
        RevokeOutcome.Unconfirmed unconfirmed => Of(unconfirmed.Why),
        RevokeOutcome.Refused refused => Of(refused.Reason),
        _ => throw Closed(),
    };

    public static ErrorCode Of(UserRefusal refusal) => refusal switch
    {
        UserRefusal.NotMaster => MastersOnly,
        UserRefusal.CounterOnly => CounterOnly,
        UserRefusal.Oneself => NotOnOneself,
        UserRefusal.AlreadySuspended => AlreadySuspended,
        UserRefusal.NotSuspended => NotSuspended,
        UserRefusal.NotLocked => NotLocked,
        UserRefusal.ChangedMeanwhile => ChangedMeanwhile,
        UserRefusal.NoSuchUser => NoSuchUser,
        UserRefusal.SessionEnded => SessionEnded,
        UserRefusal.NotConfirmed => NotConfirmed,
        UserRefusal.LimitReached => UserLimitReached,
        UserRefusal.NotUsable => UserDataNotUsable,
        UserRefusal.Busy => Busy,
    };

    public static ErrorCode? Of(ManageUserOutcome outcome) => outcome switch
    {
        ManageUserOutcome.Done => null,
        ManageUserOutcome.Unconfirmed unconfirmed => Of(unconfirmed.Why),
        ManageUserOutcome.Refused refused => Of(refused.Reason),
        _ => throw Closed(),
    };

    public static ErrorCode Of(UserDataFault fault) => fault switch
    {
        UserDataFault.LoginIdEmpty => LoginIdMissing,
        UserDataFault.LoginIdNotUsable => LoginIdNotUsable,
        UserDataFault.LoginIdTooLong => LoginIdTooLong,
        UserDataFault.LoginIdTaken => LoginIdTaken,
        UserDataFault.NameEmpty => NameMissing,
        UserDataFault.NameNotUsable => NameNotUsable,
        UserDataFault.NameTooLong => NameTooLong,
        UserDataFault.MailAddressEmpty => MailAddressMissing,
        UserDataFault.MailAddressNotUsable => MailAddressNotUsable,
    };

    public static ErrorCode Of(MailAddressFault fault) => fault switch
    {
        MailAddressFault.Empty => MailAddressMissing,
        MailAddressFault.TooLong or MailAddressFault.NoAtSign or MailAddressFault.NotOne or MailAddressFault.WrongCharacters
            or MailAddressFault.WrongLocalPart or MailAddressFault.WrongDomain => MailAddressNotUsable,
    };

    public static ErrorCode? Of(PasswordPolicyOutcome outcome) => outcome switch
    {
        PasswordPolicyOutcome.Accepted => null,
        PasswordPolicyOutcome.TooShort => NewPasswordTooShort,
        PasswordPolicyOutcome.TooLong => NewPasswordTooLong,
        PasswordPolicyOutcome.NotText => NewPasswordNotText,
        PasswordPolicyOutcome.TooPersonal => NewPasswordTooPersonal,
        PasswordPolicyOutcome.TooCommon => NewPasswordTooCommon,
        PasswordPolicyOutcome.SameAsOther => NewPasswordSameAsOther,
    };

    public static ErrorCode? Of(ChangePasswordOutcome outcome) => outcome switch
    {
        ChangePasswordOutcome.Changed => null,
        ChangePasswordOutcome.WrongCurrent => CurrentPasswordWrong,
        ChangePasswordOutcome.Locked => CurrentPasswordLocked,
        ChangePasswordOutcome.NotUsable => NewPasswordNotUsable,
        ChangePasswordOutcome.ChangedMeanwhile => ChangedMeanwhile,
        ChangePasswordOutcome.OtherForm => InitialPasswordNotReplaced,
        ChangePasswordOutcome.SessionEnded => SessionEnded,
        ChangePasswordOutcome.Busy => Busy,
        _ => throw Closed(),
    };

    public static ErrorCode? Of(OpenLetterOutcome outcome) => outcome switch
    {
        OpenLetterOutcome.Opened => null,
        OpenLetterOutcome.Refused => LetterRefused,
        OpenLetterOutcome.Closed => AcquisitionClosed,
        OpenLetterOutcome.Busy => Busy,
        _ => throw Closed(),
    };

    public static ErrorCode? Of(WriteApplicationOutcome outcome) => outcome switch
    {
        WriteApplicationOutcome.Written => null,
        WriteApplicationOutcome.Faulty => ApplicationNotUsable,
        WriteApplicationOutcome.NotOpen => ApplicationNotOpen,
        WriteApplicationOutcome.Closed => AcquisitionClosed,
        WriteApplicationOutcome.Busy => Busy,
        WriteApplicationOutcome.TooManyTries => LoginIdsTriedTooOften,
        WriteApplicationOutcome.LimitReached => UserLimitReached,
        _ => throw Closed(),
    };

    public static ErrorCode? Of(FinishApplicationOutcome outcome) => outcome switch
    {
        FinishApplicationOutcome.Done => null,
        FinishApplicationOutcome.NotWritten => ApplicationNotWritten,
        FinishApplicationOutcome.LoginIdTaken => LoginIdTaken,
        FinishApplicationOutcome.NotOpen => ApplicationNotOpen,
        FinishApplicationOutcome.Closed => AcquisitionClosed,
        FinishApplicationOutcome.LimitReached => UserLimitReached,
        FinishApplicationOutcome.Busy => Busy,
    };

    public static ErrorCode Of(CertificationRequestRefusal refusal) => refusal switch
    {
        CertificationRequestRefusal.TooLarge => RequestTooLarge,
        CertificationRequestRefusal.NotEncoded => RequestNotBase64,
        CertificationRequestRefusal.Malformed => RequestUnreadable,
        CertificationRequestRefusal.VersionNotAccepted => RequestVersionWrong,
        CertificationRequestRefusal.DigestNotAccepted => RequestDigestNotAccepted,
        CertificationRequestRefusal.PaddingNotAccepted => RequestPaddingNotAccepted,
        CertificationRequestRefusal.SignatureAlgorithmNotAccepted => RequestAlgorithmNotAccepted,
        CertificationRequestRefusal.SignatureWrong => RequestSignatureWrong,
        CertificationRequestRefusal.KeyTypeNotAccepted => KeyTypeNotAccepted,
        CertificationRequestRefusal.KeySizeNotAccepted => KeySizeNotAccepted,
        CertificationRequestRefusal.CurveNotAccepted => CurveNotAccepted,
        CertificationRequestRefusal.PointNotOnCurve
            or CertificationRequestRefusal.ExponentNotAccepted
            or CertificationRequestRefusal.ModulusHasSmallFactor
            or CertificationRequestRefusal.ModulusHasClosePrimes
            or CertificationRequestRefusal.ModulusHasRocaFingerprint => KeyWeak,
        CertificationRequestRefusal.KeyOfAuthority => KeyReused,
    };

    public static ErrorCode? Of(CertificationRequestOutcome outcome) => outcome switch
    {
        CertificationRequestOutcome.Accepted => null,
        CertificationRequestOutcome.Refused refused => Of(refused.Reason),
        _ => throw Closed(),
    };

    public static ErrorCode Of(EnrollRefusal refusal) => refusal switch
    {
        EnrollRefusal.BadRequest => RequestNotAccepted,
        EnrollRefusal.KeyNotAccepted => KeyNotAccepted,
        EnrollRefusal.TooManyRequests => TooManyRequests,
        EnrollRefusal.BadCredentials => CredentialsWrong,
        EnrollRefusal.UserLocked => LoginPasswordLocked,
        EnrollRefusal.UserSuspended => UserSuspended,
        EnrollRefusal.InitialPasswordExpired => InitialPasswordExpired,
        EnrollRefusal.MethodNotCertificate => MethodNotCertificate,
        EnrollRefusal.KeyReused => KeyReused,
        EnrollRefusal.CertificateActive => CertificateActive,
        EnrollRefusal.CertificateExpired => CertificateExpired,
        EnrollRefusal.CertificateRequired => CertificateMissing,
        EnrollRefusal.CertificateNotOurs => CertificateNotOurs,
        EnrollRefusal.CertificateRevoked => CertificateRevoked,
        EnrollRefusal.NotInRenewalWindow => NotInRenewalWindow,
    };

    public static ErrorCode? Of(EnrollOutcome outcome) => outcome switch
    {
        EnrollOutcome.Issued => null,
        EnrollOutcome.Refused { Request: { } request } => Of(request),
        EnrollOutcome.Refused refused => Of(refused.Reason),
        EnrollOutcome.ProfileBroken => InstallationFault,
        EnrollOutcome.Unavailable => StoreUnavailable,
        _ => throw Closed(),
    };

    public static ErrorCode? Of(IssueOutcome outcome) => outcome switch
    {
        IssueOutcome.Issued => null,
        IssueOutcome.Refused => InstallationFault,
        _ => throw Closed(),
    };

    public static ErrorCode Of(OperatorRefusal refusal) => refusal switch
    {
        OperatorRefusal.WrongIdOrPassword => CredentialsWrong,
        OperatorRefusal.Locked => LoginPasswordLocked,
        OperatorRefusal.InitialPasswordExpired => InitialPasswordExpired,
        OperatorRefusal.Busy => Busy,
        OperatorRefusal.SamePerson => OperatorsAreOnePerson,
        OperatorRefusal.NotClerkAndApprover => OperatorsNotClerkAndApprover,
        OperatorRefusal.NoApprover => OperatorsWithoutApprover,
    };

    public static ErrorCode? Of(OperatorsOutcome outcome) => outcome switch
    {
        OperatorsOutcome.Authenticated => null,
        OperatorsOutcome.MustReplace => OperatorMustReplacePassword,
        OperatorsOutcome.ReplacementRefused => NewPasswordNotUsable,
        OperatorsOutcome.Refused refused => Of(refused.Reason),
        _ => throw Closed(),
    };

    public static ErrorCode? Of(UnlockOutcome outcome) => outcome switch
    {
        UnlockOutcome.Unlocked => null,
        UnlockOutcome.NoSuchUser => NoSuchUser,
        UnlockOutcome.NotLocked => NotLocked,
        _ => throw Closed(),
    };

    public static ErrorCode Of(RegisterOperatorRefusal refusal) => refusal switch
    {
        RegisterOperatorRefusal.NotALoginId => LoginIdNotUsable,
        RegisterOperatorRefusal.NotAName => NameNotUsable,
        RegisterOperatorRefusal.LoginIdTaken => LoginIdTaken,
        RegisterOperatorRefusal.Busy => Busy,
        RegisterOperatorRefusal.NotAMailAddress => MailAddressNotUsable,
        RegisterOperatorRefusal.NeedsTwoOperators => OperatorsNeeded,
        RegisterOperatorRefusal.OwnPasswords => OperatorsOwnReissue,
    };

    public static ErrorCode? Of(RegisterOperatorOutcome outcome) => outcome switch
    {
        RegisterOperatorOutcome.Registered => null,
        RegisterOperatorOutcome.Refused refused => Of(refused.Reason),
        _ => throw Closed(),
    };

    public static ErrorCode Of(StoreRefusal refusal) => refusal switch
    {
        StoreRefusal.InUse => StoreInUse,
        StoreRefusal.NewerSchema => StoreOfNewerVersion,
        StoreRefusal.OlderThanAnchor => StoreOlderThanAnchor,
        StoreRefusal.AnchorMissing => AnchorMissing,
        StoreRefusal.ClockBeforeHistory => ClockBeforeHistory,
        StoreRefusal.WrongPassphrase => KeyPassphraseWrong,
        StoreRefusal.NotForProduction => StoreNotForProduction,
        StoreRefusal.Locked => StoreLocked,
        StoreRefusal.Damaged => DatabaseDamaged,
        StoreRefusal.NotWritable => StoreNotWritable,
    };

    public static ErrorCode Of(AuthorityRefusal refusal) => refusal switch
    {
        AuthorityRefusal.WrongPassphrase => KeyPassphraseWrong,
        AuthorityRefusal.Damaged => AuthorityDamaged,
    };

    public static ErrorCode? Of(AuthorityOpenOutcome outcome) => outcome switch
    {
        AuthorityOpenOutcome.Opened => null,
        AuthorityOpenOutcome.NotCreated => AuthorityMissing,
        AuthorityOpenOutcome.WrongPassphrase => KeyPassphraseWrong,
        AuthorityOpenOutcome.Damaged => AuthorityDamaged,
        _ => throw Closed(),
    };

    public static ErrorCode? Of(RootExportOutcome outcome) => outcome switch
    {
        RootExportOutcome.Exported => null,
        RootExportOutcome.NotHere => RootKeyNotHere,
        RootExportOutcome.WrongPassphrase => KeyPassphraseWrong,
        RootExportOutcome.TargetExists => ExportTargetExists,
        RootExportOutcome.TargetInsideDirectory => ExportTargetInsideData,
        RootExportOutcome.TargetNotWritable => ExportTargetNotWritable,
    };

    public static ErrorCode? Of(SeedOutcome outcome) => outcome switch
    {
        SeedOutcome.Seeded => null,
        SeedOutcome.NotPossible => SeedNotPossible,
        _ => throw Closed(),
    };

    public static ErrorCode? Of(DemoBankOutcome outcome) => outcome switch
    {
        DemoBankOutcome.Created or DemoBankOutcome.Present => null,
        DemoBankOutcome.NotEmpty => StoreNotEmpty,
    };

    public static ErrorCode? Of(ResetOutcome outcome) => outcome switch
    {
        ResetOutcome.Emptied => null,
        ResetOutcome.InUse => StoreInUse,
        ResetOutcome.NotDemo => StoreNotDemo,
    };

    public static ErrorCode Of(BackupRefusal refusal) => refusal switch
    {
        BackupRefusal.TargetExists => ExportTargetExists,
        BackupRefusal.TargetInsideDirectory => ExportTargetInsideData,
        BackupRefusal.TargetNotWritable => ExportTargetNotWritable,
        BackupRefusal.WrongPassphrase => KeyPassphraseWrong,
        BackupRefusal.Damaged => DatabaseDamaged,
        BackupRefusal.Locked => StoreLocked,
        BackupRefusal.NotRecorded => BackupNotRecorded,
    };

    public static ErrorCode Of(RestoreRefusal refusal) => refusal switch
    {
        RestoreRefusal.WrongPassphrase => KeyPassphraseWrong,
        RestoreRefusal.SignatureWrong => BackupSignatureWrong,
        RestoreRefusal.FileChanged => BackupFileChanged,
        RestoreRefusal.NewerFormat => BackupOfNewerVersion,
        RestoreRefusal.TargetNotEmpty => StoreNotEmpty,
        RestoreRefusal.TargetNotWritable => ExportTargetNotWritable,
    };

    public static ErrorCode Of(ReconcileRefusal refusal) => refusal switch
    {
        ReconcileRefusal.NothingThere => NothingToReconcile,
        ReconcileRefusal.NotAnEarlierState => NotAnEarlierState,
    };

    public static ErrorCode? Of(ReconcileOutcome outcome) => outcome switch
    {
        ReconcileOutcome.Done or ReconcileOutcome.AnchorBegun or ReconcileOutcome.NotNeeded => null,
        ReconcileOutcome.Refused refused => Of(refused.Reason),
        _ => throw Closed(),
    };

    public static ErrorCode? Of(ReconcileClockOutcome outcome) => outcome switch
    {
        ReconcileClockOutcome.Done or ReconcileClockOutcome.NotNeeded => null,
        _ => throw Closed(),
    };

    private static InvalidOperationException Closed() => new("The outcomes are closed.");
}
