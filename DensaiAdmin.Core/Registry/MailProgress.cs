using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace DensaiAdmin.Core.Registry;

/// <summary>How far the mails that the history owes are queued: one row, and none before the first.</summary>
internal sealed class MailProgress
{
    private MailProgress()
    {
    }

    public long Id { get; private set; }

    /// <summary>Sequence of the last record whose mails stand in the outbox.</summary>
    public long Sequence { get; private set; }
}

internal sealed class MailProgressConfiguration : IEntityTypeConfiguration<MailProgress>
{
    public void Configure(EntityTypeBuilder<MailProgress> progress)
    {
        progress.ToTable("MailProgress");
        progress.Property(p => p.Id).ValueGeneratedNever();
    }
}
