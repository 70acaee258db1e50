using System.Security.Cryptography;
using DensaiAdmin.Core.Certificates;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Users;
using Microsoft.EntityFrameworkCore;
using System.Security.Cryptography.X509Certificates;

namespace DensaiAdmin.Core.SignIn;

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

    /// <summary>利用停止 (R21).</summary>
    UserSuspended,

    /// <summary>Too many wrong passwords behind a certificate; for a time.</summary>
    PasswordLocked,
}

/// <summary>How the certificate authority's part of the product judges a certificate that the inventory does not have.</summary>
public enum IssuerVerdict
{
    /// <summary>Not signed by an issuing CA of ours.</summary>
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
public sealed record Diagnosis(CertificateFinding Finding, Certificate? Certificate = null, User? User = null, DateTimeOffset? At = null);

/// <summary>
/// Judges the presented certificate: identity is a certificate in our inventory (architecture decision 2). TLS accepted
/// whatever came, so that a person gets words and never a browser's error page.
/// </summary>
public sealed class CertificateDiagnosis(IDbContextFactory<DensaiDbContext> contexts, AttemptPolicy attempts, Func<byte[], IssuerVerdict> judgeIssuer, TimeProvider clock)
{
    /// <summary>Judges a certificate as presented now.</summary>
    /// <param name="presented">DER of the client certificate, or null.</param>
    /// <param name="cancellation">Ends the query.</param>
    public async Task<Diagnosis> JudgeAsync(byte[]? presented, CancellationToken cancellation = default)
    {
        if (presented is null)
        {
            return new(CertificateFinding.None);
        }

        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return Judge(db, presented, clock.GetUtcNow());
    }

    /// <summary>The instant by which it judges, UTC.</summary>
    internal DateTimeOffset Now => clock.GetUtcNow();

    internal Diagnosis Judge(DensaiDbContext db, byte[] presented, DateTimeOffset now)
    {
        var fingerprint = Convert.ToHexString(SHA256.HashData(presented));
        var certificate = db.Certificates.Include(c => c.User).ThenInclude(u => u.Company).SingleOrDefault(c => c.Sha256Fingerprint == fingerprint);
        if (certificate is null)
        {
            return new(judgeIssuer(presented) switch
            {
                IssuerVerdict.NotOurs => CertificateFinding.NotOurs,
                IssuerVerdict.ProfileWrong => CertificateFinding.ProfileWrong,
                IssuerVerdict.Ours => CertificateFinding.UnknownSerial,
            });
        }

        var user = certificate.User;
        Diagnosis With(CertificateFinding finding, DateTimeOffset? at = null) => new(finding, certificate, user, at);
        if (certificate.RevokedAt is { } revokedAt)
        {
            return With(certificate.Reason == X509RevocationReason.Superseded && user.CertificateStatusAt(now) == CertificateStatus.Issued ? CertificateFinding.Superseded : CertificateFinding.Revoked, revokedAt);
        }

        if (user.DeletedAt is not null)
        {
            return new(CertificateFinding.UnknownSerial);
        }

        if (certificate.HasExpiredAt(now))
        {
            return With(CertificateFinding.Expired, certificate.NotAfter);
        }

        if (now < certificate.NotBefore)
        {
            return With(CertificateFinding.NotYetValid, certificate.NotBefore);
        }

        if (user.SuspendedAt is { } suspendedAt)
        {
            return With(CertificateFinding.UserSuspended, suspendedAt);
        }

        var state = attempts.StateOf(db, user.CanonicalLoginId, PasswordPath.Certificate, now);
        return state.IsLocked ? With(CertificateFinding.PasswordLocked, state.LockedUntil) : With(CertificateFinding.Good);
    }
}
