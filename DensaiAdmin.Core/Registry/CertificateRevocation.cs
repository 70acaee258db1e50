using System.Security.Cryptography.X509Certificates;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace DensaiAdmin.Core.Registry;

/// <summary>What one revocation did; the result page BRSK020 is this row.</summary>
public sealed class CertificateRevocation
{
    private CertificateRevocation()
    {
    }

    internal CertificateRevocation(
        Guid submission, User target, string serialNumber, X509RevocationReason reason, string revokedBy, string revokedByName,
        DateTimeOffset revokedAt, int sessionsEnded, bool suspended)
    {
        ReceiptNumber = Core.ReceiptNumber.New(revokedAt);
        Submission = submission;
        CompanyId = target.CompanyId;
        UserId = target.Id;
        SerialNumber = serialNumber;
        Reason = reason;
        RevokedBy = revokedBy;
        RevokedByName = revokedByName;
        RevokedAt = revokedAt;
        SessionsEnded = sessionsEnded;
        Suspended = suspended;
    }

    public long Id { get; private set; }

    /// <summary>受付番号: the JST date and random characters, so that it tells nothing of other companies.</summary>
    public string ReceiptNumber { get; private set; } = "";

    /// <summary>Key of the confirm page: the same page sent twice is one revocation.</summary>
    public Guid Submission { get; private set; }

    public long? CompanyId { get; private set; }

    public long UserId { get; private set; }

    public User User { get; private set; } = null!;

    /// <summary>Serial that the confirm page showed.</summary>
    public string SerialNumber { get; private set; } = "";

    public X509RevocationReason Reason { get; private set; }

    public string RevokedBy { get; private set; } = "";

    public string RevokedByName { get; private set; } = "";

    public DateTimeOffset RevokedAt { get; private set; }

    public int SessionsEnded { get; private set; }

    /// <summary>Whether the same act suspended the user (R14).</summary>
    public bool Suspended { get; private set; }
}

internal sealed class CertificateRevocationConfiguration : IEntityTypeConfiguration<CertificateRevocation>
{
    public void Configure(EntityTypeBuilder<CertificateRevocation> revocation)
    {
        revocation.Property(r => r.ReceiptNumber).HasMaxLength(32);
        revocation.Property(r => r.SerialNumber).HasMaxLength(40);
        revocation.Property(r => r.Reason).HasConversion<string>().HasMaxLength(32);
        revocation.Property(r => r.RevokedBy).HasMaxLength(256);
        revocation.Property(r => r.RevokedByName).HasMaxLength(200);
        revocation.HasIndex(r => r.ReceiptNumber).IsUnique();
        revocation.HasIndex(r => r.Submission).IsUnique();
        revocation.HasOne(r => r.User).WithMany().HasForeignKey(r => r.UserId).OnDelete(DeleteBehavior.Restrict);
    }
}
