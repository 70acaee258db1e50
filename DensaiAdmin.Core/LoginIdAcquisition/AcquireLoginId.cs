using System.Globalization;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Core.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Core.LoginIdAcquisition;

/// <summary>What the bank's letter says, as a person typed it.</summary>
/// <param name="ContractNumber">契約番号.</param>
/// <param name="Branch">店番 of 代表口座.</param>
/// <param name="Account">口座番号 of 代表口座.</param>
/// <param name="Code">利用開始コード.</param>
public sealed record LetterData(string? ContractNumber, string? Branch, string? Account, string? Code)
{
    public override string ToString() => $"LetterData {ContractNumber}";
}

/// <summary>What came of presenting a letter.</summary>
public abstract record OpenLetterOutcome
{
    private OpenLetterOutcome()
    {
    }

    /// <summary>It is right; the application is open.</summary>
    /// <param name="Token">Names the application; stored nowhere.</param>
    public sealed record Opened(string Token) : OpenLetterOutcome
    {
        public override string ToString() => "Opened";
    }

    /// <summary>One answer for every cause: unknown, wrong, used, expired, tried too often.</summary>
    public sealed record Refused : OpenLetterOutcome;

    /// <summary>Outside the opening hours (R16).</summary>
    public sealed record Closed : OpenLetterOutcome;

    /// <summary>Too many checks wait; nothing was evaluated.</summary>
    public sealed record Busy : OpenLetterOutcome;
}

/// <summary>Where an application stands.</summary>
public enum ApplicationStage
{
    /// <summary>There is none, or its time is over, or the letter was used up by another: begin again.</summary>
    NotOpen,

    /// <summary>The letter is right; the person writes.</summary>
    Open,

    /// <summary>Everything is written; to be confirmed.</summary>
    Written,

    /// <summary>The login ID is the person's.</summary>
    Done,
}

/// <summary>An application as its pages show it.</summary>
/// <param name="Stage">Where it stands.</param>
/// <param name="CompanyName">企業名 of the letter.</param>
/// <param name="Method">認証方式: what comes next.</param>
/// <param name="LoginId">What was written so far.</param>
/// <param name="Name">What was written so far.</param>
/// <param name="MailAddress">What was written so far.</param>
/// <param name="DoneAt">UTC.</param>
/// <param name="ReceiptNumber">受付番号.</param>
public sealed record ApplicationView(
    ApplicationStage Stage, string? CompanyName = null, AuthenticationMethod? Method = null, string? LoginId = null, string? Name = null,
    string? MailAddress = null, DateTimeOffset? DoneAt = null, string? ReceiptNumber = null);

/// <summary>What came of writing down an application.</summary>
public abstract record WriteApplicationOutcome
{
    private WriteApplicationOutcome()
    {
    }

    /// <summary>Kept; to be confirmed.</summary>
    public sealed record Written : WriteApplicationOutcome;

    /// <summary>Something is wrong; nothing was kept.</summary>
    /// <param name="Faults">Of login ID, name and mail address.</param>
    /// <param name="LoginPassword">Of the login password.</param>
    /// <param name="ConfirmationPassword">Of the 確認用パスワード.</param>
    public sealed record Faulty(
        IReadOnlyList<UserDataFault> Faults, PasswordPolicyOutcome LoginPassword,
        PasswordPolicyOutcome ConfirmationPassword) : WriteApplicationOutcome;

    /// <summary>See <see cref="ApplicationStage.NotOpen"/>.</summary>
    public sealed record NotOpen : WriteApplicationOutcome;

    /// <summary>Outside the opening hours (R16).</summary>
    public sealed record Closed : WriteApplicationOutcome;

    /// <summary>Too many passwords are being hashed, or too much comes from the source; nothing was kept.</summary>
    public sealed record Busy : WriteApplicationOutcome;

    /// <summary>With this letter, or from this source, it was asked too often which login IDs are free; nothing was kept.</summary>
    public sealed record TooManyTries : WriteApplicationOutcome;

    /// <summary>The contract allows no more users; nothing was kept.</summary>
    public sealed record LimitReached : WriteApplicationOutcome;
}

/// <summary>What came of confirming an application.</summary>
public enum FinishApplicationOutcome
{
    /// <summary>The login ID is the person's, now or since an earlier click of the same button.</summary>
    Done,

    /// <summary>Not everything is written.</summary>
    NotWritten,

    /// <summary>Another took the login ID since it was written.</summary>
    LoginIdTaken,

    /// <summary>See <see cref="ApplicationStage.NotOpen"/>.</summary>
    NotOpen,

    /// <summary>Outside the opening hours (R16).</summary>
    Closed,

    /// <summary>The contract allows no more users.</summary>
    LimitReached,

    /// <summary>Too much comes from the source; nothing was looked at.</summary>
    Busy,
}

/// <summary>
/// ログインID取得 (R15, R16): who holds the bank's letter takes a login ID of one's own and becomes a master of the company. The
/// letter opens an application, the application is written, then confirmed; only then is there a user, and the letter is used up.
/// </summary>
public sealed class AcquireLoginId(
    StoreWriter writer,
    IDbContextFactory<DensaiDbContext> contexts,
    AcquisitionHours hours,
    PasswordCheck passwords,
    AttemptPolicy attempts,
    PasswordHasher hasher,
    PasswordPolicy policy,
    SourceThrottle throttle,
    RefusalCounter refusals,
    IOptions<InstitutionOptions> institution,
    TimeProvider clock)
{
    // Beside the login IDs in one table; no login ID has small letters there.
    private const string ContractKey = "contract:";

    // With a letter in hands: how often it opens an application, and how often anybody may ask with it whether a login ID is free.
    private const int MaxOpenedPerLetter = 10;
    private const int MaxAskedPerLetter = 10;
    private const int MaxAskedPerSource = 30;
    private const int MaxPostsPerSource = 60;

    private readonly TryLimit _opened = new(MaxOpenedPerLetter, TimeSpan.FromHours(1), clock);
    private readonly TryLimit _asked = new(MaxAskedPerLetter, TimeSpan.FromHours(1), clock);
    private readonly TryLimit _askedBySource = new(MaxAskedPerSource, TimeSpan.FromHours(1), clock);
    private readonly TryLimit _posts = new(MaxPostsPerSource, TimeSpan.FromMinutes(1), clock);

    /// <summary>
    /// Presents a letter. Each try costs one of the source's and one of what this source has for the contract, and the same work whether
    /// there is such a contract or not. Nobody elsewhere is kept waiting by it: the code (79 random bits) cannot be guessed, so whoever
    /// knows a contract's number must not be able to keep the company out.
    /// </summary>
    /// <param name="letter">As typed.</param>
    /// <param name="actor">Who asks; nobody is known yet.</param>
    /// <param name="cancellation">Ends the wait for a turn.</param>
    public async Task<OpenLetterOutcome> OpenAsync(LetterData letter, Actor actor, CancellationToken cancellation = default)
    {
        OpenLetterOutcome.Refused Refuse(string detail)
        {
            refusals.Count(Entry(HistoryResult.Refused, actor.Source, detail));
            return new();
        }

        writer.Clock.Require(code => refusals.Count(Entry(HistoryResult.Refused, actor.Source, code)));
        if (!hours.IsOpen)
        {
            refusals.Count(Entry(HistoryResult.Refused, actor.Source, "closed"));
            return new OpenLetterOutcome.Closed();
        }

        if (throttle.Take(actor.Source) is not null)
        {
            return Refuse("too-many-requests");
        }

        if (passwords.IsFull(PasswordLane.Public))
        {
            throttle.GiveBack(actor.Source);
            return new OpenLetterOutcome.Busy();
        }

        var number = Typing.Bare(letter.ContractNumber);
        var account = AccountNumber.Read(letter.Branch, letter.Account);
        ActivationLetter? found;
        await using (var db = await contexts.CreateDbContextAsync(cancellation))
        {
            found = FindLetter(db, number);
        }

        var counts = found is not null && found.IsUsableAt(clock.GetUtcNow()) && account?.Digits == found.Account;
        var evaluated = await passwords.EvaluateAsync(
            new(
                KeyOf(number, actor.Source), PasswordPath.Open, null, counts ? found!.Code : null, ActivationCode.Typed(letter.Code),
                actor.Source), cancellation);
        switch (evaluated.Evaluation)
        {
            case PasswordResult.Busy:
                throttle.GiveBack(actor.Source);
                return new OpenLetterOutcome.Busy();
            case PasswordResult.Locked:
                return Refuse("letter-locked");
            case PasswordResult.Wrong:
                return Refuse("letter-wrong");
            case PasswordResult.Right:
            default:
                if (!_opened.Take(LetterKey(found!.Id)))
                {
                    return Refuse("letter-locked");
                }

                var outcome = await writer.PerformAsync(work => Open(work, number, found, actor.Source), cancellation);
                switch (outcome)
                {
                    case OpenLetterOutcome.Opened:
                        throttle.GiveBack(actor.Source);
                        break;
                    case OpenLetterOutcome.Refused:
                        return Refuse("letter-wrong");
                    case OpenLetterOutcome.Closed:
                        refusals.Count(Entry(HistoryResult.Refused, actor.Source, "closed"));
                        break;
                }

                return outcome;
        }
    }

    /// <summary>The application that a token names, as it stands now.</summary>
    public async Task<ApplicationView> FindAsync(string? token, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return Find(db, token) is { } application ? ViewOf(application, clock.GetUtcNow()) : new(ApplicationStage.NotOpen);
    }

    /// <summary>Writes an application down. Passwords are hashed here and kept no other way; what was refused is not kept.</summary>
    /// <param name="token">Names the application.</param>
    /// <param name="data">As typed.</param>
    /// <param name="loginPassword">ログインパスワード.</param>
    /// <param name="confirmationPassword">確認用パスワード.</param>
    /// <param name="actor">Who asks; nobody is known yet.</param>
    /// <param name="cancellation">Ends the wait for a hashing slot.</param>
    public async Task<WriteApplicationOutcome> WriteAsync(
        string? token, UserData data, SuppliedPassword loginPassword, SuppliedPassword confirmationPassword, Actor actor,
        CancellationToken cancellation = default)
    {
        if (await EvaluateAsync(token, data, loginPassword, confirmationPassword, isComplete: true, actor, cancellation) is { } refused)
        {
            return refused;
        }

        if (await hasher.HashAsync(PasswordLane.Public, loginPassword, cancellation) is not { } loginHash
            || await hasher.HashAsync(PasswordLane.Public, confirmationPassword, cancellation) is not { } confirmationHash)
        {
            return new WriteApplicationOutcome.Busy();
        }

        var given = data.Tidy();
        return await writer.PerformAsync<WriteApplicationOutcome>(
            work =>
            {
                if (!hours.IsOpenAt(work.Now))
                {
                    return new WriteApplicationOutcome.Closed();
                }

                if (Find(work.Db, token) is not { } application
                    || ViewOf(application, work.Now).Stage is not (ApplicationStage.Open or ApplicationStage.Written))
                {
                    return new WriteApplicationOutcome.NotOpen();
                }

                application.Write(given.LoginId, given.Name, given.MailAddress, loginHash, confirmationHash);
                return new WriteApplicationOutcome.Written();
            },
            cancellation);
    }

    /// <summary>What keeps <see cref="WriteAsync"/> from writing, all of it at once; null for nothing.</summary>
    /// <param name="token">Names the application.</param>
    /// <param name="data">As typed.</param>
    /// <param name="loginPassword">ログインパスワード.</param>
    /// <param name="confirmationPassword">確認用パスワード.</param>
    /// <param name="isComplete">
    /// False when something else on the page is wrong: only who has everything else right is told whether a login ID is taken.
    /// </param>
    /// <param name="actor">Who asks; nobody is known yet.</param>
    /// <param name="cancellation">Ends the queries.</param>
    public async Task<WriteApplicationOutcome?> EvaluateAsync(
        string? token, UserData data, SuppliedPassword loginPassword, SuppliedPassword confirmationPassword, bool isComplete, Actor actor,
        CancellationToken cancellation = default)
    {
        if (!_posts.Take(SourceThrottle.NetworkOf(actor.Source)))
        {
            refusals.Count(Entry(HistoryResult.Refused, actor.Source, "too-many-requests"));
            return new WriteApplicationOutcome.Busy();
        }

        if (!hours.IsOpen)
        {
            refusals.Count(Entry(HistoryResult.Refused, actor.Source, "closed"));
            return new WriteApplicationOutcome.Closed();
        }

        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if (Find(db, token) is not { } application
            || ViewOf(application, clock.GetUtcNow()).Stage is not (ApplicationStage.Open or ApplicationStage.Written))
        {
            refusals.Count(Entry(HistoryResult.Refused, actor.Source, "not-open"));
            return new WriteApplicationOutcome.NotOpen();
        }

        var given = data.Tidy();
        var faults = given.Faults(institution.Value);
        var login = policy.Evaluate(PasswordKind.Login, given.LoginId, given.Name, loginPassword);
        var confirmation = policy.Evaluate(PasswordKind.Confirmation, given.LoginId, given.Name, confirmationPassword, loginPassword);
        if (faults.Count > 0 || login != PasswordPolicyOutcome.Accepted || confirmation != PasswordPolicyOutcome.Accepted)
        {
            return new WriteApplicationOutcome.Faulty(faults, login, confirmation);
        }

        if (!isComplete)
        {
            return null;
        }

        if (UserAdmission.IsFull(db, application.Letter.Company))
        {
            refusals.Count(Entry(HistoryResult.Refused, actor.Source, "limit-reached") with { CompanyId = application.Letter.CompanyId });
            return new WriteApplicationOutcome.LimitReached();
        }

        // An ID that is free tells as much of the others as one that is taken: each asking counts.
        if (!_askedBySource.Take(SourceThrottle.NetworkOf(actor.Source)) || !_asked.Take(LetterKey(application.LetterId)))
        {
            refusals.Count(
                Entry(HistoryResult.Refused, actor.Source, "too-many-requests") with { CompanyId = application.Letter.CompanyId });
            return new WriteApplicationOutcome.TooManyTries();
        }

        var canonical = LoginId.Canonical(given.LoginId);
        if (await db.Users.AnyAsync(u => u.CanonicalLoginId == canonical, cancellation))
        {
            // Who guesses at IDs of others is seen in the history.
            refusals.Count(Entry(
                HistoryResult.Refused, actor.Source,
                "login-id-taken") with
            { CompanyId = application.Letter.CompanyId, TargetLoginId = given.LoginId });
            return new WriteApplicationOutcome.Faulty([UserDataFault.LoginIdTaken], login, confirmation);
        }

        return null;
    }

    /// <summary>Makes the user of a written application. Asked again with the same token it says again that it is done.</summary>
    /// <param name="token">Names the application.</param>
    /// <param name="actor">Who asks; nobody is known yet.</param>
    /// <param name="cancellation">Ends the wait for the writer.</param>
    public async Task<FinishApplicationOutcome> FinishAsync(string? token, Actor actor, CancellationToken cancellation = default)
    {
        FinishApplicationOutcome Refuse(FinishApplicationOutcome outcome, string detail, long? companyId = null)
        {
            refusals.Count(Entry(HistoryResult.Refused, actor.Source, detail) with { CompanyId = companyId });
            return outcome;
        }

        if (!_posts.Take(SourceThrottle.NetworkOf(actor.Source)))
        {
            return Refuse(FinishApplicationOutcome.Busy, "too-many-requests");
        }

        // Read first: who has no written application (anybody can press this button) costs no write.
        await using (var db = await contexts.CreateDbContextAsync(cancellation))
        {
            var application = Find(db, token);
            if (Evaluate(application, clock.GetUtcNow()) is { } evaluated)
            {
                return evaluated == FinishApplicationOutcome.Done
                    ? evaluated
                    : Refuse(evaluated, Code(evaluated), application?.Letter.CompanyId);
            }
        }

        var (outcome, company) = await writer.PerformAsync(work => Finish(work, token, actor.Source), cancellation);
        return outcome == FinishApplicationOutcome.Done ? outcome : Refuse(outcome, Code(outcome), company);
    }

    // What keeps an application from being finished at an instant; null for nothing.
    private FinishApplicationOutcome? Evaluate(LoginIdApplication? application, DateTimeOffset now)
    {
        var stage = application is null ? ApplicationStage.NotOpen : ViewOf(application, now).Stage;
        return stage == ApplicationStage.Done ? FinishApplicationOutcome.Done
            : !hours.IsOpenAt(now) ? FinishApplicationOutcome.Closed
            : stage switch
            {
                ApplicationStage.NotOpen => FinishApplicationOutcome.NotOpen,
                ApplicationStage.Open => FinishApplicationOutcome.NotWritten,
                _ => null,
            };
    }

    private (FinishApplicationOutcome Outcome, long? CompanyId) Finish(UnitOfWork work, string? token, string source)
    {
        var application = Find(work.Db, token);
        if (Evaluate(application, work.Now) is { } evaluated)
        {
            return (evaluated, application?.Letter.CompanyId);
        }

        var company = application!.Letter.Company;
        var canonical = LoginId.Canonical(application.LoginId);
        if (work.Db.Users.Any(u => u.CanonicalLoginId == canonical))
        {
            return (FinishApplicationOutcome.LoginIdTaken, company.Id);
        }

        var user = new User(
            company, application.LoginId!, application.Name!, application.MailAddress!, UserRole.Master, application.LoginPassword!,
            application.ConfirmationPassword!, work.Now);
        if (!UserAdmission.TryAdd(work, company, user))
        {
            return (FinishApplicationOutcome.LimitReached, company.Id);
        }

        // Somebody may have tried the ID before it was given.
        attempts.Release(work, user.CanonicalLoginId);
        application.Letter.Use(work.Now, user.Id);
        application.Finish(work.Now, user.Id);
        work.Db.SaveChanges();
        work.Record(Entry(HistoryResult.Done, source, "login-id-acquired") with
        {
            CompanyId = user.CompanyId,
            UserId = user.Id,
            LoginId = user.LoginId,
            TargetUserId = user.Id,
            TargetLoginId = user.LoginId,
            Value = nameof(UserRole.Master),
            ReceiptNumber = application.ReceiptNumber,
        });
        return (FinishApplicationOutcome.Done, company.Id);
    }

    private static string Code(FinishApplicationOutcome outcome) => outcome switch
    {
        FinishApplicationOutcome.NotWritten => "not-written",
        FinishApplicationOutcome.LoginIdTaken => "login-id-taken",
        FinishApplicationOutcome.NotOpen => "not-open",
        FinishApplicationOutcome.Closed => "closed",
        FinishApplicationOutcome.LimitReached => "limit-reached",
        FinishApplicationOutcome.Busy => "too-many-requests",
        FinishApplicationOutcome.Done => "login-id-acquired",
    };

    // Of several the newest counts: a letter that was sent anew makes the earlier one worthless.
    private static ActivationLetter? FindLetter(DensaiDbContext db, string number) =>
        db.ActivationLetters.Include(l => l.Company).Where(l => l.Company.Number == number && l.UsedAt == null).OrderByDescending(l => l.Id)
            .FirstOrDefault();

    private OpenLetterOutcome Open(UnitOfWork work, string number, ActivationLetter shown, string source)
    {
        if (!hours.IsOpenAt(work.Now))
        {
            return new OpenLetterOutcome.Closed();
        }

        // The letter whose code was right must still be the one that counts.
        if (FindLetter(work.Db, number) is not { } letter
            || letter.Id != shown.Id
            || letter.Code.Stored != shown.Code.Stored
            || !letter.IsUsableAt(work.Now))
        {
            return new OpenLetterOutcome.Refused();
        }

        // One at a time: whoever opens it anew has the letter in hands, and the other has not finished.
        work.Db.LoginIdApplications.RemoveRange(work.Db.LoginIdApplications.Where(a => a.LetterId == letter.Id));
        var token = Session.NewToken();
        work.Db.LoginIdApplications.Add(new LoginIdApplication(letter, Session.HashToken(token), work.Now));
        work.Record(Entry(HistoryResult.Done, source, "letter-accepted") with { CompanyId = letter.CompanyId });
        return new OpenLetterOutcome.Opened(token);
    }

    private static LoginIdApplication? Find(DensaiDbContext db, string? token)
    {
        if (string.IsNullOrEmpty(token))
        {
            return null;
        }

        var hash = Session.HashToken(token);
        return db.LoginIdApplications.Include(a => a.Letter).ThenInclude(l => l.Company).SingleOrDefault(a => a.TokenHash == hash);
    }

    private static ApplicationView ViewOf(LoginIdApplication application, DateTimeOffset now)
    {
        var stage = application.DoneAt is { } doneAt
            ? (now < doneAt + LoginIdApplication.ShownFor ? ApplicationStage.Done : ApplicationStage.NotOpen)
            : now >= application.ExpiresAt || !application.Letter.IsUsableAt(now) ? ApplicationStage.NotOpen
            : application.IsComplete ? ApplicationStage.Written
            : ApplicationStage.Open;
        var company = application.Letter.Company;
        return stage == ApplicationStage.NotOpen ? new(stage)
            : new(
                stage, company.Name, company.AuthenticationMethod, application.LoginId, application.Name, application.MailAddress,
                application.DoneAt, application.ReceiptNumber);
    }

    private static string KeyOf(string number, string source) =>
        $"{ContractKey}{(number.Length > 64 ? number[..64] : number)}@{SourceThrottle.NetworkOf(source)}";

    private static string LetterKey(long letterId) => letterId.ToString(CultureInfo.InvariantCulture);

    private static HistoryEntry Entry(HistoryResult result, string source, string detail) => new()
    {
        Operation = HistoryOperation.LoginIdAcquisition,
        Result = result,
        Source = source,
        Detail = detail,
    };
}
