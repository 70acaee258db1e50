using System.Security.Cryptography;
using System.Text;
using DensaiAdmin.Core.Acts;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Certificates;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Mail;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

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
    public sealed record Refused(EnrollRefusal Reason, TimeSpan? RetryAfter = null) : EnrollOutcome;

    /// <summary>What would be signed breaks our own profile: a fault of the installation. Nothing was signed.</summary>
    public sealed record ProfileBroken(IReadOnlyList<LintFinding> Findings) : EnrollOutcome;

    /// <summary>The part that issues came to a halt on the way; nothing was handed out and it may be tried again.</summary>
    public sealed record Unavailable : EnrollOutcome;
}

/// <summary>
/// 証明書発行 (R1, R15, R17, product section 5): an intent is stored, the certificate linted and signed, then stored with its
/// history record and mails, and only then handed out. What was signed and not stored is never handed out; its serial goes on
/// the CRL.
/// </summary>
public sealed partial class EnrollCertificate(
    ActWriter acts,
    IDbContextFactory<DensaiDbContext> contexts,
    PasswordCheck passwords,
    SourceThrottle throttle,
    RefusalCounter refusals,
    Authorities authorities,
    Outbox outbox,
    CrlSignal crl,
    IOptions<CertificatePolicyOptions> policy,
    TimeProvider clock,
    ILogger<EnrollCertificate> log)
{
    // A wait that is long enough for the hashing queue to have moved on.
    private static readonly TimeSpan BusyWait = TimeSpan.FromSeconds(5);

    /// <summary>Records a request that was refused before it could be read as one: too large, or of another kind.</summary>
    /// <param name="source">Network address of who asks.</param>
    /// <param name="why">Code for the record, one of few.</param>
    public EnrollOutcome.Refused RefuseUnread(string source, string why)
    {
        refusals.Count(Refusal(EnrollRefusal.BadRequest, source) with { Value = why });
        return new(EnrollRefusal.BadRequest);
    }

    /// <summary>
    /// A user asks with login ID and login password (EST <c>simpleenroll</c>). Order of checks: request and key, throttle, password,
    /// then <see cref="EnrollmentPolicy"/>.
    /// </summary>
    /// <param name="credentials">Null when none were given: refused like wrong ones, after the request itself.</param>
    /// <param name="request">DER of the PKCS#10 request.</param>
    /// <param name="source">Network address of who asks.</param>
    /// <param name="cancellation">Ends the wait for a hashing slot; what is being stored is stored.</param>
    public async Task<EnrollOutcome> ByUserAsync(EnrollmentCredentials? credentials, ReadOnlyMemory<byte> request, string source, CancellationToken cancellation = default)
    {
        EnrollOutcome.Refused Anonymous(EnrollRefusal reason, string? value = null, TimeSpan? retryAfter = null)
        {
            refusals.Count(Refusal(reason, source) with { LoginId = credentials?.LoginId, Value = value });
            return new(reason, retryAfter);
        }

        switch (CertificationRequest.Parse(request.Span, authorities.Certificates))
        {
            case CertificationRequestOutcome.Refused refused:
                return Anonymous(EnrollmentPolicy.Judge(refused.Reason), refused.Reason.ToString());
            case CertificationRequestOutcome.Accepted accepted when credentials is not null:
                return await WithKeyAsync(accepted.Key, credentials, source, Anonymous, cancellation);
            default:
                return Anonymous(EnrollRefusal.BadCredentials);
        }
    }

    /// <summary>Operators of the bank have a certificate issued on a request they were handed (verb <c>issue</c>).</summary>
    /// <param name="operatorId">Who answers for it; null where the installation asks for no operator.</param>
    /// <param name="source">Where the verb was run.</param>
    /// <param name="canonicalLoginId">Whose certificate.</param>
    /// <param name="request">DER of the PKCS#10 request.</param>
    /// <param name="cancellation">Ends the wait for the writer.</param>
    public async Task<EnrollOutcome> ByOperatorAsync(long? operatorId, string source, string canonicalLoginId, ReadOnlyMemory<byte> request, CancellationToken cancellation = default)
    {
        User? by;
        User? user;
        await using (var db = await contexts.CreateDbContextAsync(cancellation))
        {
            by = operatorId is { } id ? await db.Users.AsNoTracking().SingleAsync(u => u.Id == id, cancellation) : null;
            user = await db.Users.AsNoTracking().SingleOrDefaultAsync(u => u.CanonicalLoginId == canonicalLoginId, cancellation);
        }

        async Task<EnrollOutcome> RefuseAsync(EnrollRefusal reason, string? value = null)
        {
            var entry = Refusal(reason, source) with
            {
                UserId = by?.Id,
                LoginId = by?.LoginId,
                CompanyId = user?.CompanyId,
                TargetUserId = user?.Id,
                TargetLoginId = user?.LoginId ?? canonicalLoginId,
                Value = value,
            };
            await acts.PerformAsync(
                act =>
                {
                    act.Record(entry);
                    return true;
                },
                cancellation);
            return new EnrollOutcome.Refused(reason);
        }

        return CertificationRequest.Parse(request.Span, authorities.Certificates) switch
        {
            CertificationRequestOutcome.Refused refused => await RefuseAsync(EnrollmentPolicy.Judge(refused.Reason), refused.Reason.ToString()),
            CertificationRequestOutcome.Accepted when user is null => await RefuseAsync(EnrollRefusal.BadCredentials),
            CertificationRequestOutcome.Accepted accepted => await IssueAsync(user!.Id, accepted.Key, source, by, byOperator: true, cancellation),
            _ => throw new InvalidOperationException("The outcomes are closed."),
        };
    }

    /// <summary>Everything behind authentication.</summary>
    internal Task<EnrollOutcome> IssueAsync(long userId, AcceptedKey key, string source, CancellationToken cancellation = default) =>
        IssueAsync(userId, key, source, by: null, byOperator: false, cancellation);

    private async Task<EnrollOutcome> WithKeyAsync(
        AcceptedKey key, EnrollmentCredentials credentials, string source, Func<EnrollRefusal, string?, TimeSpan?, EnrollOutcome.Refused> anonymous, CancellationToken cancellation)
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

        // Deleted users, spent one-time passwords and texts that can be no ID go the way of unknown IDs, at the same cost.
        var isKnown = user is { DeletedAt: null } && !(user.OneTimePasswordExpiresAt <= clock.GetUtcNow());
        var judged = await passwords.JudgeAsync(canonical ?? Stranger(credentials.LoginId), PasswordPath.Open, isKnown ? user!.LoginPassword : null, credentials.Password, cancellation);
        switch (judged.Verdict)
        {
            case PasswordVerdict.Locked:
                return anonymous(EnrollRefusal.UserLocked, null, judged.Attempts.LockedUntil - clock.GetUtcNow());
            case PasswordVerdict.Busy:
                throttle.GiveBack(source);
                return anonymous(EnrollRefusal.TooManyRequests, null, BusyWait);
            case PasswordVerdict.Wrong:
                return anonymous(EnrollRefusal.BadCredentials, null, null);
            case PasswordVerdict.Right:
            default:
                var outcome = await IssueAsync(user!.Id, key, source, cancellation);
                if (outcome is EnrollOutcome.Issued { SentAgain: false })
                {
                    throttle.GiveBack(source);
                }

                return outcome;
        }
    }

    private async Task<EnrollOutcome> IssueAsync(long userId, AcceptedKey key, string source, User? by, bool byOperator, CancellationToken cancellation)
    {
        var promised = await acts.PerformAsync(act => Promise(act, userId, key, source, by, byOperator), cancellation);
        if (promised.Ended is { } ended)
        {
            return ended;
        }

        // From here on nobody's impatience may leave a signed certificate behind that is not stored.
        var request = promised.Request!;
        switch (authorities.Issuer.Issue(request))
        {
            case IssueOutcome.Issued signed:
                return await acts.PerformAsync(act => Store(act, userId, key, signed.Certificate, promised.At, source, by, byOperator), CancellationToken.None);
            case IssueOutcome.Refused broken:
                LogProfileBroken(log, request.LoginId, string.Join("; ", broken.Findings));
                await acts.PerformAsync(act => GiveUpUnsigned(act, userId, request.Serial, source, by, byOperator), CancellationToken.None);
                return new EnrollOutcome.ProfileBroken(broken.Findings);
            default:
                throw new InvalidOperationException("The outcomes are closed.");
        }
    }

    private Promised Promise(Act act, long userId, AcceptedKey key, string source, User? by, bool byOperator)
    {
        var applicant = Applicant.Find(act, userId, key.SubjectPublicKeySha256);
        if (End(act, applicant, source, by, byOperator) is { } ended)
        {
            return new(ended, null, act.Now);
        }

        var request = new IssueRequest(applicant!.Person.LoginId, SerialNumber.New(), key, ValidityPolicy.NotBefore(act.Now), ValidityPolicy.NotAfter(act.Now, policy.Value.ValidityYears));
        act.Sql.Insert(new IssueIntent(request.Serial, userId, authorities.Current.SubjectKeyIdentifier, key.SubjectPublicKeySha256, request.NotAfter, act.Now));
        return new(null, request, act.Now);
    }

    private EnrollOutcome Store(Act act, long userId, AcceptedKey key, IssuedCertificate signed, DateTimeOffset issuedAt, string source, User? by, bool byOperator)
    {
        // Judged again where nothing can change any more: another request of the same user may have been stored meanwhile.
        var applicant = Applicant.Find(act, userId, key.SubjectPublicKeySha256);
        if (End(act, applicant, source, by, byOperator) is { } ended)
        {
            act.Db.IssueIntents.Single(i => i.SerialNumber == signed.Serial).Abandon(act.Now);
            act.AnchorRevoked(signed.Serial);
            act.AfterCommit(crl.Wish);
            return ended;
        }

        if (act.Sql.Execute("DELETE FROM IssueIntents WHERE SerialNumber = $serial AND AbandonedAt IS NULL", ("$serial", signed.Serial.ToString())) == 0)
        {
            // It took so long that the serial was given up and stands on the CRL.
            return new EnrollOutcome.Unavailable();
        }

        var certificate = new Certificate(
            userId, signed.IssuerKeyIdentifier, signed.Serial, signed.Der.ToArray(), signed.Sha256Fingerprint,
            signed.SubjectPublicKeySha256, signed.NotBefore, signed.NotAfter, issuedAt);
        act.Sql.Insert(certificate);
        act.Sql.Execute(
            "UPDATE Users SET CurrentCertificateId = $certificate, CertificateNotAfter = $notAfter, CertificateRevokedAt = NULL WHERE Id = $user",
            ("$certificate", act.Sql.LastKey()),
            ("$notAfter", certificate.NotAfter),
            ("$user", userId));
        act.Record(Entry(applicant!.Person, source, by, byOperator) with { Result = HistoryResult.Done, SerialNumber = signed.Serial.ToString(), Detail = "issued", Value = key.Algorithm });
        act.AnchorIssued(signed.Serial);
        outbox.CertificateIssued(act, applicant.Person, certificate);
        return new EnrollOutcome.Issued(signed.Der, signed.Serial, SentAgain: false);
    }

    private static bool GiveUpUnsigned(Act act, long userId, SerialNumber serial, string source, User? by, bool byOperator)
    {
        act.Db.IssueIntents.Remove(act.Db.IssueIntents.Single(i => i.SerialNumber == serial));
        act.Record(Entry(Correspondent.Of(act.Db.Users.Single(u => u.Id == userId)), source, by, byOperator) with { Detail = "profile-broken" });
        return true;
    }

    /// <summary>The end of a request that issues nothing new, recorded; null when it is to issue.</summary>
    private static EnrollOutcome? End(Act act, Applicant? applicant, string source, User? by, bool byOperator)
    {
        var verdict = EnrollmentPolicy.Judge(applicant);
        if (verdict.Refusal is { } refusal)
        {
            act.Record(Entry(applicant?.Person, source, by, byOperator) with { Detail = refusal.Code() });
            return new EnrollOutcome.Refused(refusal);
        }

        if (!verdict.SendsAgain)
        {
            return null;
        }

        var newest = act.Db.Certificates.Single(c => c.Id == applicant!.NewestCertificateId);
        act.Record(Entry(applicant!.Person, source, by, byOperator) with { Result = HistoryResult.Done, SerialNumber = newest.SerialNumber.ToString(), Detail = "sent-again" });
        return new EnrollOutcome.Issued(newest.Der, newest.SerialNumber, SentAgain: true);
    }

    // Texts that cannot be login IDs are counted apart from each other, as IDs are, and are of any length.
    private static string Stranger(string given) => "?" + Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(given)));

    private static HistoryEntry Refusal(EnrollRefusal reason, string source) => new()
    {
        Operation = HistoryOperation.Issue,
        Result = HistoryResult.Refused,
        Source = source,
        Detail = reason.Code(),
    };

    private static HistoryEntry Entry(Correspondent? user, string source, User? by, bool byOperator) => new()
    {
        Operation = HistoryOperation.Issue,
        Result = HistoryResult.Refused,
        CompanyId = user?.CompanyId,
        UserId = byOperator ? by?.Id : user?.Id,
        LoginId = byOperator ? by?.LoginId : user?.LoginId,
        Source = source,
        TargetUserId = user?.Id,
        TargetLoginId = user?.LoginId,
        Detail = "",
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "No certificate was signed for {LoginId}: it would break the profile. {Findings}")]
    private static partial void LogProfileBroken(ILogger logger, string loginId, string findings);

    private sealed record Promised(EnrollOutcome? Ended, IssueRequest? Request, DateTimeOffset At);
}
