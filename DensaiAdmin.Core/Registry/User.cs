using DensaiAdmin.Core.Pki;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace DensaiAdmin.Core.Registry;

/// <summary>利用者区分, and the two roles of the bank's counter.</summary>
public enum UserRole
{
    /// <summary>一般ユーザ.</summary>
    General,

    /// <summary>マスターユーザ.</summary>
    Master,

    /// <summary>窓口担当: asks.</summary>
    CounterClerk,

    /// <summary>窓口承認者: approves what another asked.</summary>
    CounterApprover,
}

/// <summary>利用者. Bank staff belong to no company.</summary>
public sealed class User
{
    /// <summary>What the store has room for in a 利用者名, in UTF-16 code units.</summary>
    internal const int MaxNameUnits = 200;

    private User()
    {
    }

    public User(
        Company? company, string loginId, string name, string mailAddress, UserRole role, PasswordHash loginPassword,
        PasswordHash confirmationPassword, DateTimeOffset createdAt)
    {
        Company = company;
        CompanyId = company?.Id;
        LoginId = loginId;
        CanonicalLoginId = Registry.LoginId.Canonical(loginId) ?? throw new ArgumentException("Not a login ID.", nameof(loginId));
        Name = name;
        MailAddress = mailAddress;
        Role = role;
        LoginPassword = loginPassword;
        ConfirmationPassword = confirmationPassword;
        CreatedAt = createdAt;
    }

    public long Id { get; private set; }

    public long? CompanyId { get; private set; }

    public Company? Company { get; private set; }

    public string LoginId { get; private set; } = "";

    /// <summary>See <see cref="Registry.LoginId.Canonical"/>; unique also after deletion.</summary>
    public string CanonicalLoginId { get; private set; } = "";

    public string Name { get; private set; } = "";

    public string MailAddress { get; private set; } = "";

    public UserRole Role { get; private set; }

    public PasswordHash LoginPassword { get; private set; } = null!;

    public PasswordHash ConfirmationPassword { get; private set; } = null!;

    /// <summary>How often the login password was set anew. Hashed anew, it is the same password of the same version.</summary>
    public int LoginPasswordVersion { get; private set; }

    /// <inheritdoc cref="LoginPasswordVersion"/>
    public int ConfirmationPasswordVersion { get; private set; }

    /// <summary>Until when a one-time password works; null once both passwords are the user's own.</summary>
    public DateTimeOffset? OneTimePasswordExpiresAt { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public DateTimeOffset? SuspendedAt { get; private set; }

    public DateTimeOffset? DeletedAt { get; private set; }

    /// <summary>The newest certificate, whatever its state.</summary>
    public long? CurrentCertificateId { get; private set; }

    public Certificate? CurrentCertificate { get; private set; }

    /// <summary>NotAfter of the newest certificate, beside the user so that lists are sorted and counted by one index.</summary>
    public DateTimeOffset? CertificateNotAfter { get; private set; }

    /// <summary>Revocation instant of the newest certificate, for the same reason.</summary>
    public DateTimeOffset? CertificateRevokedAt { get; private set; }

    public bool IsBankStaff => Role is UserRole.CounterClerk or UserRole.CounterApprover;

    /// <summary>The user's certificate state at an instant (Expired is derived, never stored).</summary>
    public CertificateStatus CertificateStatusAt(DateTimeOffset now) =>
        CertificateStatuses.At(CertificateNotAfter, CertificateRevokedAt, now);

    /// <summary>Makes a stored certificate the newest one of this user.</summary>
    public void Hold(Certificate certificate)
    {
        CurrentCertificate = certificate;
        CertificateNotAfter = certificate.NotAfter;
        CertificateRevokedAt = certificate.RevokedAt;
    }

    /// <summary>Notes that the newest certificate is revoked. Called with the revocation itself, in one act.</summary>
    public void NoteCurrentRevoked(DateTimeOffset revokedAt) => CertificateRevokedAt = revokedAt;

    /// <summary>利用者停止 (R21).</summary>
    public void Suspend(DateTimeOffset at) => SuspendedAt ??= at;

    /// <summary>利用者停止解除.</summary>
    public void Release() => SuspendedAt = null;

    /// <summary>Sets both passwords to the user's own; a one-time password is spent.</summary>
    public void SetPasswords(PasswordHash loginPassword, PasswordHash confirmationPassword)
    {
        SetPassword(PasswordKind.Login, loginPassword);
        SetPassword(PasswordKind.Confirmation, confirmationPassword);
        OneTimePasswordExpiresAt = null;
    }

    /// <summary>Gives a one-time login password that must be replaced at its first use.</summary>
    public void SetOneTimePassword(PasswordHash loginPassword, DateTimeOffset expiresAt)
    {
        SetPassword(PasswordKind.Login, loginPassword);
        OneTimePasswordExpiresAt = expiresAt;
    }

    /// <summary>Sets one of the two passwords to a new one of the user's own.</summary>
    public void SetPassword(PasswordKind kind, PasswordHash password)
    {
        if (kind == PasswordKind.Login)
        {
            LoginPassword = password;
            LoginPasswordVersion++;
        }
        else
        {
            ConfirmationPassword = password;
            ConfirmationPasswordVersion++;
        }
    }

    /// <summary>Stores a hash of the same password with today's work factor.</summary>
    public void Rehash(PasswordKind kind, PasswordHash samePassword)
    {
        if (kind == PasswordKind.Login)
        {
            LoginPassword = samePassword;
        }
        else
        {
            ConfirmationPassword = samePassword;
        }
    }

    /// <summary>See <see cref="LoginPasswordVersion"/>: what was evaluated of one version proves nothing of another.</summary>
    public int PasswordVersion(PasswordKind kind) => kind == PasswordKind.Login ? LoginPasswordVersion : ConfirmationPasswordVersion;

    /// <summary>初期パスワードの再発行: neither of the user's own passwords works any more.</summary>
    public void ResetPasswords(PasswordHash loginPassword, PasswordHash confirmationPassword, DateTimeOffset expiresAt)
    {
        SetPassword(PasswordKind.Confirmation, confirmationPassword);
        SetOneTimePassword(loginPassword, expiresAt);
    }

    /// <summary>利用者情報の変更.</summary>
    public void Change(string name, string mailAddress)
    {
        Name = name;
        MailAddress = mailAddress;
    }

    /// <summary>利用者情報の削除. The row stays: its login ID is never given again, and the history keeps the name.</summary>
    public void Delete(DateTimeOffset at) => DeletedAt ??= at;
}

internal sealed class UserConfiguration : IEntityTypeConfiguration<User>
{
    public void Configure(EntityTypeBuilder<User> user)
    {
        user.Property(u => u.LoginId).HasMaxLength(LoginId.MaxCharacters * 4);
        user.Property(u => u.CanonicalLoginId).HasMaxLength(LoginId.MaxCharacters);
        user.Property(u => u.Name).HasMaxLength(User.MaxNameUnits);
        user.Property(u => u.MailAddress).HasMaxLength(254);
        user.Property(u => u.Role).HasConversion<string>().HasMaxLength(20);
        user.Property(u => u.LoginPassword).HasConversion(h => h.Stored, s => PasswordHash.FromStored(s)).HasMaxLength(200);
        user.Property(u => u.ConfirmationPassword).HasConversion(h => h.Stored, s => PasswordHash.FromStored(s)).HasMaxLength(200);
        user.HasIndex(u => u.CanonicalLoginId).IsUnique();
        // The lists of a company ask these alone which rows, in which order and how many; the first also holds what is searched.
        user.HasIndex(u => new
        {
            u.CompanyId,
            u.DeletedAt,
            u.CanonicalLoginId,
            u.Name,
            u.Role,
            u.CertificateNotAfter,
            u.CertificateRevokedAt,
            u.SuspendedAt,
        });
        user.HasIndex(u => new { u.CompanyId, u.DeletedAt, u.Name, u.CanonicalLoginId, u.SuspendedAt });
        user.HasIndex(u => new { u.CompanyId, u.DeletedAt, u.CertificateNotAfter, u.CertificateRevokedAt });
        // The revoked lie all over the last one; counted there, each page of the list would go through the whole company.
        user.HasIndex(u => new { u.CompanyId, u.DeletedAt, u.CertificateRevokedAt }).HasFilter("\"CertificateRevokedAt\" IS NOT NULL");
        // The daily run looks for what expires next in the whole bank (R5).
        user.HasIndex(u => u.CertificateNotAfter);
        // Every mail asks for the company's masters, who are few among many.
        user.HasIndex(u => new { u.CompanyId, u.Role });
        user.HasOne(u => u.Company).WithMany().HasForeignKey(u => u.CompanyId).OnDelete(DeleteBehavior.Restrict);
        user.HasOne(u => u.CurrentCertificate).WithMany().HasForeignKey(u => u.CurrentCertificateId).OnDelete(DeleteBehavior.Restrict);
        user.Ignore(u => u.IsBankStaff);
    }
}
