using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Registry;
using Operation = DensaiAdmin.Core.Registry.HistoryOperation;
using Result = DensaiAdmin.Core.Registry.HistoryResult;

namespace DensaiAdmin.Core.Mail;

/// <summary>Who gets the mails of a record, as they stood then. Whoever has no address gets none.</summary>
internal enum MailAudience
{
    /// <summary>Whom the record is about, and nobody else.</summary>
    Owner,

    /// <summary>The owner and the masters of the owner's company (R14), but for suspended ones, who may have left it.</summary>
    OwnerAndMasters,

    /// <summary>
    /// These, and the address that the owner had before: whoever changed it may not have been meant to, and its reader is told too.
    /// </summary>
    OwnerMastersAndAddressBefore,

    /// <summary>Every operator of the bank.</summary>
    Operators,
}

/// <summary>Makes the text for one recipient.</summary>
internal delegate MailText MailWords(MailTexts texts, MailFacts of, Correspondent to, string number);

/// <summary>One kind of record, and the mail that it owes.</summary>
internal sealed record MailRule(Operation Operation, Result Result, string Detail, MailKind Kind, MailAudience To, MailWords Words)
{
    /// <summary>Which records of that kind owe it, where not all do.</summary>
    public Func<HistoryRecord, bool> Only { get; init; } = _ => true;
}

/// <summary>
/// Which record of the history owes which mail to whom. A record that has no row owes nothing; what the words need stands in the record or
/// is found by it.
/// </summary>
internal static class MailRules
{
    public static IReadOnlyList<MailRule> All { get; } =
    [
        new(Operation.Issue, Result.Done, "issued", MailKind.CertificateIssued, MailAudience.OwnerAndMasters,
            (texts, of, to, number) => texts.CertificateIssued(to, of.Owner, of.Certificate, number)),
        new(Operation.Renewal, Result.Done, "renewed", MailKind.CertificateRenewed, MailAudience.OwnerAndMasters,
            (texts, of, to, number) => texts.CertificateRenewed(to, of.Owner, of.Certificate, number)),
        new(Operation.Revocation, Result.Done, "revoked", MailKind.CertificateRevoked, MailAudience.OwnerAndMasters, Revoked),
        new(Operation.Revocation, Result.Done, "revoked-and-suspended", MailKind.CertificateRevoked, MailAudience.OwnerAndMasters, Revoked),

        new(Operation.Lock, Result.Refused, "locked", MailKind.ConfirmationLocked, MailAudience.OwnerAndMasters,
            (texts, of, to, number) => texts.ConfirmationLocked(to, of.Owner, of.Person, of.At, number))
        {
            // A login password opens by itself, and anybody outside can lock it.
            Only = record => record.Value == nameof(PasswordPath.Confirmation),
        },
        new(Operation.PasswordChange, Result.Done, "password-changed", MailKind.PasswordChanged, MailAudience.Owner,
            (texts, of, to, number) => texts.PasswordChanged(to, of.Person, of.ChangedPassword, of.At, number)),
        new(Operation.LoginReport, Result.Done, "login-not-mine", MailKind.LoginReported, MailAudience.OwnerAndMasters,
            (texts, of, to, number) => texts.LoginReported(
                to, of.Owner, of.Person, of.ReportedLogin, of.HasCertificate, of.At, of.ReceiptNumber, number)),

        new(Operation.LoginIdAcquisition, Result.Done, "login-id-acquired", MailKind.LoginIdAcquired, MailAudience.OwnerAndMasters,
            (texts, of, to, number) => texts.LoginIdAcquired(to, of.Owner, of.At, of.Method, number)),
        new(Operation.UserRegistration, Result.Done, "registered", MailKind.UserRegistered, MailAudience.OwnerAndMasters, Managed),
        new(Operation.UserChange, Result.Done, "changed", MailKind.UserChanged, MailAudience.OwnerMastersAndAddressBefore, Managed),
        new(Operation.UserDeletion, Result.Done, "deleted", MailKind.UserDeleted, MailAudience.OwnerAndMasters, Managed),
        new(Operation.Suspension, Result.Done, "suspended", MailKind.UserSuspended, MailAudience.OwnerAndMasters, Managed),
        new(Operation.Release, Result.Done, "released", MailKind.UserReleased, MailAudience.OwnerAndMasters, Managed),
        new(Operation.PasswordReset, Result.Done, "initial-password-given", MailKind.PasswordReset, MailAudience.OwnerAndMasters, Managed),
        new(Operation.Unlock, Result.Done, "unlocked", MailKind.PasswordUnlocked, MailAudience.OwnerAndMasters, Managed)
        {
            // A master's. At the counter the user is there.
            Only = record => record.ReceiptNumber is not null,
        },

        .. Enum.GetValues<AlarmKind>().Select(kind => new MailRule(
            Operation.Alarm, Result.Done, Alarms.Code(kind), MailKind.Alarm, MailAudience.Operators,
            (texts, of, to, number) => texts.Alarm(to, kind, of.AlarmFacts, of.At, number))),
    ];

    private static readonly Dictionary<(Operation, Result, string), MailRule> ByCode = All.ToDictionary(
        rule => (rule.Operation, rule.Result, rule.Detail));

    /// <summary>The rule of a record; null where it owes nothing.</summary>
    public static MailRule? Find(HistoryRecord record) =>
        ByCode.GetValueOrDefault((record.Operation, record.Result, record.Detail)) is { } rule && rule.Only(record) ? rule : null;

    /// <summary>Whether what an act recorded may owe a mail.</summary>
    public static bool MayOwe(HistoryEntry entry) => ByCode.ContainsKey((entry.Operation, entry.Result, entry.Detail));

    private static MailText Revoked(MailTexts texts, MailFacts of, Correspondent to, string number) =>
        texts.CertificateRevoked(to, of.Owner, of.Person, of.At, of.Reason, number);

    private static MailText Managed(MailTexts texts, MailFacts of, Correspondent to, string number) =>
        texts.UserManaged(of.Kind, to, of.Owner, of.Standing, of.By, of.At, number);
}
