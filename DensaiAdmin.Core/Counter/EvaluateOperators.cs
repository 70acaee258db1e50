using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.Counter;

/// <summary>
/// Two operators' passwords, evaluated without writing anything: for <c>reconcile</c>, whose data directory may not be written before it is
/// agreed on. A failure is not counted; who can run it has the hashes in front of him anyway.
/// </summary>
public sealed class EvaluateOperators(
    IDbContextFactory<DensaiDbContext> contexts, PasswordHasher hasher, AttemptPolicy attempts, TimeProvider clock)
{
    /// <summary>Whether two must agree; before that a bank has nobody who could.</summary>
    public async Task<bool> AreNeededAsync(CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return FirstStaff.IsOver(db);
    }

    /// <summary>Evaluates both, in the order given. A one-time password is none: it would have to be replaced first.</summary>
    public async Task<OperatorsOutcome> RunAsync(
        OperatorCredentials first, OperatorCredentials second, OperatorPair pair, CancellationToken cancellation = default)
    {
        var (one, failure) = await EvaluateAsync(first, cancellation);
        if (one is null)
        {
            return new OperatorsOutcome.Refused(first.LoginId, failure);
        }

        var (two, otherFailure) = await EvaluateAsync(second, cancellation);
        if (two is null)
        {
            return new OperatorsOutcome.Refused(second.LoginId, otherFailure);
        }

        if (AuthenticateOperators.Refuse(one, two, pair) is { } refusal)
        {
            return new OperatorsOutcome.Refused(null, refusal);
        }

        var (maker, approver) = AuthenticateOperators.InOrder(one, two);
        return new OperatorsOutcome.Authenticated(maker, approver);
    }

    private async Task<(User? Operator, OperatorRefusal Failure)> EvaluateAsync(OperatorCredentials typed, CancellationToken cancellation)
    {
        var canonical = LoginId.Canonical(typed.LoginId);
        User? user;
        await using (var db = await contexts.CreateDbContextAsync(cancellation))
        {
            user = await db.Users.AsNoTracking().SingleOrDefaultAsync(u => u.CanonicalLoginId == canonical, cancellation);
            if (canonical is not null && attempts.StateOf(db, canonical, PasswordPath.Operator, clock.GetUtcNow()).IsLocked)
            {
                return (null, OperatorRefusal.Locked);
            }
        }

        var mayAct = user is { IsBankStaff: true, DeletedAt: null, SuspendedAt: null, OneTimePasswordExpiresAt: null };
        return await hasher.MatchesAsync(PasswordLane.Staff, mayAct ? user!.LoginPassword : null, typed.Password, cancellation) switch
        {
            null => (null, OperatorRefusal.Busy),
            true => (user, default),
            false => (null, OperatorRefusal.WrongIdOrPassword),
        };
    }
}
