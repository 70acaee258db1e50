using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace DensaiAdmin.Core.Registry;

/// <summary>重要度.</summary>
public enum AnnouncementImportance
{
    /// <summary>通常.</summary>
    Normal,

    /// <summary>重要.</summary>
    Important,
}

/// <summary>お知らせ of the bank to its customers.</summary>
public sealed class Announcement
{
    private Announcement()
    {
    }

    public Announcement(
        string title, string body, DateTimeOffset publishedAt, AnnouncementImportance importance = AnnouncementImportance.Normal,
        DateTimeOffset? endsAt = null)
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

    public AnnouncementImportance Importance { get; private set; }

    /// <summary>From when it is shown no longer, UTC; null for good.</summary>
    public DateTimeOffset? EndsAt { get; private set; }
}

/// <summary>That a user has read a notice.</summary>
public sealed class AnnouncementReading
{
    private AnnouncementReading()
    {
    }

    public AnnouncementReading(long announcementId, long userId, DateTimeOffset readAt)
    {
        AnnouncementId = announcementId;
        UserId = userId;
        ReadAt = readAt;
    }

    public long AnnouncementId { get; private set; }

    public long UserId { get; private set; }

    public DateTimeOffset ReadAt { get; private set; }
}

internal sealed class AnnouncementConfiguration : IEntityTypeConfiguration<Announcement>
{
    public void Configure(EntityTypeBuilder<Announcement> announcement)
    {
        announcement.Property(n => n.Title).HasMaxLength(200);
        announcement.Property(n => n.Importance).HasConversion<string>().HasMaxLength(20).HasDefaultValue(AnnouncementImportance.Normal);
        announcement.HasIndex(n => n.PublishedAt);
    }
}

internal sealed class AnnouncementReadingConfiguration : IEntityTypeConfiguration<AnnouncementReading>
{
    public void Configure(EntityTypeBuilder<AnnouncementReading> reading) => reading.HasKey(r => new { r.UserId, r.AnnouncementId });
}
