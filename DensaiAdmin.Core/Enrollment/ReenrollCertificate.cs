using System.Security.Cryptography;
using DensaiAdmin.Core.History;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Core.Users;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.Enrollment;

/// <summary>
/// 証明書更新 (R7, R17): who shows a certificate of ours in TLS and knows its user's login password gets a
/// new one inside the renewal window. The old one stays usable until the new one's first login.
/// </summary>
public sealed class ReenrollCertificate(
    EnrollmentPipeline pipeline,
    StoreWriter writer,
    IDbContextFactory<DensaiDbContext> contexts,
    SourceThrottle throttle,
    RefusalCounter refusals,
    TimeProvider clock)
{
    /// <inheritdoc cref="EnrollCertificate.RefuseUnread"/>
    public EnrollOutcome.Refused RefuseUnread(Actor actor, string why)
    {
        refusals.Count(Refusal(EnrollRefusal.BadRequest, actor.Source) with { Value = why });
        return new(EnrollRefusal.BadRequest);
    }

    /// <summary>
    /// A user asks with a certificate, login ID and login password (EST <c>simplereenroll</c>). Order of checks: request and key,
    /// certificate, throttle, password, then <see cref="EnrollmentPolicy"/>.
    /// </summary>
    /// <param name="presented">DER of the client certificate whose key TLS proved; null when there was none.</param>
    /// <param name="credentials">
    /// Null when none were given: refused like wrong ones, and not recorded (RFC 7617: the client waits to be asked).
    /// </param>
    /// <param name="request">The PKCS#10 request as sent; see <see cref="CertificationRequestFile"/>.</param>
    /// <param name="actor">Who asks; nobody is known yet.</param>
    /// <param name="cancellation">Ends the wait for a hashing slot; what is being stored is stored.</param>
    public async Task<EnrollOutcome> ByUserAsync(
        byte[]? presented, EnrollmentCredentials? credentials, ReadOnlyMemory<byte> request, Actor actor, CancellationToken cancellation =
            default)
    {
        writer.Clock.Require(code => refusals.Count(
            EnrollmentPipeline.Refusal(HistoryOperation.Renewal, code, actor.Source) with { LoginId = credentials?.LoginId }));
        switch (pipeline.Parse(request))
        {
            case CertificationRequestOutcome.Refused refused:
                var reason = EnrollmentPolicy.Evaluate(refused.Reason);
                return Count(
                    Refusal(reason, actor.Source) with { Value = refused.Reason.ToString() }, new(reason) { Request = refused.Reason });
            case CertificationRequestOutcome.Accepted accepted:
                return await WithKeyAsync(presented, credentials, accepted.Key, actor.Source, cancellation);
            default:
                throw new InvalidOperationException("The outcomes are closed.");
        }
    }

    private async Task<EnrollOutcome> WithKeyAsync(
        byte[]? presented, EnrollmentCredentials? credentials, AcceptedKey key, string source, CancellationToken cancellation)
    {
        if (presented is null || await FindAsync(presented, cancellation) is not { } certificate)
        {
            // None, another authority's, or one that was signed and never handed out: nobody's password is at stake here. Which of them is
            // said, because none at all is mended on the way to the bank and a foreign one on the PC.
            var reason = presented is null ? EnrollRefusal.CertificateRequired : EnrollRefusal.CertificateNotOurs;
            return Count(Refusal(reason, source) with { LoginId = credentials?.LoginId }, new(reason));
        }

        var user = certificate.User;
        var behind = Refusal(EnrollRefusal.BadCredentials, source) with
        {
            CompanyId = user.CompanyId,
            UserId = user.Id,
            LoginId = user.LoginId,
            SerialNumber = certificate.SerialNumber.ToString(),
        };
        if (credentials is null)
        {
            return new EnrollOutcome.Refused(EnrollRefusal.BadCredentials);
        }

        // Whoever found an old certificate is outside: only one that logs in may count on the way that locks a login (R23).
        var now = clock.GetUtcNow();
        var path = pipeline.IsUsable(certificate, now) && user.DeletedAt is null ? PasswordPath.Certificate : PasswordPath.Open;
        if (throttle.Take(source, path) is { } wait)
        {
            return Count(behind with { Detail = EnrollRefusal.TooManyRequests.Code() }, new(EnrollRefusal.TooManyRequests, wait));
        }

        // Another user's password is never looked at behind this certificate: it would be a way to try it. It costs the same, and
        // counts against the holder of the key.
        var isTheirs = LoginId.Canonical(credentials.LoginId) == user.CanonicalLoginId;
        var canBeRight = isTheirs && user.DeletedAt is null;
        var submission = new PasswordSubmission(
            user.CanonicalLoginId, path, user.DeletedAt is null
                ? user
                : null, canBeRight
                ? user.LoginPassword
                : null, credentials.Password, source);
        var (password, refused) = await pipeline.ProveAsync(submission, cancellation);
        if (refused is null)
        {
            return await pipeline.IssueAsync(
                new(user.Id, key, source) { Password = password, Renews = certificate.SerialNumber, Path = path }, cancellation);
        }

        if (refused.Reason != EnrollRefusal.BadCredentials)
        {
            // Behind a certificate that logs in, its holder is told who helps.
            var told = refused.Reason.Cause() is not null && path == PasswordPath.Certificate
                ? refused with { Person = await PersonOfAsync(user, cancellation) }
                : refused;
            return Count(behind with { Detail = refused.Reason.Code() }, told);
        }

        await writer.PerformAnyTimeAsync(
            work =>
            {
                work.Record(behind with { Value = isTheirs ? null : "other-login-id" });
                return true;
            },
            CancellationToken.None);
        return refused;
    }

    private EnrollOutcome.Refused Count(HistoryEntry entry, EnrollOutcome.Refused refused)
    {
        refusals.Count(entry);
        return refused;
    }

    private async Task<PersonKind> PersonOfAsync(User user, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return NextSteps.PersonOf(db, user, clock.GetUtcNow());
    }

    private async Task<Certificate?> FindAsync(byte[] presented, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Certificates.AsNoTracking().Presented(presented).Include(c => c.User).SingleOrDefaultAsync(cancellation);
    }

    private static HistoryEntry Refusal(EnrollRefusal reason, string source) =>
        EnrollmentPipeline.Refusal(HistoryOperation.Renewal, reason, source);
}
