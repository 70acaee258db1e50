using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Core.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Core.UserManagement;

/// <summary>
/// 利用者情報の管理 and 利用者停止・解除 by a master: in one act the user is changed, sessions and certificates end where they must (R20,
/// R21), and the history is written. A general user only; the counter does the same for masters, but for the
/// release of a password's lock (R14).
/// </summary>
public sealed class ManageUser(
    StoreWriter writer, SessionWatch sessions, AttemptPolicy attempts, PasswordHasher hasher, CrlSignal crl,
    Confirmation.Check confirmations, IOptions<InstitutionOptions> institution)
{
    /// <summary>Does what the confirm page showed.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="request">What the page showed.</param>
    /// <param name="password">The 確認用パスワード, as typed.</param>
    /// <param name="cancellation">Ends the waits.</param>
    public async Task<ManageUserOutcome> ByMasterAsync(
        Actor actor, UserRequest request, SuppliedPassword password, CancellationToken cancellation = default)
    {
        var (outcome, crlSince) = await confirmations.EvaluateAsync<(ManageUserOutcome, DateTimeOffset?)>(
            actor, request.Confirmed, password, confirmation => ManageAsync(actor, request, confirmation, cancellation),
            why => (new ManageUserOutcome.Unconfirmed(why), null), cancellation);
        if (crlSince is { } since)
        {
            try
            {
                await crl.WaitForAsync(since, cancellation);
            }
            catch (OperationCanceledException)
            {
                // Done is done, whoever no longer waits for the list.
            }
        }

        return outcome;
    }

    /// <summary>The act for which the 確認用パスワード was typed.</summary>
    /// <returns>What came of it, and since when a list is to say so.</returns>
    internal async Task<(ManageUserOutcome Outcome, DateTimeOffset? CrlSince)> ManageAsync(
        Actor actor, UserRequest request, Confirmation confirmation, CancellationToken cancellation)
    {
        InitialPassword? initial = null;
        if (request.Kind is UserOperationKind.Register or UserOperationKind.ResetPassword)
        {
            initial = await InitialPassword.NewAsync(hasher, PasswordLane.Session, cancellation);
            if (initial is null)
            {
                return (new ManageUserOutcome.Refused(UserRefusal.Busy), null);
            }
        }

        // Of all that a master does here only a suspension keeps somebody out, and works whatever the clock says (R26).
        return request.Kind == UserOperationKind.Suspend
            ? await writer.PerformAnyTimeAsync(Act, cancellation)
            : await writer.PerformAsync(Act, cancellation);

        (ManageUserOutcome, DateTimeOffset?) Act(UnitOfWork work) => Perform(work, actor, request, confirmation, initial);
    }

    // Evaluates everything anew inside the act.
    private (ManageUserOutcome Outcome, DateTimeOffset? CrlSince) Perform(
        UnitOfWork work, Actor actor, UserRequest request, Confirmation confirmation, InitialPassword? initial)
    {
        confirmation.SettleAttempt(work);
        if (sessions.Find(work.Db, actor.SessionId, work.Now).Live is not { } live)
        {
            return (Refuse(work, request, UserRefusal.SessionEnded, actor.Source), null);
        }

        var by = live.User;
        // Unique in the whole bank, whoever used it.
        var before = work.Db.UserOperations.IgnoreQueryFilters([DensaiDbContext.CompanyFilter])
            .SingleOrDefault(a => a.Submission == request.Submission);
        if (before is not null && IsTheSame(before, request, by))
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

        var act = new UserAct(work, by, actor.Source, request.Submission);
        if (request.Kind == UserOperationKind.Register)
        {
            var company = work.Db.Companies.Single(c => c.Id == by.CompanyId);
            return Told(RegisterUser.Run(act, company, request.Becomes!, initial!, attempts, institution.Value));
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

        return Told(request.Kind switch
        {
            UserOperationKind.Change => ChangeUser.Run(act, target, request.Becomes!),
            UserOperationKind.Delete => DeleteUser.Run(act, target, sessions, crl),
            UserOperationKind.Suspend => SuspendUser.Run(act, target, sessions),
            UserOperationKind.Release => ReleaseUser.Run(act, target, locks),
            UserOperationKind.Unlock => UnlockPasswords.Run(act, target, locks, attempts),
            UserOperationKind.ResetPassword => ResetPasswords.Run(act, target, initial!, attempts, sessions),
            _ => throw new ArgumentOutOfRangeException(nameof(request), request.Kind, "Not an act of a master."),
        });

        (ManageUserOutcome, DateTimeOffset?) Told(UserActOutcome outcome)
        {
            switch (outcome)
            {
                case UserActOutcome.Done { Receipt: var receipt }:
                    return (
                        new ManageUserOutcome.Done(receipt.ReceiptNumber, initial?.ToHandOver),
                        receipt.SerialNumbers is null ? null : receipt.At);
                case UserActOutcome.LimitReached:
                    return (Refuse(work, request, UserRefusal.LimitReached, actor.Source, by), null);
                case UserActOutcome.NotUsable { Faults: var faults }:
                    Refuse(
                        work, request, UserRefusal.NotUsable, actor.Source, by, target, target is null ? string.Join(',', faults) : null);
                    return (new ManageUserOutcome.Refused(UserRefusal.NotUsable, [], faults), null);
                default:
                    throw new InvalidOperationException($"Nothing is told of {outcome}.");
            }
        }
    }

    // The same page sent again gets the same answer; its key used for something else confirms nothing.
    private static bool IsTheSame(UserOperation before, UserRequest request, User by) =>
        before.By == by.LoginId && before.Kind == request.Kind && (before.UserId == request.UserId || request.UserId == 0);

    // A target outside the acting company is not looked up at all, and so stays out of its records.
    private static ManageUserOutcome.Refused Refuse(
        UnitOfWork work, UserRequest request, UserRefusal reason, string source, User? by = null, User? target = null,
        string? value = null)
    {
        work.Record(new HistoryEntry
        {
            Operation = request.Operation,
            Result = HistoryResult.Refused,
            CompanyId = by?.CompanyId,
            UserId = by?.Id,
            LoginId = by?.LoginId,
            Source = source,
            TargetUserId = target?.Id,
            TargetLoginId = target?.LoginId ?? request.Becomes?.LoginId,
            Detail = "user-refused",
            Value = value ?? reason.ToString(),
        });
        return new(reason);
    }
}
