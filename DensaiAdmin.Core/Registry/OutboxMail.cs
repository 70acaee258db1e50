using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace DensaiAdmin.Core.Registry;

/// <summary>What a mail is about.</summary>
public enum MailKind
{
    /// <summary>証明書発行のお知らせ (R14).</summary>
    CertificateIssued,

    /// <summary>証明書更新のお知らせ (R14).</summary>
    CertificateRenewed,

    /// <summary>証明書失効のお知らせ.</summary>
    CertificateRevoked,

    /// <summary>確認用パスワードのロックのお知らせ.</summary>
    ConfirmationLocked,

    /// <summary>証明書有効期限のお知らせ (R5).</summary>
    CertificateExpires,

    /// <summary>ログインID取得のお知らせ.</summary>
    LoginIdAcquired,

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

    /// <summary>身に覚えのないログインの申告のお知らせ.</summary>
    LoginReported,

    /// <summary>警報, to the operators of the bank.</summary>
    Alarm,
}

/// <summary>結果 of a mail, as far as it is known.</summary>
public enum MailState
{
    /// <summary>送信待ち: not tried yet.</summary>
    Waiting,

    /// <summary>再送待ち: tried in vain, to be tried again.</summary>
    Retrying,

    /// <summary>送信済み: taken by the relay, or written to its file.</summary>
    Sent,

    /// <summary>送信できませんでした: given up.</summary>
    Failed,

    /// <summary>取りやめ: it was no longer true before it could go (R6).</summary>
    Withdrawn,
}

/// <summary>A mail that must go out, because a record or a day owes it. A mail fault never undoes an act.</summary>
public sealed class OutboxMail
{
    /// <summary>
    /// How <see cref="LastError"/> begins for a mail that could not be composed or handed over because of the mail itself.
    /// </summary>
    public const string UnsendableError = "The mail itself cannot be sent: ";

    private OutboxMail()
    {
    }

    internal OutboxMail(
        MailKind kind, Correspondent recipient, string key, string mailNumber, string subject, string text, DateTimeOffset createdAt)
    {
        Kind = kind;
        RecipientId = recipient.Id;
        CompanyId = recipient.CompanyId;
        Address = recipient.MailAddress;
        Key = key;
        MailNumber = mailNumber;
        Subject = subject;
        Text = text;
        CreatedAt = createdAt;
        NextAttemptAt = createdAt;
    }

    public long Id { get; private set; }

    public MailKind Kind { get; private set; }

    public long RecipientId { get; private set; }

    /// <summary>Company of the recipient; its masters see the mail in 送信履歴. Null for staff of the bank.</summary>
    public long? CompanyId { get; private set; }

    /// <summary>Whom the mail is about; null where that was not kept yet.</summary>
    public long? OwnerId { get; internal init; }

    /// <summary>The certificate whose expiry it tells of; null for other kinds.</summary>
    public long? CertificateId { get; internal init; }

    /// <summary>Days before the expiry date for which it was queued (R5), 0 for 当日; null for other kinds.</summary>
    public int? Stage { get; internal init; }

    public string Address { get; private set; } = "";

    /// <summary>What makes the mail the only one: record, or certificate and stage, and recipient. Unique (R6).</summary>
    public string Key { get; private set; } = "";

    /// <summary>通知番号, random (R24).</summary>
    public string MailNumber { get; private set; } = "";

    public string Subject { get; private set; } = "";

    public string Text { get; private set; } = "";

    public DateTimeOffset CreatedAt { get; private set; }

    public DateTimeOffset NextAttemptAt { get; private set; }

    public int Attempts { get; private set; }

    public DateTimeOffset? SentAt { get; private set; }

    /// <summary>When delivery was given up.</summary>
    public DateTimeOffset? FailedAt { get; private set; }

    /// <summary>When it was withdrawn unsent, because it was no longer true.</summary>
    public DateTimeOffset? WithdrawnAt { get; private set; }

    public string? LastError { get; private set; }

    /// <summary>What became of it so far.</summary>
    public MailState State => Evaluate(SentAt, FailedAt, WithdrawnAt, Attempts);

    internal static MailState Evaluate(DateTimeOffset? sentAt, DateTimeOffset? failedAt, DateTimeOffset? withdrawnAt, int attempts) =>
        sentAt is not null ? MailState.Sent
        : failedAt is not null ? MailState.Failed
        : withdrawnAt is not null ? MailState.Withdrawn
        : attempts > 0 ? MailState.Retrying
        : MailState.Waiting;

    internal void Withdraw(DateTimeOffset at) => WithdrawnAt = at;

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

    /// <summary>No mail can go at present: that is no attempt at this one.</summary>
    internal void NoteRelayDown(string error, DateTimeOffset nextAttemptAt)
    {
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
        mail.Property(m => m.MailNumber).HasMaxLength(32);
        mail.Property(m => m.Subject).HasMaxLength(200);
        mail.Property(m => m.LastError).HasMaxLength(200);
        mail.HasIndex(m => m.Key).IsUnique();
        mail.HasIndex(m => m.MailNumber).IsUnique();
        mail.HasIndex(m => new { m.RecipientId, m.CreatedAt });
        mail.HasIndex(m => new { m.CompanyId, m.CreatedAt });
        // R6, by the store itself: one row per certificate, stage and recipient.
        mail.HasIndex(m => new { m.CertificateId, m.RecipientId, m.Stage }).IsUnique().HasFilter("\"Stage\" IS NOT NULL");
        // What waits is little among all that ever went.
        mail.HasIndex(m => m.NextAttemptAt).HasFilter("\"SentAt\" IS NULL AND \"FailedAt\" IS NULL AND \"WithdrawnAt\" IS NULL");
        mail.Ignore(m => m.State);
    }
}
