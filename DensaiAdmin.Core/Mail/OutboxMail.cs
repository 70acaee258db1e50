using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace DensaiAdmin.Core.Mail;

/// <summary>What a mail is about.</summary>
public enum MailKind
{
    /// <summary>証明書発行のお知らせ (R14).</summary>
    CertificateIssued,

    /// <summary>証明書失効のお知らせ.</summary>
    CertificateRevoked,

    /// <summary>確認用パスワードのロックのお知らせ.</summary>
    ConfirmationLocked,

    /// <summary>利用者登録のお知らせ.</summary>
    UserRegistered,

    /// <summary>利用者情報変更のお知らせ.</summary>
    UserChanged,

    /// <summary>利用者削除のお知らせ.</summary>
    UserDeleted,

    /// <summary>利用停止のお知らせ (R21).</summary>
    UserSuspended,

    /// <summary>利用停止解除のお知らせ.</summary>
    UserReleased,

    /// <summary>パスワードのロック解除のお知らせ (R14).</summary>
    PasswordUnlocked,

    /// <summary>初期パスワード再発行のお知らせ.</summary>
    PasswordReset,

    /// <summary>パスワード変更のお知らせ.</summary>
    PasswordChanged,
}

/// <summary>A mail that must go out, laid down in the act it tells of. A mail fault never undoes the act.</summary>
public sealed class OutboxMail
{
    private OutboxMail()
    {
    }

    internal OutboxMail(MailKind kind, Correspondent recipient, string key, string noticeNumber, string subject, string text, DateTimeOffset createdAt)
    {
        Kind = kind;
        RecipientId = recipient.Id;
        Address = recipient.MailAddress;
        Key = key;
        NoticeNumber = noticeNumber;
        Subject = subject;
        Text = text;
        CreatedAt = createdAt;
        NextAttemptAt = createdAt;
    }

    public long Id { get; private set; }

    public MailKind Kind { get; private set; }

    public long RecipientId { get; private set; }

    public string Address { get; private set; } = "";

    /// <summary>What makes the mail one of its kind: certificate, event and recipient. Unique (R6).</summary>
    public string Key { get; private set; } = "";

    /// <summary>通知番号, random (R24).</summary>
    public string NoticeNumber { get; private set; } = "";

    public string Subject { get; private set; } = "";

    public string Text { get; private set; } = "";

    public DateTimeOffset CreatedAt { get; private set; }

    public DateTimeOffset NextAttemptAt { get; private set; }

    public int Attempts { get; private set; }

    public DateTimeOffset? SentAt { get; private set; }

    /// <summary>When delivery was given up.</summary>
    public DateTimeOffset? FailedAt { get; private set; }

    public string? LastError { get; private set; }

    internal void NoteSent(DateTimeOffset at)
    {
        SentAt = at;
        LastError = null;
    }

    internal void NoteFailure(string error, DateTimeOffset nextAttemptAt)
    {
        Attempts++;
        LastError = error.Length > 200 ? error[..200] : error;
        NextAttemptAt = nextAttemptAt;
    }

    internal void GiveUp(string error, DateTimeOffset at)
    {
        Attempts++;
        LastError = error.Length > 200 ? error[..200] : error;
        FailedAt = at;
    }
}

internal sealed class OutboxMailConfiguration : IEntityTypeConfiguration<OutboxMail>
{
    public void Configure(EntityTypeBuilder<OutboxMail> mail)
    {
        mail.Property(m => m.Kind).HasConversion<string>().HasMaxLength(32);
        mail.Property(m => m.Address).HasMaxLength(254);
        mail.Property(m => m.Key).HasMaxLength(200);
        mail.Property(m => m.NoticeNumber).HasMaxLength(32);
        mail.Property(m => m.Subject).HasMaxLength(200);
        mail.Property(m => m.LastError).HasMaxLength(200);
        mail.HasIndex(m => m.Key).IsUnique();
        mail.HasIndex(m => m.NoticeNumber).IsUnique();
        mail.HasIndex(m => new { m.RecipientId, m.CreatedAt });
        mail.HasIndex(m => new { m.SentAt, m.FailedAt, m.NextAttemptAt });
    }
}
