using System.Security.Cryptography;
using DensaiAdmin.Core.Acts;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Users;

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
/// Registers a clerk or an approver of the bank's counter with a one-time password. Given again for an operator who never used
/// the first one, with the same role, it makes a new one: a lost letter must not cost the login ID.
/// </summary>
public sealed class RegisterOperator(ActWriter acts, PasswordHasher hasher)
{
    private const int MostNameCharacters = 100;

    /// <summary>Registers an operator.</summary>
    /// <param name="loginId">As the operator will write it.</param>
    /// <param name="name">氏名.</param>
    /// <param name="role">窓口担当 or 窓口承認者.</param>
    /// <param name="source">Where it was asked from, for the history.</param>
    /// <param name="cancellation">Ends the wait for a hashing slot.</param>
    public async Task<RegisterOperatorOutcome> RunAsync(string loginId, string name, UserRole role, string source, CancellationToken cancellation = default)
    {
        if (role is not (UserRole.CounterClerk or UserRole.CounterApprover))
        {
            throw new ArgumentOutOfRangeException(nameof(role), role, "Not a role of the counter.");
        }

        if (LoginId.Canonical(loginId) is not { } canonical)
        {
            return Refused(RegisterOperatorRefusal.NotALoginId);
        }

        name = name.Trim();
        if (name.Length is 0 or > MostNameCharacters || name.Any(char.IsControl))
        {
            return Refused(RegisterOperatorRefusal.NotAName);
        }

        var oneTime = OneTimePassword.New();
        var login = await hasher.HashAsync(oneTime.AsSupplied(), cancellation);
        // Nobody knows this one: until the operator sets a 確認用パスワード there is none that is right.
        var confirmation = await hasher.HashAsync(new SuppliedPassword(RandomNumberGenerator.GetHexString(32)), cancellation);
        if (login is null || confirmation is null)
        {
            return Refused(RegisterOperatorRefusal.Busy);
        }

        return await acts.PerformAsync<RegisterOperatorOutcome>(
            act =>
            {
                var known = act.Db.Users.SingleOrDefault(u => u.CanonicalLoginId == canonical);
                var again = known is { OneTimePasswordExpiresAt: not null, DeletedAt: null } && known.Role == role;
                if (known is not null && !again)
                {
                    act.Record(Entry(known.LoginId, source, "login-id-taken") with { Result = HistoryResult.Refused });
                    return Refused(RegisterOperatorRefusal.LoginIdTaken);
                }

                var expiresAt = act.Now + OneTimePassword.Validity;
                if (known is null)
                {
                    known = new User(company: null, loginId.Trim(), name, mailAddress: "", role, login, confirmation, act.Now);
                    act.Db.Users.Add(known);
                }

                known.SetOneTimePassword(login, expiresAt);
                act.Db.SaveChanges();
                act.Record(Entry(known.LoginId, source, again ? "one-time-password-renewed" : "operator-registered") with
                {
                    TargetUserId = known.Id,
                    Value = role.ToString(),
                });
                return new RegisterOperatorOutcome.Registered(known.LoginId, oneTime, expiresAt);
            },
            cancellation);
    }

    private static RegisterOperatorOutcome.Refused Refused(RegisterOperatorRefusal reason) => new(reason);

    private static HistoryEntry Entry(string targetLoginId, string source, string detail) => new()
    {
        Operation = HistoryOperation.OperatorRegistration,
        Result = HistoryResult.Done,
        Source = source,
        TargetLoginId = targetLoginId,
        Detail = detail,
    };
}
