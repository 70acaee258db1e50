using System.Security.Cryptography;
using DensaiAdmin.Core.Pki;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace DensaiAdmin.Core.Registry;

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

    /// <summary>The user does not know a login of theirs and had every other session ended.</summary>
    LoginReported,

    /// <summary>Its token was brought to the other origin, where it never was given.</summary>
    OtherOrigin,

    /// <summary>The company no longer logs in the way that made the session (R2).</summary>
    MethodChanged,

    /// <summary>The user's password was changed elsewhere or reset.</summary>
    PasswordChanged,

    /// <summary>The data was restored from a copy, and every login with it ended.</summary>
    StoreReconciled,
}

/// <summary>
/// A login, held by the server. The cookie only names it, by a token whose SHA-256 is stored; it is bound to the
/// certificate that made it, and so to the certificate origin. One without a certificate (ID・パスワード方式) is bound to the public origin.
/// </summary>
public sealed class Session
{
    private Session()
    {
    }

    /// <summary>A session made behind a certificate.</summary>
    public Session(
        long userId, long certificateId, Sha256Hash certificateFingerprint, Sha256Hash tokenHash, string source, string userAgent,
        DateTimeOffset startedAt)
        : this(userId, tokenHash, source, userAgent, startedAt)
    {
        CertificateId = certificateId;
        CertificateFingerprint = certificateFingerprint;
    }

    /// <summary>A session made by login ID and password alone (R2).</summary>
    public Session(long userId, Sha256Hash tokenHash, string source, string userAgent, DateTimeOffset startedAt)
    {
        UserId = userId;
        TokenHash = tokenHash;
        Source = source;
        UserAgent = userAgent.Length > 200 ? userAgent[..200] : userAgent;
        StartedAt = startedAt;
        LastActiveAt = startedAt;
    }

    public long Id { get; private set; }

    public Sha256Hash TokenHash { get; private set; }

    public long UserId { get; private set; }

    public User User { get; private set; } = null!;

    /// <summary>Null for ID・パスワード方式.</summary>
    public long? CertificateId { get; private set; }

    /// <summary>SHA-256 of the certificate that TLS presented at login; null for ID・パスワード方式.</summary>
    public Sha256Hash? CertificateFingerprint { get; private set; }

    public string Source { get; private set; } = "";

    public string UserAgent { get; private set; } = "";

    public DateTimeOffset StartedAt { get; private set; }

    /// <summary>Last act of the person, stored at most every half minute; memory knows it to the second.</summary>
    public DateTimeOffset LastActiveAt { get; private set; }

    /// <summary>R7: the 証明書更新選択画面 of this login waits for its answer; until then no other page of the login opens.</summary>
    public bool OwesRenewalAnswer { get; private set; }

    public DateTimeOffset? EndedAt { get; private set; }

    public SessionEndReason? EndReason { get; private set; }

    public void NoteActivity(DateTimeOffset at)
    {
        if (at > LastActiveAt)
        {
            LastActiveAt = at;
        }
    }

    /// <summary>Called at login, when the renewal window of its certificate is open (R7, R8).</summary>
    public void AskForRenewal() => OwesRenewalAnswer = true;

    /// <summary>更新する or 更新しない was chosen, and 実行 pressed.</summary>
    public void AnswerRenewal() => OwesRenewalAnswer = false;

    public void End(DateTimeOffset at, SessionEndReason reason)
    {
        if (EndedAt is null)
        {
            EndedAt = at;
            EndReason = reason;
        }
    }

    /// <summary>A new token for a cookie: 256 random bits, base64url.</summary>
    public static string NewToken() =>
        Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    /// <summary>What is stored of a token.</summary>
    public static Sha256Hash HashToken(string token) => Sha256Hash.Of(System.Text.Encoding.UTF8.GetBytes(token));
}

internal sealed class SessionConfiguration : IEntityTypeConfiguration<Session>
{
    public void Configure(EntityTypeBuilder<Session> session)
    {
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
    public const string Section = "Sessions";

    /// <summary>Minutes without activity after which a session ends. Default 15.</summary>
    [SettingNumber(0.1, 480, "分", "minutes")]
    public double IdleMinutes { get; set; } = 15;

    /// <summary>Minutes before the idle end at which the warning opens. Default 2.</summary>
    [SettingNumber(0.05, 60, "分", "minutes")]
    public double WarningMinutes { get; set; } = 2;

    /// <summary>Hours after which a session ends whatever happens. Default 12.</summary>
    [SettingNumber(0.1, 24, "時間", "hours")]
    public double AbsoluteHours { get; set; } = 12;

    public TimeSpan Idle => TimeSpan.FromMinutes(IdleMinutes);

    public TimeSpan Warning => TimeSpan.FromMinutes(WarningMinutes);

    public TimeSpan Absolute => TimeSpan.FromHours(AbsoluteHours);
}
