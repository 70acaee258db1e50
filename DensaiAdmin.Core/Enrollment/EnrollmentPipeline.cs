using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Core.Users;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Core.Enrollment;

/// <summary>A certificate that is asked for, by somebody who may ask.</summary>
/// <param name="UserId">Whose.</param>
/// <param name="Key">The key that goes into it.</param>
/// <param name="Source">Network address of who asks.</param>
internal sealed record EnrollmentRequest(long UserId, AcceptedKey Key, string Source)
{
    /// <summary>The user's login password, to be evaluated again at the act; null where the user did not ask.</summary>
    public required EvaluatedPassword? Password { get; init; }

    /// <summary>Serial of the certificate that is renewed, which TLS showed; null for a first one.</summary>
    public SerialNumber? Renews { get; init; }

    /// <summary>Who of the bank answers for it; null when the user asks.</summary>
    public OperatorsWord? AtTheWordOf { get; init; }

    /// <summary>The way the password came by, where the attempt counts against the source.</summary>
    public PasswordPath? Path { get; init; }

    public HistoryOperation Operation => Renews is null ? HistoryOperation.Issue : HistoryOperation.Renewal;
}

/// <summary>The operator who answers for an issue; without an ID where the installation asks for no operator.</summary>
internal sealed record OperatorsWord(long? Id, string? LoginId, OperatorApproval Approval);

/// <summary>
/// The way of every certificate, first or renewed: an intent is stored, the certificate linted and
/// signed, then stored with its history record, and only then handed out. What was signed and not stored is never handed
/// out; its serial goes on the CRL.
/// </summary>
public sealed partial class EnrollmentPipeline(
    StoreWriter writer,
    PasswordCheck passwords,
    SourceThrottle throttle,
    SessionWatch sessions,
    Authorities authorities,
    CrlSignal crl,
    RevokedSerials revoked,
    IOptions<CertificatePolicyOptions> policy,
    TimeProvider clock,
    ILogger<EnrollmentPipeline> log)
{
    // A wait that is long enough for the hashing queue to have moved on.
    private static readonly TimeSpan BusyWait = TimeSpan.FromSeconds(5);

    internal CertificationRequestOutcome Parse(ReadOnlyMemory<byte> request) => CertificationRequestFile.Decode(request.Span) is { } der
        ? CertificationRequest.Parse(der, authorities.Certificates)
        : new CertificationRequestOutcome.Refused(CertificationRequestRefusal.NotEncoded);

    /// <summary>Whether a certificate is in force for logging in, by its row and by every list and note that tells of it.</summary>
    internal bool IsUsable(Certificate certificate, DateTimeOffset now) =>
        !revoked.IsRevoked(certificate.SerialNumber, certificate.RevokedAt is not null) && certificate.IsUsableAt(now);

    /// <summary>Holds the password against what is stored; the attempt was taken from the throttle before.</summary>
    /// <returns>The proof when it is right, or why not.</returns>
    internal async Task<(EvaluatedPassword? Proof, EnrollOutcome.Refused? Refused)> ProveAsync(
        PasswordSubmission submission, CancellationToken cancellation)
    {
        var evaluated = await passwords.EvaluateAsync(submission, cancellation);
        switch (evaluated.Evaluation)
        {
            case PasswordResult.Locked:
                return (null, new(EnrollRefusal.UserLocked, evaluated.Attempts.LockedUntil - clock.GetUtcNow()));
            case PasswordResult.Busy:
                throttle.GiveBack(submission.Source, submission.Path);
                return (null, new(EnrollRefusal.TooManyRequests, BusyWait));
            case PasswordResult.Wrong:
                return (null, new(EnrollRefusal.BadCredentials));
            case PasswordResult.Right:
            default:
                return (evaluated.Proof, null);
        }
    }

    /// <summary>Everything behind authentication.</summary>
    internal async Task<EnrollOutcome> IssueAsync(EnrollmentRequest request, CancellationToken cancellation = default)
    {
        var promised = await writer.PerformAsync(work => Promise(work, request), cancellation);
        if (promised.Ended is { } ended)
        {
            return ended;
        }

        // From here on nobody's impatience may leave a signed certificate behind that is not stored.
        var issue = promised.Request!;
        switch (authorities.Issuer.Issue(issue))
        {
            case IssueOutcome.Issued signed:
                var (outcome, superseded) = await writer.PerformAsync(
                    work => Store(work, request, signed.Certificate, promised.At), CancellationToken.None);
                if (superseded is { } at)
                {
                    await crl.WaitForAsync(at, CancellationToken.None);
                }

                if (outcome is EnrollOutcome.Issued { SentAgain: false } && request.Path is { } path)
                {
                    throttle.GiveBack(request.Source, path);
                }

                return outcome;
            case IssueOutcome.Refused broken:
                LogProfileBroken(log, issue.LoginId, string.Join("; ", broken.Findings));
                await writer.PerformAnyTimeAsync(work => GiveUpUnsigned(work, request, issue.Serial), CancellationToken.None);
                return new EnrollOutcome.ProfileBroken(broken.Findings);
            default:
                throw new InvalidOperationException("The outcomes are closed.");
        }
    }

    /// <summary>A refusal, before anything is known of who stands behind it.</summary>
    internal static HistoryEntry Refusal(HistoryOperation operation, EnrollRefusal reason, string source) =>
        Refusal(operation, reason.Code(), source);

    /// <inheritdoc cref="Refusal(HistoryOperation, EnrollRefusal, string)"/>
    internal static HistoryEntry Refusal(HistoryOperation operation, string code, string source) => new()
    {
        Operation = operation,
        Result = HistoryResult.Refused,
        Source = source,
        Detail = code,
    };

    private Promised Promise(UnitOfWork work, EnrollmentRequest request)
    {
        request.AtTheWordOf?.Approval.Verify(work.Db, work.Now);
        var applicant = Applicant.Find(work, request.UserId, request.Key.SubjectPublicKeySha256);
        if (End(work, request, applicant) is { } ended)
        {
            return new(ended, null, work.Now);
        }

        var issue = new IssueRequest(
            applicant!.Person.LoginId, SerialNumber.New(), request.Key, ValidityPolicy.NotBefore(work.Now),
            ValidityPolicy.NotAfter(work.Now, policy.Value.ValidityYears));
        work.Sql.Insert(new IssueIntent(
            issue.Serial, request.UserId, authorities.Current.SubjectKeyIdentifier, request.Key.SubjectPublicKeySha256, issue.NotAfter,
            work.Now));
        return new(null, issue, work.Now);
    }

    private (EnrollOutcome Outcome, DateTimeOffset? SupersededAt) Store(
        UnitOfWork work, EnrollmentRequest request, IssuedCertificate signed, DateTimeOffset issuedAt)
    {
        // Evaluated again where nothing can change any more: another request of the same user may have been stored meanwhile.
        var applicant = Applicant.Find(work, request.UserId, request.Key.SubjectPublicKeySha256);
        if (End(work, request, applicant) is { } ended)
        {
            work.Abandon(work.Db.IssueIntents.Single(i => i.SerialNumber == signed.Serial), applicant?.Person.LoginId ?? "");
            work.AfterCommit(crl.Request);
            return (ended, null);
        }

        if (work.Sql.Execute(
            "DELETE FROM \"IssueIntents\" WHERE \"SerialNumber\" = @serial AND \"AbandonedAt\" IS NULL", ("@serial", signed.Serial)) == 0)
        {
            // It took so long that the serial was given up and stands on the CRL.
            return (new EnrollOutcome.Unavailable(), null);
        }

        var superseded = request.Renews is not null && SupersedeUnused(work, request, applicant!);
        var certificate = new Certificate(
            request.UserId, signed.IssuerKeyIdentifier, signed.Serial, signed.Der.ToArray(), signed.Sha256Fingerprint,
            signed.SubjectPublicKeySha256, signed.NotBefore, signed.NotAfter, issuedAt);
        work.Issue(certificate, applicant!.Person.LoginId);
        work.StoreAsNewest(certificate);
        var done = Entry(
            request,
            applicant!.Person) with
        { Result = HistoryResult.Done, SerialNumber = signed.Serial.ToString(), Value = request.Key.Algorithm };
        work.Record(done with { Detail = request.Renews is null ? "issued" : "renewed" });
        return (new EnrollOutcome.Issued(signed.Der, signed.Serial, SentAgain: false), superseded ? work.Now : null);
    }

    /// <summary>
    /// A renewal locks nobody out (docs/rules.md): beside the renewed certificate only the new one stays. What an earlier renewal made
    /// and nobody used is superseded in the act that replaces it.
    /// </summary>
    private bool SupersedeUnused(UnitOfWork work, EnrollmentRequest request, Applicant applicant)
    {
        var others = work.Db.Certificates.Where(
            c => c.UserId == request.UserId && c.RevokedAt == null && c.SerialNumber != request.Renews).ToList();
        foreach (var certificate in others.Where(c => !c.HasExpiredAt(work.Now)))
        {
            work.Revoke(certificate, applicant.Person.LoginId, X509RevocationReason.Superseded);
            work.Record(Entry(request, applicant.Person) with
            {
                Operation = HistoryOperation.Revocation,
                Result = HistoryResult.Done,
                SerialNumber = certificate.SerialNumber.ToString(),
                Detail = "superseded-by-renewal",
                Value = nameof(X509RevocationReason.Superseded),
            });
            foreach (var session in work.Db.Sessions.Where(s => s.CertificateId == certificate.Id && s.EndedAt == null).ToList())
            {
                sessions.End(work, session, SessionEndReason.CertificateRevoked);
            }

            work.AfterCommit(crl.Request);
        }

        return others.Exists(c => c.RevokedAt is not null);
    }

    private static bool GiveUpUnsigned(UnitOfWork work, EnrollmentRequest request, SerialNumber serial)
    {
        work.Db.IssueIntents.Remove(work.Db.IssueIntents.Single(i => i.SerialNumber == serial));
        work.Record(Entry(request, Correspondent.Of(work.Db.Users.Single(u => u.Id == request.UserId))) with { Detail = "profile-broken" });
        return true;
    }

    /// <summary>The end of a request that issues nothing new, recorded; null when it is to issue.</summary>
    private EnrollOutcome? End(UnitOfWork work, EnrollmentRequest request, Applicant? applicant)
    {
        if (applicant is { IsDeleted: false } && request.Password?.IsUnchanged(PasswordKind.Login, applicant.LoginPasswordVersion) == false)
        {
            work.Record(Entry(
                request, applicant.Person) with
            { Detail = EnrollRefusal.BadCredentials.Code(), Value = "password-changed-meanwhile" });
            return new EnrollOutcome.Refused(EnrollRefusal.BadCredentials);
        }

        if (request.AtTheWordOf is not null && applicant is not null)
        {
            // Nobody's password was asked for.
            applicant = applicant with { InitialPasswordHasExpired = false };
        }

        var shown = request.Renews is { } serial ? ShownCertificate.Find(work, serial, request.Key.SubjectPublicKeySha256) : null;
        if (shown is not null && revoked.IsRevoked(shown.SerialNumber, shown.RevokedAt is not null))
        {
            shown = shown with { RevokedAt = shown.RevokedAt ?? work.Now };
        }

        var evaluation = request.Renews is null
            ? EnrollmentPolicy.Evaluate(applicant)
            : EnrollmentPolicy.EvaluateRenewal(applicant, shown, policy.Value.RenewalWindowDays, work.Now);
        if (evaluation.Refusal is { } refusal)
        {
            work.Record(Entry(request, applicant?.Person) with
            {
                SerialNumber = shown?.SerialNumber.ToString(),
                Detail = refusal.Detail(),
            });
            return new EnrollOutcome.Refused(refusal)
            {
                Person = refusal.Cause() is null
                    ? null
                    : NextSteps.PersonOf(work.Db, work.Db.Users.Single(u => u.Id == request.UserId), work.Now),
            };
        }

        if (!evaluation.SendsAgain)
        {
            return null;
        }

        var newest = work.Db.Certificates.Single(c => c.Id == applicant!.NewestCertificateId);
        if (revoked.IsRevoked(newest.SerialNumber, newest.RevokedAt is not null))
        {
            // Its row denies it: who gets that certificate again could not log in with it.
            work.Record(Entry(
                request,
                applicant!.Person) with
            { SerialNumber = newest.SerialNumber.ToString(), Detail = EnrollRefusal.KeyReused.Detail() });
            return new EnrollOutcome.Refused(EnrollRefusal.KeyReused);
        }

        work.Record(Entry(
            request,
            applicant!.Person) with
        { Result = HistoryResult.Done, SerialNumber = newest.SerialNumber.ToString(), Detail = "sent-again" });
        return new EnrollOutcome.Issued(newest.Der, newest.SerialNumber, SentAgain: true);
    }

    private static HistoryEntry Entry(EnrollmentRequest request, Correspondent? user) => new()
    {
        Operation = request.Operation,
        Result = HistoryResult.Refused,
        CompanyId = user?.CompanyId,
        UserId = request.AtTheWordOf is { } word ? word.Id : user?.Id,
        LoginId = request.AtTheWordOf is { } by ? by.LoginId : user?.LoginId,
        Source = request.Source,
        TargetUserId = user?.Id,
        TargetLoginId = user?.LoginId,
        Detail = "",
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "No certificate was signed for {LoginId}: it would break the profile. {Findings}")]
    private static partial void LogProfileBroken(ILogger logger, string loginId, string findings);

    private sealed record Promised(EnrollOutcome? Ended, IssueRequest? Request, DateTimeOffset At);
}
