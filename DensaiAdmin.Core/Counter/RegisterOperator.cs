using System.Security.Cryptography;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;

namespace DensaiAdmin.Core.Counter;

/// <summary>Why an operator was not registered.</summary>
public enum RegisterOperatorRefusal
{
    /// <summary>Empty, too long, or with characters that no login ID has.</summary>
    NotALoginId,

    /// <summary>Empty or longer than 100 characters.</summary>
    NotAName,

    /// <summary>Somebody has or had that login ID; IDs are never given twice.</summary>
    LoginIdTaken,

    /// <summary>Too many passwords are being hashed; try again.</summary>
    Busy,

    /// <summary>Not the mail address of one person.</summary>
    NotAMailAddress,

    /// <summary>Two operators must agree: two have passwords of their own already, or this one has.</summary>
    NeedsTwoOperators,

    /// <summary>Nobody agrees to the re-issue of their own passwords.</summary>
    OwnPasswords,
}

/// <summary>An operator to be registered, or to be given a new one-time password.</summary>
/// <param name="LoginId">As the operator will write it.</param>
/// <param name="Name">氏名.</param>
/// <param name="Role">窓口担当 or 窓口承認者.</param>
/// <param name="MailAddress">Where the bank writes to; null where none was given.</param>
/// <param name="Source">Where it was asked from, for the history.</param>
public sealed record StaffRegistration(string LoginId, string Name, UserRole Role, string? MailAddress, string Source);

/// <summary>On whose word an operator is registered.</summary>
public abstract record RegistrationWarrant
{
    private RegistrationWarrant()
    {
    }

    /// <summary>Nobody's: enough while a bank has no two operators with passwords of their own.</summary>
    public sealed record OfFirstStaff : RegistrationWarrant;

    /// <summary>Two operators', one of them an approver.</summary>
    public sealed record OfOperators(OperatorApproval Approval) : RegistrationWarrant;

    /// <summary>Break-glass, where too few operators are left: somebody has the root's key and its passphrase.</summary>
    public sealed record OfRootKey(RootKeyProof Proof) : RegistrationWarrant;

    /// <summary>Development asks nobody.</summary>
    public sealed record OfDevelopment : RegistrationWarrant;
}

/// <summary>What came of registering an operator.</summary>
public abstract record RegisterOperatorOutcome
{
    private RegisterOperatorOutcome()
    {
    }

    /// <summary>Registered. The password is known to nobody else and is not kept.</summary>
    /// <param name="LoginId">As stored.</param>
    /// <param name="Password">To be handed to the operator.</param>
    /// <param name="ExpiresAt">Until when it works, UTC.</param>
    public sealed record Registered(string LoginId, OneTimePassword Password, DateTimeOffset ExpiresAt) : RegisterOperatorOutcome;

    /// <summary>Nothing changed.</summary>
    public sealed record Refused(RegisterOperatorRefusal Reason) : RegisterOperatorOutcome;
}

/// <summary>
/// Registers a clerk or an approver of the bank's counter with a one-time password. Given again for a known operator of the same role,
/// it makes a new one: a lost letter or a forgotten password must not cost the login ID. Nobody does it alone once two operators have
/// passwords of their own.
/// </summary>
public sealed class RegisterOperator(
    StoreWriter writer, PasswordHasher hasher, AttemptPolicy attempts, SessionWatch sessions, Alarms alarms)
{
    private const int MaxNameCharacters = 100;

    /// <summary>Registers an operator.</summary>
    /// <param name="registration">Whom.</param>
    /// <param name="warrant">On whose word.</param>
    /// <param name="cancellation">Ends the wait for a hashing slot.</param>
    /// <exception cref="OperatorApprovalLapsedException">Who agreed is no operator any more.</exception>
    public async Task<RegisterOperatorOutcome> RunAsync(
        StaffRegistration registration, RegistrationWarrant warrant, CancellationToken cancellation = default)
    {
        var (loginId, role, source) = (registration.LoginId.Trim(), registration.Role, registration.Source);
        if (role is not (UserRole.CounterClerk or UserRole.CounterApprover))
        {
            throw new ArgumentOutOfRangeException(nameof(registration), role, "Not a role of the counter.");
        }

        if (Evaluate(registration) is { } unusable)
        {
            return Refused(unusable);
        }

        var (canonical, name) = (LoginId.Canonical(loginId)!, registration.Name.Trim());
        var mail = registration.MailAddress is { } typed ? MailAddressPolicy.Tidy(typed) : null;
        var oneTime = OneTimePassword.New();
        var login = await hasher.HashAsync(PasswordLane.Staff, oneTime.AsSupplied(), cancellation);
        // Nobody knows this one: until the operator sets a 確認用パスワード there is none that is right.
        var confirmation = await hasher.HashAsync(
            PasswordLane.Staff, new SuppliedPassword(RandomNumberGenerator.GetHexString(32)), cancellation);
        if (login is null || confirmation is null)
        {
            return Refused(RegisterOperatorRefusal.Busy);
        }

        return await writer.PerformAsync<RegisterOperatorOutcome>(
            work =>
            {
                var by = (warrant as RegistrationWarrant.OfOperators)?.Approval.Verify(work.Db, work.Now);
                var entry = Entry(loginId, source) with { UserId = by?.Id, LoginId = by?.LoginId };
                var known = work.Db.Users.SingleOrDefault(u => u.CanonicalLoginId == canonical);
                if (known is not null && (known.DeletedAt is not null || known.Role != role))
                {
                    work.Record(entry with { TargetLoginId = known.LoginId, Detail = "login-id-taken" });
                    return Refused(RegisterOperatorRefusal.LoginIdTaken);
                }

                var isReset = known is not null && FirstStaff.HasSetOwnPasswords(work.Db, known);
                if (Refuse(work, warrant, known, isReset) is { } refusal)
                {
                    work.Record(entry with { TargetUserId = known?.Id, Detail = "operator-not-registered", Value = refusal.ToString() });
                    return Refused(refusal);
                }

                var expiresAt = work.Now + OneTimePassword.Validity;
                var detail = known is null ? "operator-registered" : isReset ? "operator-passwords-reset" : "one-time-password-renewed";
                if (known is null)
                {
                    known = new User(company: null, loginId, name, mail ?? "", role, login, confirmation, work.Now);
                    work.Db.Users.Add(known);
                }
                else if (mail is not null)
                {
                    known.Change(known.Name, mail);
                }

                known.ResetPasswords(login, confirmation, expiresAt);
                // Somebody may have tried the ID before it was given; and a new password begins with none of the old one's failures.
                attempts.Release(work, canonical);
                work.Db.SaveChanges();
                sessions.EndAll(work, known.Id, SessionEndReason.PasswordChanged);
                work.Record(entry with
                {
                    Result = HistoryResult.Done,
                    TargetUserId = known.Id,
                    TargetLoginId = known.LoginId,
                    Detail = detail,
                    Value = role.ToString(),
                });
                if (warrant is RegistrationWarrant.OfRootKey)
                {
                    work.Record(entry with
                    {
                        Result = HistoryResult.Done,
                        TargetUserId = known.Id,
                        TargetLoginId = known.LoginId,
                        Detail = "operator-recovered",
                    });
                    alarms.Raise(
                        work, AlarmKind.BreakGlass, $"{canonical} {work.Now:O}", new() { Source = source, LoginId = known.LoginId });
                }

                return new RegisterOperatorOutcome.Registered(known.LoginId, oneTime, expiresAt);
            },
            cancellation);
    }

    /// <summary>Whether what was written can be stored at all, whoever agrees: told before anybody is asked for a password.</summary>
    /// <returns>Why not; null where it can.</returns>
    public static RegisterOperatorRefusal? Evaluate(StaffRegistration registration)
    {
        var name = registration.Name.Trim();
        return LoginId.Canonical(registration.LoginId.Trim()) is null ? RegisterOperatorRefusal.NotALoginId
            : name.Length is 0 or > MaxNameCharacters || name.Any(char.IsControl) ? RegisterOperatorRefusal.NotAName
            : registration.MailAddress is { } typed && MailAddressPolicy.Evaluate(MailAddressPolicy.Tidy(typed)) is not null
            ? RegisterOperatorRefusal.NotAMailAddress
            : null;
    }

    /// <summary>Records that break-glass was tried with a file or a passphrase that does not open the root's key.</summary>
    public Task RefuseRecoveryAsync(string loginId, string source, CancellationToken cancellation = default) => writer.PerformAnyTimeAsync(
        work =>
        {
            work.Record(Entry(loginId, source) with { Detail = "operator-recovery-refused" });
            return true;
        },
        cancellation);

    private static RegisterOperatorRefusal? Refuse(
        UnitOfWork work, RegistrationWarrant warrant, User? known, bool isReset) => warrant switch
        {
            RegistrationWarrant.OfFirstStaff when isReset || FirstStaff.IsOver(work.Db) => RegisterOperatorRefusal.NeedsTwoOperators,
            RegistrationWarrant.OfOperators two when known is not null
                && two.Approval.Includes(known.Id) => RegisterOperatorRefusal.OwnPasswords,
            _ => null,
        };

    private static RegisterOperatorOutcome.Refused Refused(RegisterOperatorRefusal reason) => new(reason);

    private static HistoryEntry Entry(string targetLoginId, string source) => new()
    {
        Operation = HistoryOperation.OperatorRegistration,
        Result = HistoryResult.Refused,
        Source = source,
        TargetLoginId = targetLoginId,
        Detail = "",
    };
}
