using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace DensaiAdmin.Core.Registry;

/// <summary>
/// How many users a company has, deleted ones not counted. Counted by triggers of the database with whatever changes a user, and
/// written by nothing else: each list of users says how many there are, and would otherwise count all of them for every page.
/// </summary>
public sealed class CompanySize
{
    private CompanySize()
    {
    }

    public long CompanyId { get; private set; }

    public int Users { get; private set; }
}

internal sealed class CompanySizeConfiguration : IEntityTypeConfiguration<CompanySize>
{
    public void Configure(EntityTypeBuilder<CompanySize> size)
    {
        size.HasKey(s => s.CompanyId);
        size.Property(s => s.CompanyId).ValueGeneratedNever();
        size.HasOne<Company>().WithOne().HasForeignKey<CompanySize>(s => s.CompanyId).OnDelete(DeleteBehavior.Restrict);
    }
}
