using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace DensaiAdmin.Core.Registry;

/// <summary>
/// A user as records up to one knew it: a mail that a record owes goes to whoever stood there then, however late it is queued. The store
/// itself keeps it when a user changes, and it goes when the mails of these records are queued.
/// </summary>
internal sealed class PastUser
{
    private PastUser()
    {
    }

    public long UserId { get; private set; }

    /// <summary>Sequence of the first record that knew the user otherwise.</summary>
    public long UntilSequence { get; private set; }

    public string Name { get; private set; } = "";

    public string MailAddress { get; private set; } = "";

    public UserRole Role { get; private set; }

    public bool IsSuspended { get; private set; }

    /// <summary>Also where the user was not there yet; kept of those whom a mail about another could go to.</summary>
    public bool IsDeleted { get; private set; }
}

internal sealed class PastUserConfiguration : IEntityTypeConfiguration<PastUser>
{
    public void Configure(EntityTypeBuilder<PastUser> past)
    {
        past.ToTable("PastUsers");
        past.HasKey(p => new { p.UserId, p.UntilSequence });
        past.Property(p => p.Name).HasMaxLength(User.MaxNameUnits);
        past.Property(p => p.MailAddress).HasMaxLength(254);
        past.Property(p => p.Role).HasConversion<string>().HasMaxLength(20);
    }
}
