using DensaiAdmin.Core.Pki;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace DensaiAdmin.Core.Registry;

/// <summary>
/// The way by which a password is tried. Failures lock only their own way, so that nobody outside can lock out a customer
/// who holds a certificate (R23).
/// </summary>
public enum PasswordPath
{
    /// <summary>Without a certificate: EST and the ID・パスワード form.</summary>
    Open,

    /// <summary>Login password behind a certificate of ours.</summary>
    Certificate,

    /// <summary>確認用パスワード inside a session (R14).</summary>
    Confirmation,

    /// <summary>Login password of the bank's operators on the server's own terminal.</summary>
    Operator,
}

/// <summary>
/// Failures in a row of one login ID on one path. Unknown IDs are counted alike, so only a hash of the ID is kept; where the ID is
/// somebody's, the row says whose: a company's lists read what is locked of theirs, and nothing that anybody else makes.
/// </summary>
public sealed class PasswordAttempts
{
    private PasswordAttempts()
    {
    }

    public PasswordAttempts(Sha256Hash key, PasswordPath path)
    {
        Key = key;
        Path = path;
    }

    public long Id { get; private set; }

    /// <summary>SHA-256 of the canonical login ID.</summary>
    public Sha256Hash Key { get; private set; }

    public PasswordPath Path { get; private set; }

    /// <summary>Whose ID it is; null while nobody has it.</summary>
    public long? UserId { get; private set; }

    /// <summary>The user's company, which never changes.</summary>
    public long? CompanyId { get; private set; }

    public int Failures { get; private set; }

    public DateTimeOffset LastAttemptAt { get; private set; }

    public DateTimeOffset? LockedAt { get; private set; }

    internal void AssignTo(long userId, long? companyId) => (UserId, CompanyId) = (userId, companyId);

    internal void Count(DateTimeOffset at, bool locks)
    {
        Failures++;
        LastAttemptAt = at;
        LockedAt = locks ? at : null;
    }

    internal void Lock(DateTimeOffset at) => LockedAt = at;

    internal void Uncount()
    {
        Failures = Math.Max(0, Failures - 1);
        LockedAt = null;
    }

    internal void Clear()
    {
        Failures = 0;
        LockedAt = null;
    }
}

internal sealed class PasswordAttemptsConfiguration : IEntityTypeConfiguration<PasswordAttempts>
{
    public void Configure(EntityTypeBuilder<PasswordAttempts> attempts)
    {
        attempts.Property(a => a.Path).HasConversion<string>().HasMaxLength(16);
        attempts.HasIndex(a => new { a.Key, a.Path }).IsUnique();
        attempts.HasIndex(a => a.CompanyId).HasFilter("\"LockedAt\" IS NOT NULL");
    }
}
