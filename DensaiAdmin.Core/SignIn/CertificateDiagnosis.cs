using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using DensaiAdmin.Core.Users;
using Microsoft.EntityFrameworkCore;

namespace DensaiAdmin.Core.SignIn;

/// <summary>Whose session it was.</summary>
/// <param name="Person">What counts for the next step (R27).</param>
/// <param name="LoginId">To be named to whoever helps.</param>
public sealed record SessionOwner(PersonKind Person, string LoginId);

/// <summary>What is to be said of the certificate that TLS presented (BLGI003).</summary>
public enum CertificateFinding
{
    /// <summary>It may log in with the password.</summary>
    Good,

    /// <summary>None was presented.</summary>
    None,

    /// <summary>Another authority made it.</summary>
    NotOurs,

    /// <summary>Our authority signed it, but it is no end-entity certificate of our profile.</summary>
    ProfileWrong,

    /// <summary>Our authority signed it, but the inventory does not have it.</summary>
    UnknownSerial,

    /// <summary>Before notBefore by the server's clock.</summary>
    NotYetValid,

    /// <summary>有効期限切れ (R9).</summary>
    Expired,

    /// <summary>失効済み.</summary>
    Revoked,

    /// <summary>Replaced by a newer one that has been used.</summary>
    Superseded,

    /// <summary>利用者情報の削除.</summary>
    UserDeleted,

    /// <summary>利用停止 (R21).</summary>
    UserSuspended,

    /// <summary>Too many wrong passwords behind a certificate; for a time.</summary>
    PasswordLocked,

    /// <summary>The right initial password, but later than it works.</summary>
    InitialPasswordExpired,

    /// <summary>The certificate no longer works, and the company needs none any more: ID・パスワード方式.</summary>
    PasswordMethod,
}

/// <summary>How the certificate authority's part of the product evaluates a certificate that the inventory does not have.</summary>
public enum IssuerEvaluation
{
    /// <summary>Not signed by a CA of ours.</summary>
    NotOurs,

    /// <summary>Signed by ours, but not a client certificate.</summary>
    ProfileWrong,

    /// <summary>Signed by ours, with the client profile.</summary>
    Ours,
}

/// <summary>A finding, with what its holder may know. TLS has proved that the key is the holder's.</summary>
/// <param name="Finding">What to say.</param>
/// <param name="Certificate">The certificate in the inventory, when it is there.</param>
/// <param name="User">Its user, when it is there.</param>
/// <param name="At">When it expired, was revoked, or until when it is locked. UTC.</param>
/// <param name="Person">Who is told, where something keeps a known user from logging in.</param>
public sealed record Diagnosis(
    CertificateFinding Finding, Certificate? Certificate = null, User? User = null, DateTimeOffset? At = null, PersonKind? Person = null)
{
    /// <summary>The cause by which the next step is found (R27); null where no user is known.</summary>
    public AccessCause? Cause => Finding switch
    {
        CertificateFinding.UserDeleted => AccessCause.UserDeleted,
        CertificateFinding.UserSuspended => AccessCause.UserSuspended,
        CertificateFinding.PasswordLocked => AccessCause.PasswordLocked,
        CertificateFinding.InitialPasswordExpired => AccessCause.InitialPasswordExpired,
        CertificateFinding.PasswordMethod => AccessCause.PasswordMethod,
        CertificateFinding.Expired => AccessCause.CertificateExpired,
        CertificateFinding.Revoked => AccessCause.CertificateRevoked,
        CertificateFinding.Superseded => AccessCause.CertificateSuperseded,
        CertificateFinding.Good or CertificateFinding.None or CertificateFinding.NotOurs or CertificateFinding.ProfileWrong
            or CertificateFinding.UnknownSerial or CertificateFinding.NotYetValid => null,
    };
}

/// <summary>
/// Evaluates the presented certificate: identity is a certificate in our inventory. TLS accepted
/// whatever came, so that a person gets words and never a browser's error page.
/// </summary>
public sealed class CertificateDiagnosis(
    IDbContextFactory<DensaiDbContext> contexts, AttemptPolicy attempts, Func<byte[], IssuerEvaluation> evaluateIssuer,
    RevokedSerials revoked, TimeProvider clock)
{
    /// <summary>Evaluates a certificate as presented now.</summary>
    /// <param name="presented">DER of the client certificate, or null.</param>
    /// <param name="cancellation">Ends the query.</param>
    public async Task<Diagnosis> EvaluateAsync(byte[]? presented, CancellationToken cancellation = default)
    {
        if (presented is null)
        {
            return new(CertificateFinding.None);
        }

        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return Evaluate(db, presented, clock.GetUtcNow());
    }

    /// <summary>The same diagnosis with who is told, where that was not asked yet.</summary>
    internal async Task<Diagnosis> WhomToTellAsync(Diagnosis found, CancellationToken cancellation = default)
    {
        if (found is not { Person: null, User: { } user })
        {
            return found;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return found with { Person = NextSteps.PersonOf(db, user, clock.GetUtcNow()) };
    }

    internal Diagnosis Evaluate(DensaiDbContext db, byte[] presented, DateTimeOffset now)
    {
        var certificate = db.Certificates.Presented(presented).Include(c => c.User).ThenInclude(u => u.Company).SingleOrDefault();
        if (certificate is null)
        {
            return evaluateIssuer(presented) switch
            {
                IssuerEvaluation.NotOurs => new(CertificateFinding.NotOurs),
                IssuerEvaluation.ProfileWrong => new(CertificateFinding.ProfileWrong),
                IssuerEvaluation.Ours => new(CertificateFinding.UnknownSerial),
            };
        }

        var user = certificate.User;
        Diagnosis With(CertificateFinding finding, DateTimeOffset? at) =>
            new(finding, certificate, user, at, NextSteps.PersonOf(db, user, now));

        // R27: the user before the certificate. Who found a lost PC is not told how to go on.
        if (user.DeletedAt is { } deletedAt)
        {
            return With(CertificateFinding.UserDeleted, deletedAt);
        }

        if (user.SuspendedAt is { } suspendedAt)
        {
            return With(CertificateFinding.UserSuspended, suspendedAt);
        }

        var state = attempts.StateOf(db, user.CanonicalLoginId, PasswordPath.Certificate, now);
        if (state.IsLocked)
        {
            return With(CertificateFinding.PasswordLocked, state.LockedUntil);
        }

        if (certificate.RevokedAt is { } revokedAt)
        {
            var hasNewer = certificate.Reason == X509RevocationReason.Superseded
                && user.CertificateStatusAt(now) == CertificateStatus.Issued;
            return With(hasNewer ? CertificateFinding.Superseded : WithoutCertificate(user, CertificateFinding.Revoked), revokedAt);
        }

        // A row that denies it was changed behind the product's back: what a list or the anchor told stays so.
        if (revoked.IsRevoked(certificate.SerialNumber, isRevokedByRow: false))
        {
            return With(WithoutCertificate(user, CertificateFinding.Revoked), now);
        }

        if (certificate.HasExpiredAt(now))
        {
            return With(WithoutCertificate(user, CertificateFinding.Expired), certificate.NotAfter);
        }

        return now < certificate.NotBefore
            ? With(CertificateFinding.NotYetValid, certificate.NotBefore)
            : new(CertificateFinding.Good, certificate, user);
    }

    /// <summary>Who had a session, by its cookie's token; null for what is none.</summary>
    public async Task<SessionOwner?> OwnerOfSessionAsync(string? token, CancellationToken cancellation = default)
    {
        if (token is null)
        {
            return null;
        }

        var hash = Session.HashToken(token);
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var user = await db.Sessions.AsNoTracking().Where(s => s.TokenHash == hash).Select(s => s.User).SingleOrDefaultAsync(cancellation);
        return user is null ? null : new(NextSteps.PersonOf(db, user, clock.GetUtcNow()), user.LoginId);
    }

    // To obtain another would be refused.
    private static CertificateFinding WithoutCertificate(User user, CertificateFinding finding) =>
        user.Company?.AuthenticationMethod == AuthenticationMethod.IdAndPassword ? CertificateFinding.PasswordMethod : finding;
}
