using System.Security.Cryptography;
using DensaiAdmin.Core.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace DensaiAdmin.Core.Sessions;

/// <summary>Why a session ended; BLGI003 says it in words.</summary>
public enum SessionEndReason
{
    /// <summary>ログアウト.</summary>
    LoggedOut,

    /// <summary>No activity for the idle limit.</summary>
    Idle,

    /// <summary>The absolute limit was reached.</summary>
    AbsoluteLimit,

    /// <summary>The same user logged in elsewhere.</summary>
    SecondLogin,

    /// <summary>The certificate was revoked (R20).</summary>
    CertificateRevoked,

    /// <summary>The certificate reached its notAfter (R9).</summary>
    CertificateExpired,

    /// <summary>利用停止 (R21).</summary>
    UserSuspended,

    /// <summary>Another certificate than the session's was presented with its cookie.</summary>
    CertificateMismatch,

    /// <summary>The user's password was changed elsewhere or reset.</summary>
    PasswordChanged,
}

/// <summary>
/// A login, held by the server. The cookie only names it, by a token whose SHA-256 is stored; it is bound to the
/// certificate that made it.
/// </summary>
public sealed class Session
{
    private Session()
    {
    }

    public Session(long userId, long certificateId, string certificateFingerprint, string tokenHash, string source, string userAgent, DateTimeOffset startedAt)
    {
        UserId = userId;
        CertificateId = certificateId;
        CertificateFingerprint = certificateFingerprint;
        TokenHash = tokenHash;
        Source = source;
        UserAgent = userAgent.Length > 200 ? userAgent[..200] : userAgent;
        StartedAt = startedAt;
        LastActiveAt = startedAt;
    }

    public long Id { get; private set; }

    public string TokenHash { get; private set; } = "";

    public long UserId { get; private set; }

    public User User { get; private set; } = null!;

    public long CertificateId { get; private set; }

    /// <summary>SHA-256 of the certificate that TLS presented at login, upper hex.</summary>
    public string CertificateFingerprint { get; private set; } = "";

    public string Source { get; private set; } = "";

    public string UserAgent { get; private set; } = "";

    public DateTimeOffset StartedAt { get; private set; }

    /// <summary>Last act of the person, stored at most every half minute; memory knows it to the second.</summary>
    public DateTimeOffset LastActiveAt { get; private set; }

    public DateTimeOffset? EndedAt { get; private set; }

    public SessionEndReason? EndReason { get; private set; }

    public void NoteActivity(DateTimeOffset at)
    {
        if (at > LastActiveAt)
        {
            LastActiveAt = at;
        }
    }

    public void End(DateTimeOffset at, SessionEndReason reason)
    {
        if (EndedAt is null)
        {
            EndedAt = at;
            EndReason = reason;
        }
    }

    /// <summary>A new token for a cookie: 256 random bits, base64url.</summary>
    public static string NewToken() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    /// <summary>What is stored of a token.</summary>
    public static string HashToken(string token) => Convert.ToHexString(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(token)));
}

internal sealed class SessionConfiguration : IEntityTypeConfiguration<Session>
{
    public void Configure(EntityTypeBuilder<Session> session)
    {
        session.Property(s => s.TokenHash).HasMaxLength(64);
        session.Property(s => s.CertificateFingerprint).HasMaxLength(64);
        session.Property(s => s.Source).HasMaxLength(64);
        session.Property(s => s.UserAgent).HasMaxLength(200);
        session.Property(s => s.EndReason).HasConversion<string>().HasMaxLength(32);
        session.HasIndex(s => s.TokenHash).IsUnique();
        session.HasIndex(s => new { s.UserId, s.EndedAt });
        session.HasOne(s => s.User).WithMany().HasForeignKey(s => s.UserId).OnDelete(DeleteBehavior.Restrict);
    }
}

/// <summary>Limits of a session. Section <c>Sessions</c>.</summary>
public sealed class SessionOptions
{
    /// <summary>Minutes without activity after which a session ends. Default 15.</summary>
    public double IdleMinutes { get; set; } = 15;

    /// <summary>Minutes before the idle end at which the warning opens. Default 2.</summary>
    public double WarningMinutes { get; set; } = 2;

    /// <summary>Hours after which a session ends whatever happens. Default 12.</summary>
    public double AbsoluteHours { get; set; } = 12;

    public TimeSpan Idle => TimeSpan.FromMinutes(IdleMinutes);

    public TimeSpan Warning => TimeSpan.FromMinutes(WarningMinutes);

    public TimeSpan Absolute => TimeSpan.FromHours(AbsoluteHours);
}
