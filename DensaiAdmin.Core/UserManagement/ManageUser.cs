using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Core.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Core.UserManagement;

/// <summary>A user as a page showed it: what the next page acts on, or refuses when it changed meanwhile.</summary>
/// <param name="Data">Login ID, name and address.</param>
/// <param name="Role">利用者区分.</param>
/// <param name="IsSuspended">利用停止.</param>
/// <param name="Certificate">Serial of the newest certificate while it is not revoked; null without one.</param>
public sealed record ShownUser(UserData Data, UserRole Role, bool IsSuspended, SerialNumber? Certificate)
{
    /// <summary>The user as stored. Its newest certificate must be at hand.</summary>
    public static ShownUser Of(User user) => new(
        new(user.LoginId, user.Name, user.MailAddress), user.Role, user.SuspendedAt is not null,
        user.CurrentCertificate is { RevokedAt: null } certificate ? certificate.SerialNumber : null);

    /// <summary>What differs, in the order of the form.</summary>
    public IReadOnlyList<UserField> ChangedSince(ShownUser before)
    {
        var changed = new List<UserField>();
        Note(UserField.Name, Data.Name != before.Data.Name);
        Note(UserField.MailAddress, Data.MailAddress != before.Data.MailAddress);
        Note(UserField.Role, Role != before.Role);
        Note(UserField.Suspension, IsSuspended != before.IsSuspended);
        Note(UserField.Certificate, Certificate != before.Certificate);
        return changed;

        void Note(UserField field, bool differs)
        {
            if (differs)
            {
                changed.Add(field);
            }
        }
    }
}

/// <summary>What a confirm page showed and its 実行 sends.</summary>
/// <param name="Kind">Which act.</param>
/// <param name="UserId">The user shown; 0 for one who is to be registered.</param>
/// <param name="Shown">The user as shown; null for one who is to be registered.</param>
/// <param name="Becomes">What was entered, tidied: for registration and change.</param>
/// <param name="Submission">Key of the page: sent twice, it is one act.</param>
public sealed record UserRequest(UserOperationKind Kind, long UserId, ShownUser? Shown, UserData? Becomes, Guid Submission)
{
    /// <summary>What the 確認用パスワード must have been typed for.</summary>
    public ConfirmedOperation Confirmed => new(Operation, UserId, $"{Kind} {Shown} {Becomes}");

    /// <summary>The act as the history names it.</summary>
    public HistoryOperation Operation => Kind switch
    {
        UserOperationKind.Register => HistoryOperation.UserRegistration,
        UserOperationKind.Change => HistoryOperation.UserChange,
        UserOperationKind.Delete => HistoryOperation.UserDeletion,
        UserOperationKind.ResetPassword => HistoryOperation.PasswordReset,
        UserOperationKind.Suspend => HistoryOperation.Suspension,
        UserOperationKind.Release => HistoryOperation.Release,
        UserOperationKind.Unlock => HistoryOperation.Unlock,
        UserOperationKind.ChangePassword => HistoryOperation.PasswordChange,
    };
}

/// <summary>What came of an act on a user.</summary>
public abstract record ManageUserOutcome
{
    private ManageUserOutcome()
    {
    }

    /// <summary>Done, or done before by the same page.</summary>
    /// <param name="ReceiptNumber">受付番号.</param>
    /// <param name="InitialPassword">What registration and reset hand over; kept nowhere, so null when the same page asks again.</param>
    public sealed record Done(string ReceiptNumber, OneTimePassword? InitialPassword) : ManageUserOutcome;

    /// <summary>Nothing changed.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Changed">What another changed meanwhile, for <see cref="UserRefusal.ChangedMeanwhile"/>.</param>
    /// <param name="Faults">What cannot be stored, for <see cref="UserRefusal.NotUsable"/>.</param>
    public sealed record Refused(
        UserRefusal Reason, IReadOnlyList<UserField> Changed, IReadOnlyList<UserDataFault> Faults) : ManageUserOutcome
    {
        internal Refused(UserRefusal reason)
            : this(reason, [], [])
        {
        }
    }
}

/// <summary>
/// 利用者情報の管理 and 利用者停止・解除 by a master: in one act the user is changed, sessions and certificates end where they must (R20,
/// R21), and the history is written. A general user only; the counter does the same for masters, but for the
/// release of a password's lock (R14).
/// </summary>
public sealed class ManageUser(
    StoreWriter writer, SessionWatch sessions, AttemptPolicy attempts, PasswordHasher hasher, CrlSignal crl,
    IOptions<InstitutionOptions> institution)
{
    // As for a revocation: a person does not wait longer for a list that comes by itself.
    private static readonly TimeSpan MaxWaitForCrl = TimeSpan.FromSeconds(2);

    /// <summary>Does what the confirm page showed.</summary>
    public async Task<ManageUserOutcome> ByMasterAsync(
        Actor actor, UserRequest request, Confirmation confirmation, CancellationToken cancellation = default)
    {
        OneTimePassword? initial = null;
        PasswordHash? login = null;
        PasswordHash? unknown = null;
        if (request.Kind is UserOperationKind.Register or UserOperationKind.ResetPassword)
        {
            initial = OneTimePassword.New();
            login = await hasher.HashAsync(PasswordLane.Session, initial.AsSupplied(), cancellation);
            // Nobody knows this one: until the user sets a 確認用パスワード there is none that is right.
            unknown = await hasher.HashAsync(
                PasswordLane.Session, new SuppliedPassword(RandomNumberGenerator.GetHexString(32)), cancellation);
            if (login is null || unknown is null)
            {
                return new ManageUserOutcome.Refused(UserRefusal.Busy);
            }
        }

        // Of all that a master does here only a suspension keeps somebody out, and works whatever the clock says (R26).
        Func<Func<UnitOfWork, (ManageUserOutcome, DateTimeOffset?)>, CancellationToken, Task<(ManageUserOutcome, DateTimeOffset?)>> perform =
            request.Kind == UserOperationKind.Suspend ? writer.PerformAnyTimeAsync : writer.PerformAsync;
        var (outcome, crlSince) = await perform(
            work =>
            {
                if (sessions.Find(work.Db, actor.SessionId, work.Now).Live is not { } live)
                {
                    return (Refuse(work, request, UserRefusal.SessionEnded, actor.Source), null);
                }

                var by = live.User;
                var before = work.Db.UserOperations.SingleOrDefault(a => a.Submission == request.Submission);
                if (before is not null
                    && before.By == by.LoginId
                    && before.Kind == request.Kind
                    && (before.UserId == request.UserId || request.UserId == 0))
                {
                    return (new ManageUserOutcome.Done(before.ReceiptNumber, null), null);
                }

                var target = request.UserId == 0 ? null
                    : work.Db.Users.Include(u => u.CurrentCertificate).SingleOrDefault(
                        u => u.Id == request.UserId && u.CompanyId == live.CompanyId && u.CompanyId != null && u.DeletedAt == null);
                if (before is not null || !confirmation.Spend(by, request.Confirmed, work.Now))
                {
                    return (Refuse(work, request, UserRefusal.NotConfirmed, actor.Source, by, target), null);
                }

                if (by.Role != UserRole.Master)
                {
                    return (Refuse(work, request, UserRefusal.NotMaster, actor.Source, by, target), null);
                }

                if (request.Kind == UserOperationKind.Register)
                {
                    return (Register(work, by, request, actor.Source, initial!, login!, unknown!), null);
                }

                if (target is null)
                {
                    return (Refuse(work, request, UserRefusal.NoSuchUser, actor.Source, by), null);
                }

                if (ShownUser.Of(target).ChangedSince(request.Shown!) is { Count: > 0 } changed)
                {
                    Refuse(work, request, UserRefusal.ChangedMeanwhile, actor.Source, by, target);
                    return (new ManageUserOutcome.Refused(UserRefusal.ChangedMeanwhile, changed, []), null);
                }

                var locks = attempts.LocksOf(work.Db, [target.CanonicalLoginId], work.Now).GetValueOrDefault(target.CanonicalLoginId, []);
                if (UserPolicy.Evaluate(
                    request.Kind, target.Role, target.Id == by.Id, target.SuspendedAt is not null, locks) is { } refusal)
                {
                    return (Refuse(work, request, refusal, actor.Source, by, target), null);
                }

                var receipt = new UserOperation(request.Submission, request.Kind, target, by, work.Now);
                DateTimeOffset? listed = null;
                switch (request.Kind)
                {
                    case UserOperationKind.Suspend:
                        target.Suspend(work.Now);
                        receipt.SessionsEnded = sessions.EndAll(work, target.Id, SessionEndReason.UserSuspended);
                        Finish("suspended");
                        break;
                    case UserOperationKind.Release:
                        target.Release();
                        receipt.Detail = NextSteps.CauseOf(
                            target, work.Db.Companies.Single(c => c.Id == target.CompanyId).AuthenticationMethod, locks,
                            work.Now)?.ToString();
                        Finish("released", receipt.Detail);
                        break;
                    case UserOperationKind.Unlock:
                        attempts.Release(work, target.CanonicalLoginId);
                        receipt.Detail = string.Join(',', locks);
                        Finish("unlocked", receipt.Detail);
                        break;
                    case UserOperationKind.Change:
                        if (request.Becomes!.FaultsOfChange() is { Count: > 0 } faults)
                        {
                            Refuse(work, request, UserRefusal.NotUsable, actor.Source, by, target);
                            return (new ManageUserOutcome.Refused(UserRefusal.NotUsable, [], faults), null);
                        }

                        var stood = $"{target.Name} <{target.MailAddress}>";
                        target.Change(request.Becomes.Name, request.Becomes.MailAddress);
                        receipt = new UserOperation(request.Submission, request.Kind, target, by, work.Now)
                        {
                            Detail = string.Join(',', ShownUser.Of(target).ChangedSince(request.Shown!)),
                        };
                        // The history keeps what stood before, so that an address that was turned away can be followed.
                        Finish("changed", $"{receipt.Detail}: {stood}");
                        break;
                    case UserOperationKind.ResetPassword:
                        receipt.InitialPasswordExpiresAt = work.Now + OneTimePassword.Validity;
                        target.ResetPasswords(login!, unknown!, receipt.InitialPasswordExpiresAt.Value);
                        attempts.Release(work, target.CanonicalLoginId);
                        receipt.SessionsEnded = sessions.EndAll(work, target.Id, SessionEndReason.PasswordChanged);
                        Finish("initial-password-given");
                        break;
                    case UserOperationKind.Delete:
                        listed = Delete(work, by, target, receipt, actor.Source);
                        Finish("deleted", target.Name);
                        break;
                    default:
                        throw new ArgumentOutOfRangeException(nameof(request), request.Kind, "Not an act of a master.");
                }

                return (new ManageUserOutcome.Done(receipt.ReceiptNumber, initial), listed);

                void Finish(string detail, string? value = null)
                {
                    work.Db.UserOperations.Add(receipt);
                    work.Record(Entry(request, actor.Source, by, target) with
                    {
                        Result = HistoryResult.Done,
                        Detail = detail,
                        Value = value,
                        ReceiptNumber = receipt.ReceiptNumber,
                    });
                }
            },
            cancellation);
        if (crlSince is { } since)
        {
            try
            {
                await crl.WaitForAsync(since, MaxWaitForCrl, cancellation);
            }
            catch (OperationCanceledException)
            {
                // Done is done, whoever no longer waits for the list.
            }
        }

        return outcome;
    }

    private ManageUserOutcome Register(
        UnitOfWork work, User by, UserRequest request, string source, OneTimePassword initial, PasswordHash login, PasswordHash unknown)
    {
        var data = request.Becomes!;
        var faults = data.Faults(institution.Value).ToList();
        if (faults.Count == 0
            && LoginId.Canonical(data.LoginId) is { } canonical
            && work.Db.Users.Any(u => u.CanonicalLoginId == canonical))
        {
            faults.Add(UserDataFault.LoginIdTaken);
        }

        if (faults.Count > 0)
        {
            work.Record(Entry(request, source, by) with
            {
                TargetLoginId = data.LoginId,
                Detail = "user-refused",
                Value = string.Join(',', faults),
            });
            return new ManageUserOutcome.Refused(UserRefusal.NotUsable, [], faults);
        }

        var company = work.Db.Companies.Single(c => c.Id == by.CompanyId);
        var user = new User(company, data.LoginId, data.Name, data.MailAddress, UserRole.General, login, unknown, work.Now);
        var expiresAt = work.Now + OneTimePassword.Validity;
        user.SetOneTimePassword(login, expiresAt);
        if (!UserAdmission.TryAdd(work, company, user))
        {
            return Refuse(work, request, UserRefusal.LimitReached, source, by);
        }

        // Somebody may have tried the ID before it was given.
        attempts.Release(work, user.CanonicalLoginId);
        var receipt = new UserOperation(request.Submission, request.Kind, user, by, work.Now) { InitialPasswordExpiresAt = expiresAt };
        work.Db.UserOperations.Add(receipt);
        work.Record(Entry(
            request, source, by,
            user) with
        { Result = HistoryResult.Done, Detail = "registered", Value = user.Name, ReceiptNumber = receipt.ReceiptNumber });
        return new ManageUserOutcome.Done(receipt.ReceiptNumber, initial);
    }

    // R20: what the user holds ends with the user. A renewal that was not used yet leaves two certificates; both go.
    private DateTimeOffset? Delete(UnitOfWork work, User by, User target, UserOperation receipt, string source)
    {
        var revoked = new List<string>();
        foreach (var certificate in work.Db.Certificates.Where(c => c.UserId == target.Id && c.RevokedAt == null).ToList())
        {
            var reason = certificate.HasExpiredAt(work.Now)
                ? X509RevocationReason.CessationOfOperation
                : X509RevocationReason.AffiliationChanged;
            work.Revoke(certificate, by.LoginId, reason);
            work.Record(new HistoryEntry
            {
                Operation = HistoryOperation.Revocation,
                Result = HistoryResult.Done,
                CompanyId = by.CompanyId,
                UserId = by.Id,
                LoginId = by.LoginId,
                Source = source,
                TargetUserId = target.Id,
                TargetLoginId = target.LoginId,
                SerialNumber = certificate.SerialNumber.ToString(),
                Detail = "revoked-by-deletion",
                Value = reason.ToString(),
                ReceiptNumber = receipt.ReceiptNumber,
            });
            revoked.Add(certificate.SerialNumber.ToString());
        }

        if (revoked.Count > 0)
        {
            target.NoteCurrentRevoked(work.Now);
            receipt.SerialNumbers = string.Join(',', revoked);
            work.AfterCommit(crl.Request);
        }

        target.Delete(work.Now);
        receipt.SessionsEnded = sessions.EndAll(
            work, target.Id, revoked.Count > 0 ? SessionEndReason.CertificateRevoked : SessionEndReason.UserSuspended);
        return revoked.Count > 0 ? work.Now : null;
    }

    private static ManageUserOutcome.Refused Refuse(
        UnitOfWork work, UserRequest request, UserRefusal reason, string source, User? by = null, User? target = null)
    {
        work.Record(Entry(request, source, by, target) with
        {
            TargetLoginId = target?.LoginId
            ?? request.Becomes?.LoginId,
            Detail = "user-refused",
            Value = reason.ToString()
        });
        return new(reason);
    }

    // A target outside the acting company is not looked up at all, and so stays out of its records.
    private static HistoryEntry Entry(UserRequest request, string source, User? by, User? target = null) => new()
    {
        Operation = request.Operation,
        Result = HistoryResult.Refused,
        CompanyId = by?.CompanyId,
        UserId = by?.Id,
        LoginId = by?.LoginId,
        Source = source,
        TargetUserId = target?.Id,
        TargetLoginId = target?.LoginId,
        Detail = "user-refused",
    };
}
