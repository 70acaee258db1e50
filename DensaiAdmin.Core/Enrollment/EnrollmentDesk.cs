using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Acts;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Certificates;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Mail;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Users;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Core.Enrollment;

/// <summary>A certificate that is asked for, by somebody who may ask.</summary>
/// <param name="UserId">Whose.</param>
/// <param name="Key">The key that goes into it.</param>
/// <param name="Source">Network address of who asks.</param>
internal sealed record CertificateWish(long UserId, AcceptedKey Key, string Source)
{
    /// <summary>The user's login password, to be evaluated again at the act; null where the user did not ask.</summary>
    public required EvaluatedPassword? Password { get; init; }

    /// <summary>SHA-256 (upper hex) of the certificate that is renewed, as TLS showed it; null for a first one.</summary>
    public string? Renews { get; init; }

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
/// signed, then stored with its history record and mails, and only then handed out. What was signed and not stored is never handed
/// out; its serial goes on the CRL.
/// </summary>
public sealed partial class EnrollmentDesk(
    ActWriter acts,
    PasswordCheck passwords,
    SourceThrottle throttle,
    SessionWatch sessions,
    Authorities authorities,
    Outbox outbox,
    CrlSignal crl,
    RevokedSerials revoked,
    IOptions<CertificatePolicyOptions> policy,
    TimeProvider clock,
    ILogger<EnrollmentDesk> log)
{
    // A wait that is long enough for the hashing queue to have moved on.
    private static readonly TimeSpan BusyWait = TimeSpan.FromSeconds(5);

    // Longer than a list of 100,000 takes to build; nobody waits longer for a list that comes by itself.
    private static readonly TimeSpan MostWaitForCrl = TimeSpan.FromSeconds(2);

    internal CertificationRequestOutcome Parse(ReadOnlyMemory<byte> request) => CertificationRequestFile.Decode(request.Span) is { } der
        ? CertificationRequest.Parse(der, authorities.Certificates)
        : new CertificationRequestOutcome.Refused(CertificationRequestRefusal.NotEncoded);

    /// <summary>Whether a certificate is in force for logging in, by its row and by every list and note that tells of it.</summary>
    internal bool IsUsable(Certificate certificate, DateTimeOffset now) => !revoked.IsRevoked(certificate.SerialNumber, certificate.RevokedAt is not null) && certificate.IsUsableAt(now);

    /// <summary>Holds the password against what is stored; the attempt was taken from the throttle before.</summary>
    /// <returns>The proof when it is right, or why not.</returns>
    internal async Task<(EvaluatedPassword? Proof, EnrollOutcome.Refused? Refused)> ProveAsync(PasswordSubmission submission, CancellationToken cancellation)
    {
        var judged = await passwords.JudgeAsync(submission, cancellation);
        switch (judged.Verdict)
        {
            case PasswordVerdict.Locked:
                return (null, new(EnrollRefusal.UserLocked, judged.Attempts.LockedUntil - clock.GetUtcNow()));
            case PasswordVerdict.Busy:
                throttle.GiveBack(submission.Source, submission.Path);
                return (null, new(EnrollRefusal.TooManyRequests, BusyWait));
            case PasswordVerdict.Wrong:
                return (null, new(EnrollRefusal.BadCredentials));
            case PasswordVerdict.Right:
            default:
                return (judged.Proof, null);
        }
    }

    /// <summary>Everything behind authentication.</summary>
    internal async Task<EnrollOutcome> IssueAsync(CertificateWish wish, CancellationToken cancellation = default)
    {
        var promised = await acts.PerformAsync(act => Promise(act, wish), cancellation);
        if (promised.Ended is { } ended)
        {
            return ended;
        }

        // From here on nobody's impatience may leave a signed certificate behind that is not stored.
        var request = promised.Request!;
        switch (authorities.Issuer.Issue(request))
        {
            case IssueOutcome.Issued signed:
                var (outcome, superseded) = await acts.PerformAsync(act => Store(act, wish, signed.Certificate, promised.At), CancellationToken.None);
                if (superseded is { } at)
                {
                    await crl.WaitForAsync(at, MostWaitForCrl, CancellationToken.None);
                }

                if (outcome is EnrollOutcome.Issued { SentAgain: false } && wish.Path is { } path)
                {
                    throttle.GiveBack(wish.Source, path);
                }

                return outcome;
            case IssueOutcome.Refused broken:
                LogProfileBroken(log, request.LoginId, string.Join("; ", broken.Findings));
                await acts.PerformAnyTimeAsync(act => GiveUpUnsigned(act, wish, request.Serial), CancellationToken.None);
                return new EnrollOutcome.ProfileBroken(broken.Findings);
            default:
                throw new InvalidOperationException("The outcomes are closed.");
        }
    }

    /// <summary>A refusal, before anything is known of who stands behind it.</summary>
    internal static HistoryEntry Refusal(HistoryOperation operation, EnrollRefusal reason, string source) => Refusal(operation, reason.Code(), source);

    /// <inheritdoc cref="Refusal(HistoryOperation, EnrollRefusal, string)"/>
    internal static HistoryEntry Refusal(HistoryOperation operation, string code, string source) => new()
    {
        Operation = operation,
        Result = HistoryResult.Refused,
        Source = source,
        Detail = code,
    };

    private Promised Promise(Act act, CertificateWish wish)
    {
        wish.AtTheWordOf?.Approval.Verify(act.Db, act.Now);
        var applicant = Applicant.Find(act, wish.UserId, wish.Key.SubjectPublicKeySha256);
        if (End(act, wish, applicant) is { } ended)
        {
            return new(ended, null, act.Now);
        }

        var request = new IssueRequest(applicant!.Person.LoginId, SerialNumber.New(), wish.Key, ValidityPolicy.NotBefore(act.Now), ValidityPolicy.NotAfter(act.Now, policy.Value.ValidityYears));
        act.Sql.Insert(new IssueIntent(request.Serial, wish.UserId, authorities.Current.SubjectKeyIdentifier, wish.Key.SubjectPublicKeySha256, request.NotAfter, act.Now));
        return new(null, request, act.Now);
    }

    private (EnrollOutcome Outcome, DateTimeOffset? SupersededAt) Store(Act act, CertificateWish wish, IssuedCertificate signed, DateTimeOffset issuedAt)
    {
        // Judged again where nothing can change any more: another request of the same user may have been stored meanwhile.
        var applicant = Applicant.Find(act, wish.UserId, wish.Key.SubjectPublicKeySha256);
        if (End(act, wish, applicant) is { } ended)
        {
            act.Abandon(act.Db.IssueIntents.Single(i => i.SerialNumber == signed.Serial), applicant?.Person.LoginId ?? "");
            act.AfterCommit(crl.Wish);
            return (ended, null);
        }

        if (act.Sql.Execute("DELETE FROM IssueIntents WHERE SerialNumber = $serial AND AbandonedAt IS NULL", ("$serial", signed.Serial.ToString())) == 0)
        {
            // It took so long that the serial was given up and stands on the CRL.
            return (new EnrollOutcome.Unavailable(), null);
        }

        var superseded = wish.Renews is not null && SupersedeUnused(act, wish, applicant!);
        var certificate = new Certificate(
            wish.UserId, signed.IssuerKeyIdentifier, signed.Serial, signed.Der.ToArray(), signed.Sha256Fingerprint,
            signed.SubjectPublicKeySha256, signed.NotBefore, signed.NotAfter, issuedAt);
        act.Issue(certificate, applicant!.Person.LoginId);
        act.Sql.Insert(certificate);
        act.Sql.Execute(
            "UPDATE Users SET CurrentCertificateId = $certificate, CertificateNotAfter = $notAfter, CertificateRevokedAt = NULL WHERE Id = $user",
            ("$certificate", act.Sql.LastKey()),
            ("$notAfter", certificate.NotAfter),
            ("$user", wish.UserId));
        var done = Entry(wish, applicant!.Person) with { Result = HistoryResult.Done, SerialNumber = signed.Serial.ToString(), Value = wish.Key.Algorithm };
        if (wish.Renews is null)
        {
            act.Record(done with { Detail = "issued" });
            outbox.CertificateIssued(act, applicant.Person, certificate);
        }
        else
        {
            act.Record(done with { Detail = "renewed" });
            outbox.CertificateRenewed(act, applicant.Person, certificate);
        }

        return (new EnrollOutcome.Issued(signed.Der, signed.Serial, SentAgain: false), superseded ? act.Now : null);
    }

    /// <summary>
    /// Product section 2: beside the renewed certificate only the new one stays. What an earlier renewal made and nobody used is
    /// superseded in the act that replaces it.
    /// </summary>
    private bool SupersedeUnused(Act act, CertificateWish wish, Applicant applicant)
    {
        var others = act.Db.Certificates.Where(c => c.UserId == wish.UserId && c.RevokedAt == null && c.Sha256Fingerprint != wish.Renews).ToList();
        foreach (var certificate in others.Where(c => !c.HasExpiredAt(act.Now)))
        {
            act.Revoke(certificate, applicant.Person.LoginId, X509RevocationReason.Superseded);
            act.Record(Entry(wish, applicant.Person) with
            {
                Operation = HistoryOperation.Revocation,
                Result = HistoryResult.Done,
                SerialNumber = certificate.SerialNumber.ToString(),
                Detail = "superseded-by-renewal",
                Value = nameof(X509RevocationReason.Superseded),
            });
            foreach (var session in act.Db.Sessions.Where(s => s.CertificateId == certificate.Id && s.EndedAt == null).ToList())
            {
                sessions.End(act, session, SessionEndReason.CertificateRevoked);
            }

            act.AfterCommit(crl.Wish);
        }

        return others.Exists(c => c.RevokedAt is not null);
    }

    private static bool GiveUpUnsigned(Act act, CertificateWish wish, SerialNumber serial)
    {
        act.Db.IssueIntents.Remove(act.Db.IssueIntents.Single(i => i.SerialNumber == serial));
        act.Record(Entry(wish, Correspondent.Of(act.Db.Users.Single(u => u.Id == wish.UserId))) with { Detail = "profile-broken" });
        return true;
    }

    /// <summary>The end of a request that issues nothing new, recorded; null when it is to issue.</summary>
    private EnrollOutcome? End(Act act, CertificateWish wish, Applicant? applicant)
    {
        if (applicant is { IsDeleted: false } && wish.Password?.IsUnchanged(PasswordKind.Login, applicant.LoginPasswordVersion) == false)
        {
            act.Record(Entry(wish, applicant.Person) with { Detail = EnrollRefusal.BadCredentials.Code(), Value = "password-changed-meanwhile" });
            return new EnrollOutcome.Refused(EnrollRefusal.BadCredentials);
        }

        if (wish.AtTheWordOf is not null && applicant is not null)
        {
            // Nobody's password was asked for.
            applicant = applicant with { InitialPasswordHasExpired = false };
        }

        var shown = wish.Renews is { } fingerprint ? ShownCertificate.Find(act, fingerprint, wish.Key.SubjectPublicKeySha256) : null;
        if (shown is not null && revoked.IsRevoked(SerialNumber.Parse(shown.SerialNumber), shown.RevokedAt is not null))
        {
            shown = shown with { RevokedAt = shown.RevokedAt ?? act.Now };
        }

        var verdict = wish.Renews is null
            ? EnrollmentPolicy.Judge(applicant)
            : EnrollmentPolicy.JudgeRenewal(applicant, shown, policy.Value.RenewalWindowDays, act.Now);
        if (verdict.Refusal is { } refusal)
        {
            act.Record(Entry(wish, applicant?.Person) with { SerialNumber = shown?.SerialNumber, Detail = refusal.Detail() });
            return new EnrollOutcome.Refused(refusal)
            {
                Person = refusal.Cause() is null ? null : NextSteps.PersonOf(act.Db, act.Db.Users.Single(u => u.Id == wish.UserId), act.Now),
            };
        }

        if (!verdict.SendsAgain)
        {
            return null;
        }

        var newest = act.Db.Certificates.Single(c => c.Id == applicant!.NewestCertificateId);
        if (revoked.IsRevoked(newest.SerialNumber, newest.RevokedAt is not null))
        {
            // Its row denies it: who gets that certificate again could not log in with it.
            act.Record(Entry(wish, applicant!.Person) with { SerialNumber = newest.SerialNumber.ToString(), Detail = EnrollRefusal.KeyReused.Detail() });
            return new EnrollOutcome.Refused(EnrollRefusal.KeyReused);
        }

        act.Record(Entry(wish, applicant!.Person) with { Result = HistoryResult.Done, SerialNumber = newest.SerialNumber.ToString(), Detail = "sent-again" });
        return new EnrollOutcome.Issued(newest.Der, newest.SerialNumber, SentAgain: true);
    }

    private static HistoryEntry Entry(CertificateWish wish, Correspondent? user) => new()
    {
        Operation = wish.Operation,
        Result = HistoryResult.Refused,
        CompanyId = user?.CompanyId,
        UserId = wish.AtTheWordOf is { } word ? word.Id : user?.Id,
        LoginId = wish.AtTheWordOf is { } by ? by.LoginId : user?.LoginId,
        Source = wish.Source,
        TargetUserId = user?.Id,
        TargetLoginId = user?.LoginId,
        Detail = "",
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "No certificate was signed for {LoginId}: it would break the profile. {Findings}")]
    private static partial void LogProfileBroken(ILogger logger, string loginId, string findings);

    private sealed record Promised(EnrollOutcome? Ended, IssueRequest? Request, DateTimeOffset At);
}
