using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace DensaiAdmin.Core.Registry;

/// <summary>
/// A CRL that was published. Every number stays, so that none is used twice and none goes back; the octets are kept of the
/// newest only.
/// </summary>
public sealed class PublishedCrl
{
    private PublishedCrl()
    {
    }

    public PublishedCrl(
        string issuerKeyIdentifier, long number, long upTo, DateTimeOffset builtAt, DateTimeOffset thisUpdate, DateTimeOffset nextUpdate,
        int entries, byte[] der)
    {
        IssuerKeyIdentifier = issuerKeyIdentifier;
        Number = number;
        UpTo = upTo;
        BuiltAt = builtAt;
        ThisUpdate = thisUpdate;
        NextUpdate = nextUpdate;
        Entries = entries;
        Der = der;
    }

    public string IssuerKeyIdentifier { get; private set; } = "";

    /// <summary>CRL number (RFC 5280 5.2.3).</summary>
    public long Number { get; private set; }

    /// <summary>Every revocation by acts up to this sequence of the history is in it.</summary>
    public long UpTo { get; private set; }

    /// <summary>When its entries were read. UTC, milliseconds.</summary>
    public DateTimeOffset BuiltAt { get; private set; }

    public DateTimeOffset ThisUpdate { get; private set; }

    public DateTimeOffset NextUpdate { get; private set; }

    public int Entries { get; private set; }

    /// <summary>The signed list; null once a newer one replaced it.</summary>
    public byte[]? Der { get; private set; }

    /// <summary>One of which the anchor knows the number only: it is never used again.</summary>
    internal static PublishedCrl Lost(string issuerKeyIdentifier, long number, DateTimeOffset at)
    {
        var lost = new PublishedCrl(issuerKeyIdentifier, number, 0, at, at, at, 0, []);
        lost.Replace();
        return lost;
    }

    internal void Replace() => Der = null;
}

internal sealed class PublishedCrlConfiguration : IEntityTypeConfiguration<PublishedCrl>
{
    public void Configure(EntityTypeBuilder<PublishedCrl> crl)
    {
        crl.HasKey(c => new { c.IssuerKeyIdentifier, c.Number });
        crl.Property(c => c.IssuerKeyIdentifier).HasMaxLength(64);
        crl.HasIndex(c => new { c.IssuerKeyIdentifier, c.UpTo });
    }
}
