using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Pki;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace DensaiAdmin.Core.Registry;

/// <summary>A certificate that was stored, and therefore may have been handed out.</summary>
public sealed class Certificate
{
    private Certificate()
    {
    }

    /// <summary>Of a user that is not at hand as an entity.</summary>
    internal Certificate(
        long userId, string issuerKeyIdentifier, SerialNumber serialNumber, byte[] der, Sha256Hash sha256Fingerprint,
        Sha256Hash publicKeySha256, DateTimeOffset notBefore, DateTimeOffset notAfter, DateTimeOffset issuedAt)
    {
        UserId = userId;
        IssuerKeyIdentifier = issuerKeyIdentifier;
        SerialNumber = serialNumber;
        Der = der;
        Sha256Fingerprint = sha256Fingerprint;
        PublicKeySha256 = publicKeySha256;
        NotBefore = notBefore;
        NotAfter = notAfter;
        IssuedAt = issuedAt;
    }

    public Certificate(
        User user, string issuerKeyIdentifier, SerialNumber serialNumber, byte[] der, Sha256Hash sha256Fingerprint,
        Sha256Hash publicKeySha256, DateTimeOffset notBefore, DateTimeOffset notAfter, DateTimeOffset issuedAt)
    {
        User = user;
        UserId = user.Id;
        IssuerKeyIdentifier = issuerKeyIdentifier;
        SerialNumber = serialNumber;
        Der = der;
        Sha256Fingerprint = sha256Fingerprint;
        PublicKeySha256 = publicKeySha256;
        NotBefore = notBefore;
        NotAfter = notAfter;
        IssuedAt = issuedAt;
    }

    public long Id { get; private set; }

    public long UserId { get; private set; }

    public User User { get; private set; } = null!;

    /// <summary>Subject key identifier of the issuing CA, upper hex.</summary>
    public string IssuerKeyIdentifier { get; private set; } = "";

    public SerialNumber SerialNumber { get; private set; }

    /// <summary>SHA-256 over the DER: what TLS presents is known by it.</summary>
    public Sha256Hash Sha256Fingerprint { get; private set; }

    /// <summary>SHA-256 over SubjectPublicKeyInfo: a key is certified once.</summary>
    public Sha256Hash PublicKeySha256 { get; private set; }

    public byte[] Der { get; private set; } = [];

    public DateTimeOffset NotBefore { get; private set; }

    /// <summary>Last second of validity, UTC, inclusive (R3).</summary>
    public DateTimeOffset NotAfter { get; private set; }

    public DateTimeOffset IssuedAt { get; private set; }

    /// <summary>Sequence in the history of the act that issued it; 0 where that was not kept yet.</summary>
    public long IssuedSequence { get; internal set; }

    /// <summary>First session made with this certificate and the password: proof that it was installed.</summary>
    public DateTimeOffset? FirstUsedAt { get; private set; }

    public DateTimeOffset? RevokedAt { get; private set; }

    /// <summary>
    /// Sequence in the history of the act that revoked it. Who reads on from the last reading goes by it: <see cref="RevokedAt"/> may lie
    /// before that.
    /// </summary>
    public long? RevokedSequence { get; private set; }

    /// <summary>Login ID of who revoked it, or the name of the part of the system that did.</summary>
    public string? RevokedBy { get; private set; }

    /// <summary>RFC 5280 5.3.1; null while not revoked.</summary>
    public X509RevocationReason? Reason { get; private set; }

    public bool HasExpiredAt(DateTimeOffset now) => CertificateStatuses.HasExpired(NotAfter, now);

    public bool IsUsableAt(DateTimeOffset now) => RevokedAt is null && now >= NotBefore && !HasExpiredAt(now);

    public void NoteUse(DateTimeOffset at) => FirstUsedAt ??= at;

    /// <summary>A published status never goes back: the first revocation stands. Called by the act alone, which anchors it too.</summary>
    internal void Revoke(DateTimeOffset at, long sequence, string by, X509RevocationReason reason)
    {
        if (RevokedAt is null)
        {
            RevokedAt = at;
            RevokedSequence = sequence;
            RevokedBy = by;
            Reason = reason;
        }
    }
}

internal sealed class CertificateConfiguration : IEntityTypeConfiguration<Certificate>
{
    public void Configure(EntityTypeBuilder<Certificate> certificate)
    {
        certificate.Property(c => c.SerialNumber).HasConversion(s => s.ToString(), s => SerialNumber.Parse(s)).HasMaxLength(40);
        certificate.Property(c => c.IssuerKeyIdentifier).HasMaxLength(64);
        certificate.Property(c => c.RevokedBy).HasMaxLength(256);
        certificate.Property(c => c.Reason).HasConversion<string>().HasMaxLength(32);
        certificate.HasIndex(c => c.SerialNumber).IsUnique();
        certificate.HasIndex(c => c.PublicKeySha256);
        // Said, because EF takes the two references between user and certificate for one-to-one and makes the index unique.
        certificate.HasIndex(c => c.UserId).IsUnique(false);
        // What a CRL lists, and what was revoked since the last one: only of those that are, so that an issue does not pay for it.
        certificate.HasIndex(c => new { c.IssuerKeyIdentifier, c.RevokedAt }).HasFilter("\"RevokedAt\" IS NOT NULL");
        certificate.HasIndex(c => new { c.IssuerKeyIdentifier, c.RevokedSequence }).HasFilter("\"RevokedSequence\" IS NOT NULL");
        certificate.HasOne(c => c.User).WithMany().HasForeignKey(c => c.UserId).OnDelete(DeleteBehavior.Restrict);
    }
}

/// <summary>
/// A serial that was promised to a signature. Written before signing, so that whatever happens between signing and storing
/// can be revoked by serial. Removed in the act that stores the certificate; what is left is open or was given up.
/// </summary>
public sealed class IssueIntent
{
    private IssueIntent()
    {
    }

    public IssueIntent(
        SerialNumber serialNumber, long userId, string issuerKeyIdentifier, Sha256Hash publicKeySha256, DateTimeOffset notAfter,
        DateTimeOffset createdAt)
    {
        SerialNumber = serialNumber;
        UserId = userId;
        IssuerKeyIdentifier = issuerKeyIdentifier;
        PublicKeySha256 = publicKeySha256;
        NotAfter = notAfter;
        CreatedAt = createdAt;
    }

    /// <summary>Owner of a serial whose certificate was handed out and is lost: its key is refused to everybody.</summary>
    public const long Nobody = 0;

    public long Id { get; private set; }

    public SerialNumber SerialNumber { get; private set; }

    public long UserId { get; private set; }

    public string IssuerKeyIdentifier { get; private set; } = "";

    /// <summary>SHA-256 over SubjectPublicKeyInfo.</summary>
    public Sha256Hash PublicKeySha256 { get; private set; }

    public DateTimeOffset NotAfter { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>When the serial was given up and put on the CRL, because the certificate was never stored.</summary>
    public DateTimeOffset? AbandonedAt { get; private set; }

    /// <summary>Sequence in the history of the act that gave it up.</summary>
    public long? AbandonedSequence { get; private set; }

    /// <summary>
    /// Why, where its certificate was revoked before it was lost (RFC 5280 5.3.1); null for one that was never handed out.
    /// </summary>
    public X509RevocationReason? Reason { get; private set; }

    /// <summary>Its certificate was stored, handed out and lost.</summary>
    internal void Disown() => UserId = Nobody;

    /// <summary>Called by the act alone, which anchors it too.</summary>
    internal void Abandon(DateTimeOffset at, long sequence, X509RevocationReason reason)
    {
        if (AbandonedAt is null)
        {
            AbandonedAt = at;
            AbandonedSequence = sequence;
            Reason = reason == X509RevocationReason.Unspecified ? null : reason;
        }
    }
}

internal sealed class IssueIntentConfiguration : IEntityTypeConfiguration<IssueIntent>
{
    public void Configure(EntityTypeBuilder<IssueIntent> intent)
    {
        intent.Property(i => i.SerialNumber).HasConversion(s => s.ToString(), s => SerialNumber.Parse(s)).HasMaxLength(40);
        intent.Property(i => i.IssuerKeyIdentifier).HasMaxLength(64);
        intent.Property(i => i.Reason).HasConversion<string>().HasMaxLength(32);
        intent.HasIndex(i => i.SerialNumber).IsUnique();
        // Asked at each issue and each publication, and what was lost or given up stays here for ever.
        intent.HasIndex(i => i.PublicKeySha256);
        intent.HasIndex(i => new { i.IssuerKeyIdentifier, i.AbandonedSequence }).HasFilter("\"AbandonedSequence\" IS NOT NULL");
    }
}
