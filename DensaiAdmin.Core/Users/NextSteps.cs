using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.Users;

/// <summary>Why somebody cannot log in or obtain a certificate, in the order in which the true one is found (R27).</summary>
public enum AccessCause
{
    /// <summary>利用者情報の削除.</summary>
    UserDeleted,

    /// <summary>利用停止 (R21). Said before anything about the certificate: who found a lost PC is not told how to go on.</summary>
    UserSuspended,

    /// <summary>Too many wrong login passwords; for a time.</summary>
    PasswordLocked,

    /// <summary>The initial password was not used in its time.</summary>
    InitialPasswordExpired,

    /// <summary>The company is under ID・パスワード方式 and needs no certificate (R2).</summary>
    PasswordMethod,

    /// <summary>有効期限切れ (R9, R10).</summary>
    CertificateExpired,

    /// <summary>失効済み.</summary>
    CertificateRevoked,

    /// <summary>Another certificate of the same user replaced it.</summary>
    CertificateSuperseded,

    /// <summary>未発行.</summary>
    CertificateNotIssued,

    /// <summary>発行済み: nothing keeps from logging in, but no second one is issued (R10).</summary>
    CertificateActive,
}

/// <summary>Who is told (R27): what helps one does not help another.</summary>
public enum PersonKind
{
    /// <summary>一般ユーザ, some master of whose company can log in.</summary>
    GeneralUser,

    /// <summary>一般ユーザ, no master of whose company can log in any more.</summary>
    GeneralUserAlone,

    /// <summary>マスターユーザ beside another one who can log in.</summary>
    Master,

    /// <summary>マスターユーザ, no other one of whose company can log in any more.</summary>
    MasterAlone,

    /// <summary>Staff of the bank.</summary>
    Staff,
}

/// <summary>What a person does next.</summary>
public enum NextStep
{
    /// <summary>Ask; a deleted user does not come back, another login ID is needed.</summary>
    BeRegisteredAnew,

    /// <summary>Have the suspension lifted.</summary>
    BeReleased,

    /// <summary>Wait, or have the lock released.</summary>
    WaitOrBeUnlocked,

    /// <summary>Have a new initial password issued.</summary>
    HavePasswordReissued,

    /// <summary>Log in with ID and password.</summary>
    LogInByPassword,

    /// <summary>Have the certificate revoked, then obtain another.</summary>
    HaveRevokedThenObtain,

    /// <summary>Obtain a certificate with login ID and login password.</summary>
    Obtain,

    /// <summary>Use the newer certificate.</summary>
    UseTheNewer,

    /// <summary>Use the certificate that there is, or have it revoked where it is lost.</summary>
    UseOrHaveRevoked,
}

/// <summary>Who helps with it.</summary>
public enum Helper
{
    /// <summary>The person alone.</summary>
    Nobody,

    /// <summary>マスターユーザ of the own company.</summary>
    Master,

    /// <summary>Another マスターユーザ of the own company.</summary>
    OtherMaster,

    /// <summary>The counter of the bank's branch.</summary>
    Counter,

    /// <summary>The bank's operators, for its own staff.</summary>
    Operators,
}

/// <summary>The next step for one person.</summary>
/// <param name="Step">What to do.</param>
/// <param name="Helper">Whom to ask.</param>
public sealed record Advice(NextStep Step, Helper Helper);

/// <summary>The one table of R27: state × person → cause, step, whom to ask. Everything that refuses somebody asks it.</summary>
public static class NextSteps
{
    /// <summary>The true cause among a user's states; null where nothing keeps the user from logging in.</summary>
    /// <param name="isDeleted">利用者情報の削除.</param>
    /// <param name="isSuspended">利用停止.</param>
    /// <param name="isLocked">Whether the login password is locked now.</param>
    /// <param name="initialPasswordExpired">Whether an initial password waited too long.</param>
    /// <param name="method">認証方式 of the company; null for staff.</param>
    /// <param name="certificate">証明書状態.</param>
    public static AccessCause? CauseOf(
        bool isDeleted, bool isSuspended, bool isLocked, bool initialPasswordExpired, AuthenticationMethod? method,
        CertificateStatus certificate) =>
        isDeleted ? AccessCause.UserDeleted
        : isSuspended ? AccessCause.UserSuspended
        : isLocked ? AccessCause.PasswordLocked
        : initialPasswordExpired ? AccessCause.InitialPasswordExpired
        : method == AuthenticationMethod.IdAndPassword ? null
        : certificate switch
        {
            CertificateStatus.Issued => null,
            CertificateStatus.Expired => AccessCause.CertificateExpired,
            CertificateStatus.Revoked => AccessCause.CertificateRevoked,
            CertificateStatus.NotIssued => AccessCause.CertificateNotIssued,
        };

    /// <summary>The same of a user as stored.</summary>
    /// <param name="user">The user.</param>
    /// <param name="method">認証方式 of the company; null for staff.</param>
    /// <param name="locks">Paths on which a password of the user is locked now.</param>
    /// <param name="now">UTC.</param>
    public static AccessCause? CauseOf(
        User user, AuthenticationMethod? method, IReadOnlyCollection<PasswordPath> locks, DateTimeOffset now) => CauseOf(
        user.DeletedAt is not null,
        user.SuspendedAt is not null,
        locks.Contains(method == AuthenticationMethod.IdAndPassword ? PasswordPath.Open : PasswordPath.Certificate),
        user.OneTimePasswordExpiresAt <= now,
        method,
        user.CertificateStatusAt(now));

    /// <summary>
    /// What this person does next, and who helps. A master's user, certificate and initial password are the counter's (R12).
    /// </summary>
    public static Advice For(AccessCause cause, PersonKind person) => cause switch
    {
        AccessCause.UserDeleted => new(NextStep.BeRegisteredAnew, ManagerOf(person)),
        AccessCause.UserSuspended => new(NextStep.BeReleased, ManagerOf(person)),
        AccessCause.PasswordLocked => new(NextStep.WaitOrBeUnlocked, person == PersonKind.Master ? Helper.OtherMaster : ManagerOf(person)),
        AccessCause.InitialPasswordExpired => new(NextStep.HavePasswordReissued, ManagerOf(person)),
        AccessCause.PasswordMethod => new(NextStep.LogInByPassword, Helper.Nobody),
        AccessCause.CertificateExpired => new(NextStep.HaveRevokedThenObtain, ManagerOf(person)),
        AccessCause.CertificateRevoked or AccessCause.CertificateNotIssued => new(NextStep.Obtain, Helper.Nobody),
        AccessCause.CertificateSuperseded => new(NextStep.UseTheNewer, Helper.Nobody),
        AccessCause.CertificateActive => new(NextStep.UseOrHaveRevoked, ManagerOf(person)),
    };

    /// <summary>Who this person is, as the store stands.</summary>
    /// <param name="db">The store, inside an act or beside it.</param>
    /// <param name="user">The user; company and role count.</param>
    /// <param name="now">UTC.</param>
    public static PersonKind PersonOf(DensaiDbContext db, User user, DateTimeOffset now) =>
        PersonOf(db, user.Id, user.CompanyId, user.Role, now);

    /// <summary>The same of a user who is not at hand as stored now.</summary>
    internal static PersonKind PersonOf(DensaiDbContext db, long userId, long? companyId, UserRole role, DateTimeOffset now) => PersonOf(
        role, companyId is not null && AbleMasters(db, now).Any(other => other.CompanyId == companyId && other.Id != userId));

    /// <summary>Who a person is, where the masters are known already.</summary>
    /// <param name="role">利用者区分.</param>
    /// <param name="hasAbleMaster">Whether another master of the company is among <see cref="AbleMasters"/>.</param>
    public static PersonKind PersonOf(UserRole role, bool hasAbleMaster) => role switch
    {
        UserRole.General => hasAbleMaster ? PersonKind.GeneralUser : PersonKind.GeneralUserAlone,
        UserRole.Master => hasAbleMaster ? PersonKind.Master : PersonKind.MasterAlone,
        UserRole.CounterClerk or UserRole.CounterApprover => PersonKind.Staff,
    };

    /// <summary>
    /// The masters who can log in. A lock ends by itself; whoever is suspended, deleted, without a certificate or with a spent initial
    /// password needs help first.
    /// </summary>
    /// <param name="db">The store.</param>
    /// <param name="now">UTC.</param>
    public static IQueryable<User> AbleMasters(DensaiDbContext db, DateTimeOffset now)
    {
        // notAfter is the last second in which a certificate is valid.
        var before = now.AddSeconds(-1);
        return db.Users.AsNoTracking().Where(master =>
            master.Role == UserRole.Master && master.DeletedAt == null && master.SuspendedAt == null
            && (master.OneTimePasswordExpiresAt == null || master.OneTimePasswordExpiresAt > now)
            && (master.Company!.AuthenticationMethod == AuthenticationMethod.IdAndPassword
                || (master.CertificateRevokedAt == null && master.CertificateNotAfter > before)));
    }

    /// <summary>Who manages this person: whom to ask where no step says otherwise. A master's user is the counter's (R12).</summary>
    public static Helper ManagerOf(PersonKind person) => person switch
    {
        PersonKind.GeneralUser => Helper.Master,
        PersonKind.GeneralUserAlone or PersonKind.Master or PersonKind.MasterAlone => Helper.Counter,
        PersonKind.Staff => Helper.Operators,
    };
}
