using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace DensaiAdmin.Core.Registry;

/// <summary>
/// Which version of the schema stands in the store, and which versions of the program may still work on it: one row, changed by the
/// migration that changes the schema. While nodes are upgraded one after the other, an older program beside a newer one goes on as long
/// as it is not below.
/// </summary>
public sealed class SchemaFloor
{
    /// <summary>The version of the schema that this program makes. Raised by one with each migration.</summary>
    public const int Current = 1;

    private SchemaFloor()
    {
    }

    private SchemaFloor(int version, int oldestReader, int oldestWriter) =>
        (Version, OldestReader, OldestWriter) = (version, oldestReader, oldestWriter);

    public int Id { get; private set; } = 1;

    /// <summary>The schema that stands in the store.</summary>
    public int Version { get; private set; }

    /// <summary>A program that knows this version, or a later one, reads the store rightly.</summary>
    public int OldestReader { get; private set; }

    /// <summary>A program that knows this version, or a later one, writes to the store rightly.</summary>
    public int OldestWriter { get; private set; }

    /// <summary>What this program's newest migration states.</summary>
    internal static SchemaFloor Stated { get; } = new(Current, oldestReader: 1, oldestWriter: 1);

    /// <summary>Whether this program may work on the store.</summary>
    public bool AllowsWriting => Current >= OldestWriter;

    /// <summary>Whether this program may look at the store.</summary>
    public bool AllowsReading => Current >= OldestReader;
}

internal sealed class SchemaFloorConfiguration : IEntityTypeConfiguration<SchemaFloor>
{
    public void Configure(EntityTypeBuilder<SchemaFloor> floor)
    {
        floor.Property(f => f.Id).ValueGeneratedNever();
        floor.Ignore(f => f.AllowsWriting);
        floor.Ignore(f => f.AllowsReading);
        // In the model, so that a migration made after it was changed carries it.
        floor.HasData(SchemaFloor.Stated);
    }
}
