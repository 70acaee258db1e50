using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace DensaiAdmin.Core.Notices;

/// <summary>重要度.</summary>
public enum NoticeImportance
{
    /// <summary>通常.</summary>
    Normal,

    /// <summary>重要.</summary>
    Important,
}

/// <summary>お知らせ of the bank to its customers.</summary>
public sealed class Notice
{
    private Notice()
    {
    }

    public Notice(string title, string body, DateTimeOffset publishedAt, NoticeImportance importance = NoticeImportance.Normal, DateTimeOffset? endsAt = null)
    {
        Title = title;
        Body = body;
        PublishedAt = publishedAt;
        Importance = importance;
        EndsAt = endsAt;
    }

    public long Id { get; private set; }

    public string Title { get; private set; } = "";

    /// <summary>Paragraphs, each on a line of its own.</summary>
    public string Body { get; private set; } = "";

    /// <summary>From when it is shown, UTC.</summary>
    public DateTimeOffset PublishedAt { get; private set; }

    public NoticeImportance Importance { get; private set; }

    /// <summary>From when it is shown no longer, UTC; null for good.</summary>
    public DateTimeOffset? EndsAt { get; private set; }
}

/// <summary>That a user has read a notice.</summary>
public sealed class NoticeReading
{
    private NoticeReading()
    {
    }

    public NoticeReading(long noticeId, long userId, DateTimeOffset readAt)
    {
        NoticeId = noticeId;
        UserId = userId;
        ReadAt = readAt;
    }

    public long NoticeId { get; private set; }

    public long UserId { get; private set; }

    public DateTimeOffset ReadAt { get; private set; }
}

internal sealed class NoticeConfiguration : IEntityTypeConfiguration<Notice>
{
    public void Configure(EntityTypeBuilder<Notice> notice)
    {
        notice.Property(n => n.Title).HasMaxLength(200);
        notice.Property(n => n.Importance).HasConversion<string>().HasMaxLength(20).HasDefaultValue(NoticeImportance.Normal);
        notice.HasIndex(n => n.PublishedAt);
    }
}

internal sealed class NoticeReadingConfiguration : IEntityTypeConfiguration<NoticeReading>
{
    public void Configure(EntityTypeBuilder<NoticeReading> reading) => reading.HasKey(r => new { r.UserId, r.NoticeId });
}
