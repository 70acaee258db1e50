using System.Security.Cryptography;
using System.Text;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Core.Users;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.Enrollment;

/// <summary>Login ID and login password as given. Prints redacted.</summary>
/// <param name="LoginId">As typed.</param>
/// <param name="Password">As typed.</param>
public sealed record EnrollmentCredentials(string LoginId, SuppliedPassword Password)
{
    public override string ToString() => "[redacted]";
}

/// <summary>What came of asking for a certificate.</summary>
public abstract record EnrollOutcome
{
    private EnrollOutcome()
    {
    }

    /// <summary>Stored, anchored, and only then here.</summary>
    /// <param name="Der">The certificate.</param>
    /// <param name="SerialNumber">Its serial.</param>
    /// <param name="SentAgain">Whether it was issued before and the first answer was lost.</param>
    public sealed record Issued(ReadOnlyMemory<byte> Der, SerialNumber SerialNumber, bool SentAgain) : EnrollOutcome;

    /// <summary>Nothing was issued.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="RetryAfter">How long to wait, where waiting helps.</param>
    public sealed record Refused(EnrollRefusal Reason, TimeSpan? RetryAfter = null) : EnrollOutcome
    {
        /// <summary>What is wrong with the request or its key, where these are the reason.</summary>
        public CertificationRequestRefusal? Request { get; init; }

        /// <summary>Who is told, where the person's state is the reason and the person is proved.</summary>
        public PersonKind? Person { get; init; }
    }

    /// <summary>What would be signed breaks our own profile: a fault of the installation. Nothing was signed.</summary>
    public sealed record ProfileBroken(IReadOnlyList<LintFinding> Findings) : EnrollOutcome;

    /// <summary>The part that issues came to a halt on the way; nothing was handed out and it may be tried again.</summary>
    public sealed record Unavailable : EnrollOutcome;
}

/// <summary>
/// 証明書発行 (R1, R15, R17): a first certificate, for a user who shows that the login ID is theirs, or at the
/// word of the bank's operators. What happens to the certificate itself is <see cref="EnrollmentPipeline"/>'s.
/// </summary>
public sealed class EnrollCertificate(
    EnrollmentPipeline pipeline,
    StoreWriter writer,
    IDbContextFactory<DensaiDbContext> contexts,
    SourceThrottle throttle,
    RefusalCounter refusals)
{
    /// <summary>Records a request that was refused before it could be read as one: too large, or of another kind.</summary>
    /// <param name="actor">Who asks; nobody is known yet.</param>
    /// <param name="why">Code for the record, one of few.</param>
    public EnrollOutcome.Refused RefuseUnread(Actor actor, string why)
    {
        refusals.Count(Refusal(EnrollRefusal.BadRequest, actor.Source) with { Value = why });
        return new(EnrollRefusal.BadRequest);
    }

    /// <summary>
    /// A user asks with login ID and login password (EST <c>simpleenroll</c>). Order of checks: request and key, throttle, password,
    /// then <see cref="EnrollmentPolicy"/>.
    /// </summary>
    /// <param name="credentials">
    /// Null when none were given: refused like wrong ones, after the request itself, but not recorded: a client that waits to be asked
    /// has tried nothing (RFC 7617).
    /// </param>
    /// <param name="request">The PKCS#10 request as sent; see <see cref="CertificationRequestFile"/>.</param>
    /// <param name="actor">Who asks; nobody is known yet.</param>
    /// <param name="cancellation">Ends the wait for a hashing slot; what is being stored is stored.</param>
    public async Task<EnrollOutcome> ByUserAsync(
        EnrollmentCredentials? credentials, ReadOnlyMemory<byte> request, Actor actor, CancellationToken cancellation = default)
    {
        EnrollOutcome.Refused Anonymous(EnrollRefusal reason, string? value = null, TimeSpan? retryAfter = null)
        {
            refusals.Count(Refusal(reason, actor.Source) with { LoginId = credentials?.LoginId, Value = value });
            return new(reason, retryAfter);
        }

        writer.Clock.Require(code => refusals.Count(
            EnrollmentPipeline.Refusal(HistoryOperation.Issue, code, actor.Source) with { LoginId = credentials?.LoginId }));
        switch (pipeline.Parse(request))
        {
            case CertificationRequestOutcome.Refused refused:
                return Anonymous(EnrollmentPolicy.Evaluate(refused.Reason), refused.Reason.ToString()) with { Request = refused.Reason };
            case CertificationRequestOutcome.Accepted accepted when credentials is not null:
                return await WithKeyAsync(accepted.Key, credentials, actor.Source, Anonymous, cancellation);
            default:
                return new EnrollOutcome.Refused(EnrollRefusal.BadCredentials);
        }
    }

    /// <summary>Operators of the bank have a certificate issued on a request they were handed (verb <c>issue</c>).</summary>
    /// <param name="approval">Who answers for it.</param>
    /// <param name="source">Where the verb was run.</param>
    /// <param name="canonicalLoginId">Whose certificate.</param>
    /// <param name="request">The PKCS#10 request as it lay in the file; see <see cref="CertificationRequestFile"/>.</param>
    /// <param name="cancellation">Ends the wait for the writer.</param>
    /// <exception cref="OperatorApprovalLapsedException">Who answers for it is no operator of the bank, or no longer.</exception>
    public async Task<EnrollOutcome> ByOperatorAsync(
        OperatorApproval approval, string source, string canonicalLoginId, ReadOnlyMemory<byte> request,
        CancellationToken cancellation = default)
    {
        User? by;
        User? user;
        await using (var db = await contexts.CreateDbContextAsync(cancellation))
        {
            by = approval.MakerId is { } id ? await db.Users.AsNoTracking().SingleAsync(u => u.Id == id, cancellation) : null;
            user = await db.Users.AsNoTracking().SingleOrDefaultAsync(u => u.CanonicalLoginId == canonicalLoginId, cancellation);
        }

        async Task<EnrollOutcome> RefuseAsync(EnrollRefusal reason, CertificationRequestRefusal? why = null)
        {
            var entry = Refusal(reason, source) with
            {
                UserId = by?.Id,
                LoginId = by?.LoginId,
                CompanyId = user?.CompanyId,
                TargetUserId = user?.Id,
                TargetLoginId = user?.LoginId ?? canonicalLoginId,
                Value = why?.ToString(),
            };
            await writer.PerformAnyTimeAsync(
                work =>
                {
                    work.Record(entry);
                    return true;
                },
                cancellation);
            return new EnrollOutcome.Refused(reason) { Request = why };
        }

        return pipeline.Parse(request) switch
        {
            CertificationRequestOutcome.Refused refused => await RefuseAsync(EnrollmentPolicy.Evaluate(refused.Reason), refused.Reason),
            CertificationRequestOutcome.Accepted when user is null => await RefuseAsync(EnrollRefusal.BadCredentials),
            CertificationRequestOutcome.Accepted accepted => await pipeline.IssueAsync(
                new(user!.Id, accepted.Key, source) { Password = null, AtTheWordOf = new(by?.Id, by?.LoginId, approval) }, cancellation),
            _ => throw new InvalidOperationException("The outcomes are closed."),
        };
    }

    /// <summary>Everything behind authentication.</summary>
    internal Task<EnrollOutcome> IssueAsync(long userId, AcceptedKey key, string source, CancellationToken cancellation = default) =>
        pipeline.IssueAsync(new(userId, key, source) { Password = null }, cancellation);

    private async Task<EnrollOutcome> WithKeyAsync(
        AcceptedKey key, EnrollmentCredentials credentials, string source,
        Func<EnrollRefusal, string?, TimeSpan?, EnrollOutcome.Refused> anonymous, CancellationToken cancellation)
    {
        if (throttle.Take(source) is { } wait)
        {
            return anonymous(EnrollRefusal.TooManyRequests, null, wait);
        }

        var canonical = LoginId.Canonical(credentials.LoginId);
        User? user = null;
        if (canonical is not null)
        {
            await using var db = await contexts.CreateDbContextAsync(cancellation);
            user = await db.Users.AsNoTracking().SingleOrDefaultAsync(u => u.CanonicalLoginId == canonical, cancellation);
        }

        // Deleted users and texts that can be no ID go the way of unknown IDs, at the same cost.
        var known = user is { DeletedAt: null } ? user : null;
        var submission = new PasswordSubmission(
            canonical ?? Stranger(credentials.LoginId), PasswordPath.Open, known, known?.LoginPassword, credentials.Password, source);
        var (password, refused) = await pipeline.ProveAsync(submission, cancellation);
        return refused is not null
            ? anonymous(refused.Reason, null, refused.RetryAfter)
            : await pipeline.IssueAsync(new(user!.Id, key, source) { Password = password, Path = PasswordPath.Open }, cancellation);
    }

    // Texts that cannot be login IDs are counted apart from each other, as IDs are, and are of any length.
    private static string Stranger(string given) => "?" + Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(given)));

    private static HistoryEntry Refusal(EnrollRefusal reason, string source) =>
        EnrollmentPipeline.Refusal(HistoryOperation.Issue, reason, source);
}
