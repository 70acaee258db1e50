using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Core.Passwords;

/// <summary>Limits of password attempts. Section <c>Passwords</c>.</summary>
public sealed class PasswordOptions
{
    public const string Section = "Passwords";

    /// <summary>Failures in a row after which a path is locked. Default 5.</summary>
    [SettingNumber(1, 100, "回", "failures")]
    public int FailuresUntilLock { get; set; } = 5;

    /// <summary>Minutes a login path stays locked. The 確認用パスワード stays locked until it is released. Default 15.</summary>
    [SettingNumber(1, 1440, "分", "minutes")]
    public double LockMinutes { get; set; } = 15;

    /// <summary>Attempts that one network source may make per minute without a certificate. Default 20.</summary>
    [SettingNumber(1, 10_000, "回", "attempts a minute")]
    public int OpenAttemptsPerSourceAndMinute { get; set; } = 20;

    /// <summary>Least characters of a login password (R23). Default 15.</summary>
    [SettingNumber(15, 128, "文字", "characters")]
    public int MinLoginCharacters { get; set; } = 15;

    /// <summary>Least characters of a 確認用パスワード (R23). Default 8.</summary>
    [SettingNumber(8, 128, "文字", "characters")]
    public int MinConfirmationCharacters { get; set; } = 8;

    /// <summary>Most characters of a new password (R23), at most <see cref="SuppliedPassword.MaxCharacters"/>. Default 128.</summary>
    [SettingNumber(15, SuppliedPassword.MaxCharacters, "文字", "characters")]
    public int MaxCharacters { get; set; } = SuppliedPassword.MaxCharacters;
}

/// <summary>Where a path stands.</summary>
/// <param name="AttemptsLeft">Wrong attempts that remain before it locks.</param>
/// <param name="IsLocked">Whether it is locked now.</param>
/// <param name="LockedUntil">UTC; null when not locked, or locked until someone releases it.</param>
/// <param name="HasJustLocked">
/// Whether the attempt that was taken is the last one: it is still evaluated, and when it is wrong the path is locked.
/// </param>
public sealed record AttemptState(int AttemptsLeft, bool IsLocked, DateTimeOffset? LockedUntil, bool HasJustLocked = false);

/// <summary>
/// The lock rule (R14, R23). An attempt is paid for before the password is looked at: however many come at once, no more
/// than the limit are ever evaluated.
/// </summary>
public sealed class AttemptPolicy(IOptions<PasswordOptions> options)
{
    /// <summary>
    /// How long failures without a certificate count when no other follows. Four tries in so long are fewer than the lock itself lets
    /// through, and anybody can make such rows for IDs that nobody has: they must not stay.
    /// </summary>
    public static readonly TimeSpan OpenFailuresCountFor = TimeSpan.FromHours(1);

    private const int ForgottenAtOnce = 1000;

    private int Limit => options.Value.FailuresUntilLock;

    /// <summary>Where a path stands on which nothing was tried.</summary>
    public AttemptState Untouched => new(Limit, false, null);

    /// <summary>Takes one attempt. When the answer is locked, the password must not be evaluated.</summary>
    /// <param name="work">The act.</param>
    /// <param name="canonicalLoginId">The ID that was given, known or not.</param>
    /// <param name="path">The way it is tried.</param>
    /// <param name="user">Whose ID it is; null when nobody has it.</param>
    public AttemptState Take(UnitOfWork work, string canonicalLoginId, PasswordPath path, User? user = null)
    {
        var attempts = Find(work.Db, canonicalLoginId, path);
        if (attempts is null)
        {
            attempts = new PasswordAttempts(KeyOf(canonicalLoginId), path);
            work.Db.PasswordAttempts.Add(attempts);
        }

        if (user is not null && attempts.UserId is null)
        {
            attempts.AssignTo(user.Id, user.CompanyId);
        }

        var before = StateOf(attempts, work.Now);
        if (before.IsLocked)
        {
            return before;
        }

        if (attempts.LockedAt is not null || IsForgotten(attempts, work.Now))
        {
            attempts.Clear();
        }

        attempts.Count(work.Now, locks: attempts.Failures + 1 >= Limit);
        // The lock begins with this attempt's failure; the attempt itself may still be evaluated.
        return new AttemptState(Math.Max(0, Limit - attempts.Failures), false, null, HasJustLocked: attempts.LockedAt is not null);
    }

    /// <summary>
    /// The last attempt was wrong: the path is locked from now on, and one record with it says whose, from where (R22), so that a master
    /// can ask who locked whom. The attempt itself had locked the path before, for a program that is killed in between. Of an ID that
    /// nobody has there is no record: nobody is locked out, and anybody could make it.
    /// </summary>
    /// <returns>False when somebody released the path meanwhile.</returns>
    public bool Lock(UnitOfWork work, PasswordSubmission submission)
    {
        if (Find(work.Db, submission.CanonicalLoginId, submission.Path) is not { LockedAt: not null } attempts)
        {
            return false;
        }

        attempts.Lock(work.Now);
        if (submission.User is { } user)
        {
            work.Record(new HistoryEntry
            {
                Operation = HistoryOperation.Lock,
                Result = HistoryResult.Refused,
                CompanyId = user.CompanyId,
                UserId = user.Id,
                LoginId = user.LoginId,
                Source = submission.Source,
                TargetUserId = user.Id,
                TargetLoginId = user.LoginId,
                Detail = "locked",
                Value = submission.Path.ToString(),
            });
        }

        return true;
    }

    /// <summary>Gives the attempts back after a right password. Nothing is kept of who has nothing to be forgiven.</summary>
    public void Forgive(UnitOfWork work, string canonicalLoginId, PasswordPath path)
    {
        if (Find(work.Db, canonicalLoginId, path) is { } attempts)
        {
            work.Db.PasswordAttempts.Remove(attempts);
        }
    }

    /// <summary>Releases every path of a login ID, and forgets failures that had not locked yet.</summary>
    /// <returns>The paths on which there was something to forget.</returns>
    public IReadOnlyList<PasswordPath> Release(UnitOfWork work, string canonicalLoginId)
    {
        var key = KeyOf(canonicalLoginId);
        var counted = OfAnybody(work.Db).Where(a => a.Key == key && a.Failures > 0).ToList();
        counted.ForEach(a => a.Clear());
        return [.. counted.Select(a => a.Path).Order()];
    }

    /// <summary>Gives one attempt back that was never evaluated.</summary>
    public void GiveBack(UnitOfWork work, string canonicalLoginId, PasswordPath path) => Find(work.Db, canonicalLoginId, path)?.Uncount();

    /// <summary>Removes rows that count for nothing any more, so that invented IDs leave none behind.</summary>
    /// <returns>True when more are left: acts of others come in between.</returns>
    public bool RemoveForgotten(UnitOfWork work)
    {
        var before = work.Now - KeptFor;
        var forgotten = work.Db.PasswordAttempts
            .Where(a => (a.Path == PasswordPath.Open || a.Path == PasswordPath.Operator) && a.LastAttemptAt <= before)
            .OrderBy(a => a.Id)
            .Select(a => a.Id)
            .Take(ForgottenAtOnce)
            .ToList();
        work.Db.PasswordAttempts.Where(a => forgotten.Contains(a.Id)).ExecuteDelete();
        return forgotten.Count == ForgottenAtOnce;
    }

    /// <summary>The paths that are locked now, by login ID; who has none is not in it.</summary>
    /// <param name="db">The store.</param>
    /// <param name="canonicalLoginIds">Whose: those of one page at most.</param>
    /// <param name="now">At which instant.</param>
    public IReadOnlyDictionary<string, IReadOnlyList<PasswordPath>> LocksOf(
        DensaiDbContext db, IEnumerable<string> canonicalLoginIds, DateTimeOffset now)
    {
        var keys = canonicalLoginIds.ToDictionary(KeyOf);
        return Locked(OfAnybody(db).Where(a => keys.Keys.Contains(a.Key)), now)
            .GroupBy(a => keys[a.Key], a => a.Path, StringComparer.Ordinal)
            .ToDictionary(locked => locked.Key, IReadOnlyList<PasswordPath> (locked) => [.. locked.Order()], StringComparer.Ordinal);
    }

    /// <summary>The users of a company who have a path that is locked now.</summary>
    /// <param name="db">The store.</param>
    /// <param name="companyId">The company: no row of another's, and none of IDs that nobody has, is read.</param>
    /// <param name="now">At which instant.</param>
    public IReadOnlyList<long> LockedUsersOf(DensaiDbContext db, long companyId, DateTimeOffset now) =>
        [.. Locked(db.PasswordAttempts.Where(a => a.CompanyId == companyId), now).Select(a => a.UserId).OfType<long>().Distinct()];

    // Until when a lock holds is a setting, which the store does not know.
    private IEnumerable<PasswordAttempts> Locked(IQueryable<PasswordAttempts> attempts, DateTimeOffset now) =>
        attempts.AsNoTracking().Where(a => a.LockedAt != null).AsEnumerable().Where(a => StateOf(a, now).IsLocked);

    /// <summary>How a path stands now, without taking an attempt.</summary>
    public AttemptState StateOf(DensaiDbContext db, string canonicalLoginId, PasswordPath path, DateTimeOffset now) =>
        Find(db, canonicalLoginId, path) is { } attempts ? StateOf(attempts, now) : Untouched;

    private AttemptState StateOf(PasswordAttempts attempts, DateTimeOffset now)
    {
        if (IsForgotten(attempts, now))
        {
            return Untouched;
        }

        if (attempts.LockedAt is not { } lockedAt)
        {
            return new AttemptState(Math.Max(0, Limit - attempts.Failures), false, null);
        }

        if (attempts.Path == PasswordPath.Confirmation)
        {
            return new AttemptState(0, true, null);
        }

        var until = lockedAt.AddMinutes(options.Value.LockMinutes);
        return now < until ? new AttemptState(0, true, until) : Untouched;
    }

    private TimeSpan KeptFor
    {
        get
        {
            var locked = TimeSpan.FromMinutes(options.Value.LockMinutes);
            return locked > OpenFailuresCountFor ? locked : OpenFailuresCountFor;
        }
    }

    // Rows of the other paths stand behind a certificate or a session: there are no more of them than users.
    private bool IsForgotten(PasswordAttempts attempts, DateTimeOffset now) =>
        attempts.Path is PasswordPath.Open or PasswordPath.Operator && now >= attempts.LastAttemptAt + KeptFor;

    private static PasswordAttempts? Find(DensaiDbContext db, string canonicalLoginId, PasswordPath path)
    {
        var key = KeyOf(canonicalLoginId);
        return OfAnybody(db).SingleOrDefault(a => a.Key == key && a.Path == path);
    }

    // Somebody may have tried the ID before it was given: then the row is no company's, and is found by the ID all the same.
    private static IQueryable<PasswordAttempts> OfAnybody(DensaiDbContext db) =>
        db.PasswordAttempts.IgnoreQueryFilters([DensaiDbContext.CompanyFilter]);

    private static Sha256Hash KeyOf(string canonicalLoginId) => Sha256Hash.Of(System.Text.Encoding.UTF8.GetBytes(canonicalLoginId));
}
