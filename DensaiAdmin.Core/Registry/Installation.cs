using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace DensaiAdmin.Core.Registry;

/// <summary>The one row that says what this data directory is.</summary>
public sealed class Installation
{
    private Installation()
    {
    }

    public Installation(string key, DateTimeOffset createdAt)
    {
        Key = key;
        CreatedAt = createdAt;
    }

    public int Id { get; private set; } = 1;

    /// <summary>Random; keys the anchor file's lines.</summary>
    public string Key { get; private set; } = "";

    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>Whether the demo bank was ever here: such data never runs in Production.</summary>
    public bool EverHeldDemoBank { get; private set; }

    /// <summary>Whether the clock was ever shifted: such data never runs in Production.</summary>
    public bool EverRanOnShiftedClock { get; private set; }

    public void NoteDemoBank() => EverHeldDemoBank = true;

    public void NoteShiftedClock() => EverRanOnShiftedClock = true;
}

internal sealed class InstallationConfiguration : IEntityTypeConfiguration<Installation>
{
    public void Configure(EntityTypeBuilder<Installation> installation)
    {
        installation.Property(i => i.Id).ValueGeneratedNever();
        installation.Property(i => i.Key).HasMaxLength(64);
    }
}
