using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;

namespace DensaiAdmin.Core.Passwords;

/// <summary>
/// An operator who vouched for an act is, at the act, no longer what he was when his password was verified. Nothing was done.
/// </summary>
public sealed class OperatorApprovalLapsedException() : Exception(
    "An operator's role, standing or password changed between approval and act.");

/// <summary>
/// Who of the bank answers for an act that nobody may do alone. What was verified of each operator is verified again inside the act:
/// between password and act a role may be taken away.
/// </summary>
public sealed class OperatorApproval
{
    private readonly Vouched[] _operators;

    /// <param name="operators">Whose passwords were right; the one who asks comes first.</param>
    internal OperatorApproval(params User[] operators) =>
        _operators = [.. operators.Select(u => new Vouched(u.Id, u.LoginId, u.Role, new EvaluatedPassword(u, PasswordKind.Login)))];

    /// <summary>Where the installation asks for no operator and none was named (Development).</summary>
    public static OperatorApproval OfNobody { get; } = new();

    /// <summary>The operator who asked; null where there is none.</summary>
    public long? MakerId => _operators.FirstOrDefault()?.Id;

    /// <summary>The operators' login IDs, for the history.</summary>
    internal IEnumerable<string> LoginIds => _operators.Select(o => o.LoginId);

    /// <summary>One named operator whom nobody asked for a password (Development).</summary>
    public static OperatorApproval OfOne(User named) => new(named);

    internal bool Includes(long userId) => _operators.Any(o => o.Id == userId);

    /// <summary>Evaluates again, inside the act, what was evaluated when the passwords were typed.</summary>
    /// <param name="db">The store inside the act.</param>
    /// <param name="at">Instant of the act, UTC.</param>
    /// <returns>The operator who asked, as stored now; null where there is none.</returns>
    /// <exception cref="OperatorApprovalLapsedException">One of them lost role, standing or password meanwhile.</exception>
    internal User? Verify(DensaiDbContext db, DateTimeOffset at)
    {
        User? maker = null;
        foreach (var vouched in _operators)
        {
            var now = Find(db, vouched.Id);
            if (now is null || now.Role != vouched.Role || !vouched.Password.IsStillOf(now, at))
            {
                throw new OperatorApprovalLapsedException();
            }

            maker ??= now;
        }

        return maker;
    }

    /// <summary>An operator who may act: staff of the bank, neither suspended nor deleted.</summary>
    internal static User? Find(DensaiDbContext db, long userId) =>
        db.Users.SingleOrDefault(u => u.Id == userId
            && u.SuspendedAt == null
            && u.DeletedAt == null
            && (u.Role == UserRole.CounterClerk || u.Role == UserRole.CounterApprover));

    private sealed record Vouched(long Id, string LoginId, UserRole Role, EvaluatedPassword Password);
}
